"""The processes in /proc under the ids of rows' owners."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.matomo.queue.owner import OwnedRows, Owner, Sighting
from matomo_archive_exporter.readings.queue.owners import OwnerWatch, look
from tests.support.command_lines import ARCHIVER, REQUEST
from tests.support.process import wait_until
from tests.support.real_processes import running

PROC = Path("/proc")
NOW = int(time.time())


@pytest.fixture
def ended() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


@pytest.fixture
def zombie() -> Iterator[int]:
    """The id of a process that has ended, of which its parent has not taken note."""
    process = subprocess.Popen(["/bin/true"])
    state = Path("/proc", str(process.pid), "stat")
    wait_until(lambda: b") Z " in state.read_bytes(), "the process has ended")
    yield process.pid
    process.wait()


def seen(pid: int) -> Sighting:
    found = look(PROC, [pid])
    assert found is not None
    sighting = found[pid]
    assert sighting is not None
    return sighting


def test_an_archiver_is_one_and_its_request_is_not() -> None:
    with running(ARCHIVER, REQUEST) as (archiver, request):
        # A process has no command line for a moment after its start.
        wait_until(lambda: seen(archiver).is_archiver, "the archiver runs")
        assert not seen(request).is_archiver


def test_the_age_is_that_of_the_process_in_seconds() -> None:
    begun = time.monotonic()
    with running(ARCHIVER) as (pid,):
        time.sleep(0.5)
        age = seen(pid).age
        assert age is not None
        assert 0.4 <= age <= time.monotonic() - begun + 0.1
    first = seen(1).age
    assert first is not None
    assert first > age


def test_a_process_that_is_gone_is_missing(ended: int) -> None:
    assert look(PROC, [ended]) == {ended: None}


def test_one_that_was_not_buried_yet_is_still_there(zombie: int) -> None:
    assert seen(zombie).is_archiver is False


def test_a_name_with_brackets_and_blanks_does_not_confuse(tmp_path: Path) -> None:
    program = tmp_path / "a) S 1 (b"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "600"])
    try:
        age = seen(process.pid).age
        assert age is not None
        assert 0 <= age < 10
    finally:
        process.kill()
        process.wait()


def test_a_proc_without_the_first_process_proves_nothing(tmp_path: Path) -> None:
    assert look(tmp_path, [4242]) is None
    assert look(tmp_path / "missing", [4242]) is None


def test_a_process_that_is_closed_to_the_exporter_is_there(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "7" / "stat").mkdir(parents=True)  # no user can read it
    assert look(tmp_path, [7]) == {7: Sighting(is_archiver=False, age=None)}


@pytest.mark.parametrize("stat", [b"", b"7 (php) S 1 7 0", b"7 (php) S" + b" x" * 40])
def test_a_stat_that_no_kernel_writes_tells_no_age(tmp_path: Path, stat: bytes) -> None:
    for pid in ("1", "7"):
        (tmp_path / pid).mkdir()
    (tmp_path / "7" / "stat").write_bytes(stat)
    (tmp_path / "7" / "cmdline").write_bytes(b"\0".join(word.encode() for word in ARCHIVER))
    assert look(tmp_path, [7]) == {7: Sighting(is_archiver=True, age=None)}


# Readings in a row


@pytest.fixture
def at_work() -> Iterator[OwnedRows]:
    with running(ARCHIVER) as (pid,):
        wait_until(lambda: seen(pid).is_archiver, "the archiver runs")
        yield OwnedRows(NOW, Owner("web-1", str(pid)), 1)


def test_without_a_proc_nothing_is_said(at_work: OwnedRows) -> None:
    watch = OwnerWatch(None)
    assert not watch.is_on
    assert watch.prove((at_work,), NOW) is None


def test_a_failed_reading_restarts_the_proof(at_work: OwnedRows, ended: int) -> None:
    rows = (at_work, OwnedRows(NOW - 60, Owner("web-1", str(ended)), 3))
    watch = OwnerWatch(PROC)

    def gone() -> int:
        found = watch.prove(rows, NOW)
        assert found is not None
        return found.rows_gone

    assert [gone(), gone()] == [0, 3]
    watch.interrupt()
    assert [gone(), gone()] == [0, 3]


def test_a_proc_that_goes_away_ends_the_proof_but_not_the_trust(
    at_work: OwnedRows, ended: int, tmp_path: Path
) -> None:
    proc = tmp_path / "proc"
    proc.symlink_to(PROC)
    rows = (at_work, OwnedRows(NOW - 60, Owner("web-1", str(ended)), 3))
    watch = OwnerWatch(proc)
    watch.prove(rows, NOW)
    os.unlink(proc)
    assert watch.prove(rows, NOW) is None
    proc.symlink_to(PROC)
    only_lost = rows[1:]
    found = watch.prove(only_lost, NOW)
    assert found is not None
    assert found.rows_gone == 0
    again = watch.prove(only_lost, NOW)
    assert again is not None
    assert again.rows_gone == 3
