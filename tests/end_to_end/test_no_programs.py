"""The exporter starts no program: it would inherit the environment, and could hang.

The database driver runs `lsb_release` from PATH where /etc/lsb-release is missing.
"""

import os
from pathlib import Path

import pytest

from tests.conftest import PASSWORD, Database
from tests.support import everything
from tests.support.process import REPOSITORY, Exporter, run
from tests.support.running import EVERY_HOUR

# Python runs it before all else.
WATCH = """
import sys

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}

def note(*words):
    with open(%r, "a") as file:
        print(*words, file=file)

def watch(event, arguments):
    if event in STARTS:
        note(event, arguments)

note("watching")
sys.addaudithook(watch)
"""


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """What the commands started, a line each."""
    path = tmp_path / "started"
    (tmp_path / "sitecustomize.py").write_text(WATCH % str(path))
    return path


def watched(started: Path) -> dict[str, str]:
    sources = f"{started.parent}{os.pathsep}{REPOSITORY / 'exporter'}"
    return {"MATOMO_DATABASE_PASSWORD": PASSWORD, "PYTHONPATH": sources}


@pytest.mark.parametrize("command", ["once", "check", "advise", "forecast", "--version"])
def test_no_command_starts_a_program(database: Database, started: Path, command: str) -> None:
    everything.load(database.connection)
    flags = () if command == "--version" else (*database.flags, "--archiver.proc-path=/proc")
    assert run(command, *flags, variables=watched(started)).status in (0, 1)
    assert started.read_text() == "watching\n"


def test_serve_starts_no_program(database: Database, started: Path) -> None:
    everything.load(database.connection)
    with Exporter(*database.flags, EVERY_HOUR, variables=watched(started)) as running:
        running.wait_for(lambda page: page.up)
        running.get("/")
    assert started.read_text() == "watching\n"
