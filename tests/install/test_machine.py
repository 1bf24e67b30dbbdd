"""docs/install.md, pip, systemd and container: its commands, run with what a clone builds.

What stands for another place is replaced: folders of the system by temporary ones, the published
package and image by those of the working tree, the database's host by the test's own.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter import __version__
from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, USER, Database
from tests.support import everything
from tests.support.container import Image
from tests.support.doc_commands import under
from tests.support.folders import public_folder
from tests.support.process import REPOSITORY, environment, wait_until
from tests.support.scrape import fetch

HOME = "/opt/matomo-archive-exporter"
IMAGE = f"ghcr.io/matomo-archive-exporter/matomo-archive-exporter:{__version__}"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Stands for the root of the file system; everybody may look into it."""
    with public_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def home(folder: Path) -> Path:
    """Where the program is, installed by the commands of the page."""
    home = folder / "program"
    install, _ = under("pip")
    done = sh(
        install.code.replace(HOME, str(home)).replace(
            " matomo-archive-exporter\n", f" {REPOSITORY}\n"
        )
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-3] == f"matomo-archive-exporter {__version__}"
    return home


@pytest.fixture
def matomo(database: Database) -> Database:
    """Matomo's tables, with everything in them."""
    everything.load(database.connection)
    return database


def sh(code: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run lines of shell as somebody who stops at the first that fails."""
    # The machine's own settings for pip stay; ours and coverage's do not.
    inherited = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=REPOSITORY,
        env={**inherited, **variables},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_pip_installs_a_command_that_checks_and_serves(
    home: Path, folder: Path, matomo: Database
) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    _, block = under("pip")
    code = block.code.replace(HOME, str(home)).replace("/run/secrets/exporter", str(secret))
    code = code.replace("HOST=db", "HOST=127.0.0.1").replace(
        "DBNAME=matomo", f"DBNAME={matomo.name}"
    )
    setting, check, serve = code.partition("\n")[0], *code.splitlines()[2:]
    assert serve.endswith(" serve")
    password = code.splitlines()[1]
    port = {"MATOMO_DATABASE_PORT": str(matomo.server.port)}
    checked = sh(f"{setting}\n{password}\n{check}", **port)
    assert checked.returncode == 0, checked.stdout
    once = serve.replace(" serve", " once")
    assert "\nmatomo_up 1.0\n" in sh(f"{setting}\n{password}\n{once}", **port).stdout


def in_podman(command: list[str], image: Image, matomo: Database, secret: Path, port: int) -> str:
    """`docker run` of the page as podman has it here, on the host's network."""
    words = shlex.join(command)
    words = words.replace(
        "docker run",
        "podman run --rm --runtime runc --no-healthcheck"
        " --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network host",
    )
    words = words.replace(
        "-p 127.0.0.1:16286:16286 ", f"-e MATOMO_WEB_LISTEN_ADDRESS=127.0.0.1:{port} "
    )
    words = words.replace("HOST=db", "HOST=127.0.0.1").replace(
        f"USERNAME={USER}",
        f"USERNAME={USER}"
        f" -e MATOMO_DATABASE_DBNAME={matomo.name} -e MATOMO_DATABASE_PORT={matomo.server.port}",
    )
    words = words.replace("/etc/matomo-exporter/password", str(secret))
    assert words.endswith(IMAGE)
    return words.removesuffix(IMAGE) + image.name


def test_the_container_serves_and_can_be_asked(
    folder: Path, matomo: Database, image: Image
) -> None:
    _, block = under("Container")
    run, check = block.commands
    secret = folder / "container-password"
    secret.write_text(PASSWORD, encoding="utf-8")
    port = free_port()
    # A name of its own: somebody may run one by the name of the page.
    name = f"matomo-archive-exporter-{port}"
    run[run.index("--name") + 1] = name
    check[check.index("exec") + 1] = name
    begun = sh(in_podman(run, image, matomo, secret, port))
    assert begun.returncode == 0, begun.stderr
    try:
        wait_until(lambda: answers(port), "the container answers")
        checked = sh(shlex.join(check).replace("docker", "podman"))
        assert checked.returncode == 0, checked.stdout + checked.stderr
        healthy = sh(f"podman exec {name} matomo-archive-exporter healthy")
        assert healthy.returncode == 0, healthy.stdout
    finally:
        sh(f"podman stop --time 5 {name}")


def answers(port: int) -> bool:
    try:
        return "matomo_up 1.0" in fetch(f"http://127.0.0.1:{port}/metrics").text
    except OSError:
        return False


def test_the_grants_are_the_same_wherever_they_stand() -> None:
    pages = ("README.md", "docs/install.md", "docs/operations.md")
    lines = [(REPOSITORY / page).read_text(encoding="utf-8").splitlines() for page in pages]
    grants = [
        [line for line in page if re.match(r"CREATE|GRANT SELECT(?!.*archive_numeric)", line)]
        for page in lines
    ]
    assert grants[0] == grants[1] == grants[2]
    assert len(grants[0]) == 6


def test_an_upgrade_leaves_a_command_that_works(home: Path) -> None:
    upgrade = under("Upgrading")[0].code.splitlines()[0]
    assert upgrade.endswith(" matomo-archive-exporter")
    here = upgrade.replace(HOME, str(home)).removesuffix(" matomo-archive-exporter")
    done = sh(f"{here} {REPOSITORY}\n{home}/bin/matomo-archive-exporter --version")
    assert done.returncode == 0, done.stderr
    assert f"matomo-archive-exporter {__version__}" in done.stdout


def test_the_image_that_is_built_is_the_one_that_is_run() -> None:
    build, run = under("Container")
    assert build.commands == [["docker", "build", "-t", IMAGE, "."]]
    assert run.commands[0][-1] == IMAGE
