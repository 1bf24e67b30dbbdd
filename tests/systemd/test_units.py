"""The unit files: systemd accepts them, and they give the services few rights."""

import shutil
from pathlib import Path

import pytest

from matomo_archive_exporter.cli import COMMANDS
from matomo_archive_exporter.settings.command_line import parse
from tests.support.units import (
    FOLDER,
    PROGRAM,
    SERVICES,
    TIMERS,
    Unit,
    exposure,
    systemd_analyze,
)

MOST_EXPOSURE = 1.2


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine on which all is installed: this one's units, ours, and the exporter."""
    root = tmp_path_factory.mktemp("root")
    units = root / "etc/systemd/system"
    shutil.copytree("/lib/systemd/system", root / "lib/systemd/system", symlinks=True)
    shutil.copytree(FOLDER, units)
    program = root / PROGRAM.relative_to("/")
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    return root


def problems(root: Path, *names: str) -> str:
    """Systemd's complaints about units; its exit status is always 0."""
    return systemd_analyze("verify", "--man=no", f"--root={root}", *names)


@pytest.mark.parametrize("name", [*SERVICES, *TIMERS])
def test_systemd_has_nothing_to_say_about_a_unit(root: Path, name: str) -> None:
    assert problems(root, name) == ""


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_reach_little_of_the_machine(name: str) -> None:
    figure = exposure(FOLDER / name)
    print(f"{name}: exposure {figure}")
    assert figure <= MOST_EXPOSURE


def test_the_command_lines_are_those_of_the_exporter() -> None:
    asked = [parse(Unit.read(name).command, COMMANDS).command for name in SERVICES]
    assert asked == ["serve", "once"]


def test_the_reading_is_written_where_the_service_may_write() -> None:
    unit = Unit.read(SERVICES[1])
    output = parse(unit.command, COMMANDS).own["output"]
    assert [str(Path(output).parent)] == unit.all("ReadWritePaths")
    assert output.endswith(".prom")


def test_the_server_may_write_nowhere() -> None:
    unit = Unit.read(SERVICES[0])
    assert unit.all("ReadWritePaths") == []
    assert unit.one("ProtectSystem") == "strict"


def test_both_services_are_locked_alike() -> None:
    server, once = (Unit.read(name) for name in SERVICES)
    begin = server.settings.index(("User", "matomo-archive-exporter"))
    locks = [pair for pair in server.settings[begin:] if pair[0] != "WantedBy"]
    assert len(locks) > 30
    assert [*once.settings[-len(locks) :]] == locks


def test_the_timer_starts_a_service_of_its_own_name() -> None:
    assert Path(TIMERS[0]).stem == Path(SERVICES[1]).stem
    assert Unit.read(TIMERS[0]).all("Unit") == []


def test_only_a_fault_is_tried_again() -> None:
    unit = Unit.read(SERVICES[0])
    assert unit.one("Restart") == "on-failure"
    assert unit.one("RestartPreventExitStatus") == "2"
