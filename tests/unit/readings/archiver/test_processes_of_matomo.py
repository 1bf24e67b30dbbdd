"""Whose processes count, and odd entries of a /proc."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.archiver import processes
from matomo_archive_exporter.readings.database.errors import ReadingError
from tests.support.command_lines import ARCHIVER
from tests.support.real_processes import running

PROC = Path("/proc")
MATOMO, GROUP, STRANGER = 12345, 12346, 12347


@pytest.fixture
def config_ini(tmp_path: Path) -> Path:
    path = tmp_path / "config.ini.php"
    path.touch()
    os.chown(path, MATOMO, GROUP)
    return path


@pytest.fixture
def archiver() -> Iterator[int]:
    """A process that looks like core:archive; which user runs it shows in its folder."""
    with running(ARCHIVER) as (pid,):
        yield pid


def fake(root: Path, pid: int, user: int, group: int) -> None:
    """A process in a folder like /proc."""
    folder = root / str(pid)
    folder.mkdir(parents=True)
    (folder / "cmdline").write_bytes("".join(f"{word}\0" for word in ARCHIVER).encode())
    (folder / "statm").write_text("1000 500 0 0 0 0 0\n")
    (folder / "stat").write_text(f"{pid} (php) S 0 1 1\n")
    (folder / "status").write_text("".join(f"Vm{of}:\t9 kB\n" for of in ("Peak", "Size", "Data")))
    os.chown(folder, user, group)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    root = tmp_path / "proc"
    fake(root, 1, 0, 0)
    (root / "self").symlink_to("1")
    return root


@pytest.mark.parametrize(
    ("user", "group", "counts"),
    [
        (MATOMO, STRANGER, True),
        (STRANGER, GROUP, True),
        (0, 0, True),
        (STRANGER, STRANGER, False),
    ],
)
def test_only_processes_of_matomos_user_count(
    proc: Path, config_ini: Path, user: int, group: int, counts: bool
) -> None:
    fake(proc, 20, user, group)
    reading = processes.read(proc, config_ini)
    assert {process.pid for process in reading.found} == ({1, 20} if counts else {1})
    assert reading.of_others == (0 if counts else 1)


def test_where_nothing_tells_who_matomo_is_all_count(proc: Path, config_ini: Path) -> None:
    fake(proc, 20, STRANGER, STRANGER)
    assert len(processes.read(proc).found) == 2
    os.chown(config_ini, 0, 0)
    assert len(processes.read(proc, config_ini).found) == 2
    assert len(processes.read(proc, config_ini.with_name("gone")).found) == 2


def test_a_real_process_of_root_counts(archiver: int, config_ini: Path) -> None:
    found = {process.pid for process in processes.read(PROC, config_ini).found}
    assert archiver in found


@pytest.mark.parametrize("name", ["cmdline", "statm", "stat", "maps"])
@pytest.mark.parametrize("is_written_to", [True, False])
def test_a_pipe_in_a_proc_is_not_waited_for(proc: Path, name: str, is_written_to: bool) -> None:
    fake(proc, 20, 0, 0)
    path = proc / "20" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR) if is_written_to else None
    try:
        with pytest.raises(ReadingError, match=rf"20/{name} is not a file of a /proc") as caught:
            processes.read(proc)
    finally:
        if writer is not None:
            os.close(writer)
    assert caught.value.reason == "bad_data"
