"""A /proc that hides processes, made of files: the real one must not be remounted."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.archiver import processes
from matomo_archive_exporter.readings.database.errors import ReadingError
from tests.support.command_lines import ARCHIVER, REQUEST
from tests.support.folders import public_folder

NOBODY = 65534
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def proc() -> Iterator[Path]:
    """An empty one that any user may look into; the exporter is process 50, of shell 40."""
    with public_folder() as folder:
        (folder / "self").symlink_to("50")
        yield folder


def add(
    proc: Path, pid: int, *argv: str, parent: int = 1, statm: str = "900 300 9 9 0 9 0"
) -> Path:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "cmdline").write_text("".join(f"{word}\0" for word in argv))
    (folder / "stat").write_text(f"{pid} (a) name) S {parent} {pid} 0\n")
    (folder / "statm").write_text(f"{statm}\n")
    return folder


def add_exporter(proc: Path) -> None:
    add(proc, 1, "/sbin/init", parent=0)
    add(proc, 40, "sh")
    add(proc, 50, "matomo-archive-exporter", parent=40)


def close(folder: Path) -> None:
    """As hidepid=1 does with the processes of others."""
    (folder / "cmdline").chmod(0)


@contextmanager
def not_root() -> Iterator[None]:
    """Run as another user, since root may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_where_all_can_be_seen_none_is_none(proc: Path) -> None:
    add_exporter(proc)
    add(proc, 2)  # a kernel thread
    reading = processes.read(proc)
    assert (reading.count("archiver"), reading.count("request")) == (0, 0)
    assert (reading.resident("archiver"), reading.warnings) == (None, ())


def test_a_pipe_in_the_place_of_its_own_process_is_not_waited_for(proc: Path) -> None:
    add_exporter(proc)
    stat = proc / "50" / "stat"
    stat.unlink()
    os.mkfifo(stat)
    with pytest.raises(ReadingError, match="50/stat is not a file of a /proc"):
        processes.read(proc)


def test_the_largest_of_each_role_is_counted_in_bytes(proc: Path) -> None:
    add_exporter(proc)
    add(proc, 60, *ARCHIVER, statm="9000 500 9 9 0 9 0")
    add(proc, 61, *REQUEST, statm="9000 400 9 9 0 9 0")
    add(proc, 62, *REQUEST, statm="9000 300 9 9 0 9 0")
    reading = processes.read(proc)
    assert (reading.count("archiver"), reading.count("request")) == (1, 2)
    assert reading.resident("archiver") == 500 * PAGE
    assert reading.resident("request") == 400 * PAGE


def test_a_process_that_ends_between_two_looks_does_not_count(proc: Path) -> None:
    add_exporter(proc)
    add(proc, 60, *ARCHIVER, statm="0 0 0 0 0 0 0")
    (add(proc, 61, *ARCHIVER) / "statm").unlink()
    (add(proc, 62, *ARCHIVER) / "cmdline").unlink()
    assert processes.read(proc).count("archiver") == 0


def test_processes_that_are_closed_may_be_the_archiver(proc: Path) -> None:
    add_exporter(proc)
    close(add(proc, 60, *ARCHIVER))
    close(add(proc, 61, "mariadbd"))
    with not_root():
        reading = processes.read(proc)
    assert reading.count("archiver") is None
    assert reading.warnings == (f"{proc} hides processes from the exporter (hidepid?)",)


def test_processes_that_are_not_listed_may_be_the_archiver(proc: Path) -> None:
    add(proc, 40, "sh")
    add(proc, 50, "matomo-archive-exporter", parent=40)
    add(proc, 70, "vim")
    reading = processes.read(proc)
    assert reading.count("archiver") is None
    assert reading.warnings == (f"{proc} shows the exporter only some processes (hidepid?)",)


def test_an_archiver_that_is_seen_counts_although_others_are_hidden(proc: Path) -> None:
    add(proc, 50, "matomo-archive-exporter")
    add(proc, 60, *ARCHIVER)
    close(add(proc, 61, "mariadbd"))
    with not_root():
        reading = processes.read(proc)
    assert (reading.count("archiver"), reading.count("request")) == (1, 0)
    assert reading.warnings == ()


def test_in_a_container_of_its_own_the_exporter_sees_nothing(proc: Path) -> None:
    add_exporter(proc)
    reading = processes.read(proc)
    assert reading.count("archiver") is None
    assert "shows only the exporter itself" in reading.warnings[0]


def test_in_a_container_that_it_shares_the_exporter_sees_the_others(proc: Path) -> None:
    add_exporter(proc)
    add(proc, 60, "apache2", parent=0)
    assert processes.read(proc).count("archiver") == 0


def test_the_hosts_proc_does_not_need_to_hold_the_exporter(proc: Path) -> None:
    add(proc, 1, "/sbin/init", parent=0)
    add(proc, 2, parent=0)
    (proc / "self").unlink()
    (proc / "self").symlink_to("999")
    assert processes.read(proc).count("archiver") == 0


@pytest.mark.parametrize("content", ["nothing", "self", "processes"])
def test_another_folder_is_no_proc(tmp_path: Path, content: str) -> None:
    if content == "self":
        (tmp_path / "self").symlink_to("1")
    if content == "processes":
        (tmp_path / "1").mkdir()
    with pytest.raises(ReadingError, match="is not a /proc") as error:
        processes.read(tmp_path)
    assert error.value.reason == "bad_data"


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"/absent: No such file or directory") as error:
        processes.read(tmp_path / "absent")
    assert error.value.reason == "unreachable"


def test_a_folder_that_may_not_be_listed_is_said_to_be_closed(proc: Path) -> None:
    proc.chmod(0)
    with not_root(), pytest.raises(ReadingError, match="no permission to list") as error:
        processes.read(proc)
    proc.chmod(0o755)
    assert error.value.reason == "access_denied"


def test_more_processes_than_can_be_read_in_time_are_not_read(
    proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_exporter(proc)
    monkeypatch.setattr(processes, "_MOST", 3)
    assert processes.read(proc).warnings
    add(proc, 60, *ARCHIVER)
    with pytest.raises(ReadingError, match="has more than 3 processes"):
        processes.read(proc)
