"""The scripts of compose.yaml, run: in containers as locked up as there, without a network.

This test has no Matomo: the archiver's `php` prints its arguments.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.compose import usual
from tests.support.container import Image
from tests.support.process import REPOSITORY, wait_until

ARCHIVER = REPOSITORY / "compose" / "archiver.sh"
SCRIPTS = sorted((REPOSITORY / "compose").glob("*.sh"))
INSTALLED = '[database]\nhost = "database"\n'
PHP = '#!/bin/sh\necho "$@" >>calls\necho "INFO      [2026-11-25 10:00:00] 7  Done archiving!"\n'
# One that takes a while to stop.
STOPPING = """\
#!/bin/sh
trap 'sleep; echo stopped >>calls; exit' TERM
echo >>calls
while :; do sleep; done
"""
LOCKED = (
    *("--runtime=runc", "--network=none", "--pull=never", "--no-healthcheck"),
    *("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"),
)
MESSAGE = {"attachments": [{"title": "Archiving of x has stopped", "text": "Look at the log."}]}


def podman(*arguments: str) -> str:
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def options(service: str, volumes: Sequence[str] = ()) -> list[str]:
    """podman's options for a container as compose.yaml has it, but on its own and offline."""
    given: dict[str, Any] = dict(usual().services[service])
    files = [f"{path}:{target}:ro" for target, path in usual().files_at(service).items()]
    variables = [f"--env={name}={value}" for name, value in usual().environment(service).items()]
    return [
        *LOCKED,
        f"--user={given['user']}",
        *(["--read-only"] if given["read_only"] else []),
        *(f"--cap-drop={name}" for name in given["cap_drop"]),
        *(f"--cap-add={name}" for name in given.get("cap_add", [])),
        *(f"--security-opt={each}" for each in given["security_opt"]),
        *(f"--volume={each}" for each in [*files, *volumes]),
        *variables,
        f"--entrypoint={json.dumps(given['entrypoint'])}",
    ]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_one_that_the_shell_of_debian_reads(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_run_by_a_service(script: Path) -> None:
    seen = [usual().files_at(name).items() for name in usual().services]
    (place,) = {target for files in seen for target, path in files if path == script}
    commands = [
        [*(service.get("entrypoint") or []), *(service.get("command") or [])]
        for service in usual().services.values()
    ]
    assert any(command[:2] in (["sh", place], ["/bin/sh", place]) for command in commands)


# Passwords


@contextmanager
def three_volumes(folder: Path) -> Iterator[list[str]]:
    """Empty volumes of `prepare`, which belong to the container's root as Docker's do."""
    mounts = [mount for mount in usual().mounts("prepare") if mount.is_volume]
    names = {f"{folder.name}-{mount.source}": mount.target for mount in mounts}
    try:
        yield [f"{name}:{target}" for name, target in names.items()]
    finally:
        podman("volume", "rm", "--force", *names)


def test_passwords_are_made_once_and_the_log_belongs_to_the_archiver(
    image: Image, tmp_path: Path
) -> None:
    # The base of the exporter's image has a shell, as MariaDB's image has.
    base = podman("images", "--quiet", "localhost/matomo-archive-exporter-base").split()[0]
    with three_volumes(tmp_path) as volumes:

        def prepare() -> None:
            podman(
                *("run", "--rm", *options("prepare", volumes), base),
                *usual().services["prepare"]["entrypoint"][2:],
            )

        def seen(what: str) -> str:
            mounts = [f"--volume={each}:ro" for each in volumes]
            return podman(
                *("run", "--rm", *LOCKED, "--user=65532:65532"),
                *(*mounts, "--entrypoint=/bin/sh", base, "-c", what),
            )

        prepare()
        passwords = "cat /secrets/matomo/password; echo; cat /secrets/exporter/password"
        made = seen(passwords).split()
        assert len(set(made)) == 2
        assert all(len(bytes.fromhex(each)) == 24 for each in made)
        assert seen("stat -c %u:%g /logs") == usual().services["archiver"]["user"]
        assert seen("find /secrets -type f -perm 444 | wc -l") == "2"
        prepare()
        assert seen(passwords).split() == made


# Messages


def test_the_receiver_prints_what_alertmanager_sends(image: Image, tmp_path: Path) -> None:
    name = f"receiver-{os.getpid()}"
    podman("run", "--detach", f"--name={name}", "--init", *options("receiver"), image.name)
    try:
        wait_until(lambda: "waiting" in podman("logs", name), "the receiver listens")
        send = (
            "from urllib.request import urlopen\n"
            f"urlopen('http://localhost:16289/page', {json.dumps(MESSAGE).encode()!r})"
        )
        podman("exec", name, "/opt/exporter/bin/python3", "-c", send)
        output = podman("logs", name)
        assert "--- to page\nArchiving of x has stopped\n\nLook at the log." in output
    finally:
        podman("rm", "--force", "--time=2", name)


# The archiver


@contextmanager
def archiver(
    folder: Path, php: str = PHP, pause: float = 0.02
) -> Iterator[subprocess.Popen[bytes]]:
    """It runs in a Matomo of that folder, with pauses of so many seconds."""
    sleep = f"#!/bin/sh\n>>slept\nexec /bin/sleep {pause}\n"
    programs = folder / "programs"
    programs.mkdir()
    for name, text in (("php", php), ("sleep", sleep)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    given = usual().environment("archiver") | {
        "MATOMO_ARCHIVER_LOG_FILE": str(folder / "archive.log")
    }
    running = subprocess.Popen(
        ["sh", ARCHIVER],
        cwd=folder,
        env={"PATH": f"{programs}:{os.environ['PATH']}"} | given,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The configuration of a Matomo that was installed."""
    configuration = tmp_path / "config" / "config.ini.php"
    configuration.parent.mkdir()
    configuration.write_text(INSTALLED)
    return configuration


def calls(folder: Path) -> list[str]:
    made = folder / "calls"
    return made.read_text().splitlines() if made.exists() else []


def test_it_waits_for_the_end_of_the_wizard_and_then_runs_again_and_again(
    tmp_path: Path, installed: Path
) -> None:
    installed.write_text("")
    with archiver(tmp_path):
        for begun in ("", f"{INSTALLED}[General]\ninstallation_in_progress = 1\n"):
            installed.write_text(begun)
            time.sleep(0.3)
            assert calls(tmp_path) == []
        installed.write_text(INSTALLED)
        wait_until(lambda: len(calls(tmp_path)) > 2, "it runs again and again")
        assert (tmp_path / "archive.log").read_text().count("Done archiving!") > 1


@pytest.mark.usefixtures("installed")
def test_it_passes_on_what_the_exporter_counts_on(tmp_path: Path) -> None:
    with archiver(tmp_path):
        wait_until(lambda: calls(tmp_path), "it runs")
    assert calls(tmp_path)[0] == (
        "console core:archive --no-ansi"
        " --concurrent-requests-per-website=3 --max-archives-to-process=0"
    )


@pytest.mark.usefixtures("installed")
def test_its_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "archive.log"
    log.touch()
    os.truncate(log, 65 * 1024 * 1024)
    with archiver(tmp_path):
        wait_until(lambda: len(calls(tmp_path)) > 2, "it runs")
    assert (tmp_path / "archive.log.1").stat().st_size == 65 * 1024 * 1024
    assert log.stat().st_size < 10000


@pytest.mark.usefixtures("installed")
def test_the_script_stops_the_run_and_waits_for_it(tmp_path: Path) -> None:
    with archiver(tmp_path, STOPPING) as running:
        wait_until(lambda: calls(tmp_path), "it runs")
        running.terminate()
        assert running.wait(10) == 0
        assert calls(tmp_path)[-1] == "stopped"


@pytest.mark.parametrize("text", [INSTALLED, ""], ids=["installed", "not yet"])
def test_between_two_runs_it_stops_at_once(tmp_path: Path, installed: Path, text: str) -> None:
    installed.write_text(text)
    with archiver(tmp_path, pause=60) as running:
        wait_until((tmp_path / "slept").exists, "it waits")
        running.terminate()
        assert running.wait(2) == 0


def test_the_stop_signal_is_the_one_that_the_script_handles() -> None:
    # The image's own signal is one that only Apache takes for an order.
    service = usual().services["archiver"]
    assert (service["stop_signal"], service["stop_grace_period"]) == ("SIGTERM", "5m")
