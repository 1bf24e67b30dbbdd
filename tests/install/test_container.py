"""The container of docs/install.md and of README: its commands, as podman has them here."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter import __version__
from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, USER, Database
from tests.support import everything
from tests.support.container import Image
from tests.support.doc_commands import README, under
from tests.support.folders import public_folder
from tests.support.process import wait_until
from tests.support.scrape import fetch
from tests.support.shell import sh

BUILT = f"matomo-archive-exporter:{__version__}"
PODMAN = (
    *("podman", "run", "--rm", "--runtime", "runc", "--no-healthcheck", "--network", "host"),
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
)


@pytest.fixture
def matomo(database: Database) -> Database:
    """Matomo's tables, with everything in them."""
    everything.load(database.connection)
    return database


@pytest.fixture
def secret() -> Iterator[Path]:
    """The file with the password, which the container's user may read."""
    with public_folder() as folder:
        path = folder / "password"
        path.write_text(PASSWORD, encoding="utf-8")
        yield path


def in_podman(command: list[str], image: Image, port: int, matomo: Database) -> list[str]:
    """`docker run` as podman has it here, on the host's network and with the test's image."""
    assert command[:2] == ["docker", "run"]
    assert "--pull=never" in command
    at = command.index("-p")
    assert command[at + 1] == "127.0.0.1:16286:16286"
    variables = [
        f"-eMATOMO_WEB_LISTEN_ADDRESS=127.0.0.1:{port}",
        f"-eMATOMO_DATABASE_PORT={matomo.server.port}",
    ]
    return [*PODMAN, *variables, *command[2:at], *command[at + 2 : -1], image.name]


def answers(port: int) -> bool:
    try:
        return "matomo_up 1.0" in fetch(f"http://127.0.0.1:{port}/metrics").text
    except OSError:
        return False


def test_the_container_of_the_page_serves_and_can_be_asked(
    secret: Path, matomo: Database, image: Image
) -> None:
    _, block = under("Run it in a container")
    run, check = block.commands
    port = free_port()
    # A name of its own: somebody may run one by the name of the page.
    name = f"matomo-archive-exporter-{port}"
    run[run.index("--name") + 1] = name
    check[check.index("exec") + 1] = name
    code = shlex.join([*in_podman(run, image, port, matomo)])
    code = code.replace("HOST=db", f"HOST=127.0.0.1 -e MATOMO_DATABASE_DBNAME={matomo.name}")
    begun = sh(code.replace("/etc/matomo-exporter/password", str(secret)))
    assert begun.status == 0, begun.err
    try:
        wait_until(lambda: answers(port), "the container answers")
        checked = sh(shlex.join(check).replace("docker", "podman"))
        assert checked.status == 0, checked.out + checked.err
        healthy = sh(f"podman exec {name} matomo-archive-exporter healthy")
        assert healthy.status == 0, healthy.out
    finally:
        sh(f"podman stop --time 5 {name}")


def test_the_container_of_readme_takes_the_login_from_the_shell(
    matomo: Database, image: Image
) -> None:
    login, _, container = under("Run it", README)[:3]
    _, run = container.commands
    port = free_port()
    name = f"of-readme-{port}"
    command = in_podman(run, image, port, matomo)
    command[-1:-1] = [f"--name={name}"]
    code = login.code.replace("HOST=db", "HOST=127.0.0.1").replace(
        "DBNAME=matomo", f"DBNAME={matomo.name}"
    )
    assert f"USERNAME={USER}\n" in code
    begun = sh(f"{code}\n{shlex.join(command)}", f"{PASSWORD}\n")
    assert begun.status == 0, begun.err
    try:
        wait_until(lambda: answers(port), "the container answers")
    finally:
        sh(f"podman stop --time 5 {name}")


def test_the_image_that_is_built_is_the_one_that_is_run() -> None:
    build, run = under("Run it in a container")
    assert build.commands == [["docker", "build", "-t", BUILT, "."]]
    assert run.commands[0][-1] == BUILT
    build_, run_ = under("Run it", README)[2].commands
    assert build_ == ["docker", "build", "-t", run_[-1], "."]
