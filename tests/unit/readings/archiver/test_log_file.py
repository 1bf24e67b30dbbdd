"""The log followed in the file system: as it grows, is cut, moved, removed and replaced."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.log_event import EVENTS
from matomo_archive_exporter.readings.archiver.log import LogReader
from matomo_archive_exporter.readings.archiver.log_file import LogFile
from matomo_archive_exporter.readings.database.errors import ReadingError
from tests.support import archiver_logs as logs
from tests.support.archiver_logs import (
    archiver_death,
    bad_response,
    reported,
    response_of_the_dead,
    stamped,
)
from tests.support.followed_log import (
    ROTATIONS,
    Log,
    Rotate,
    copy_and_truncate,
    nothing,
    remove,
    rename,
)
from tests.support.unprivileged import as_unprivileged_user

DONE = b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
ARCHIVED = stamped(DONE + b" Time elapsed: 1.763s")
QUOTATION, _ = bad_response(response_of_the_dead())
SAMPLE = (
    stamped(b"Starting Matomo reports archiving...")
    + ARCHIVED
    + QUOTATION
    + archiver_death(logged=True)
    + stamped(b"Done archiving!", pid=8)
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log(tmp_path) as log:
        log.read()
        yield log


@pytest.fixture
def readers(log: Log) -> Iterator[Callable[[], LogReader]]:
    """Makes readers that start later."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(log.another_reader()))


@pytest.mark.parametrize("rotate", ROTATIONS)
def test_a_recorded_log_is_counted_whole_through_every_kind_of_rotation(
    tmp_path: Path, rotate: Rotate
) -> None:
    for name in logs.names():
        text, folder = logs.load(name), tmp_path / name
        folder.mkdir()
        with Log(folder) as log:
            log.read()
            log.write(text[: len(text) // 2])
            log.read()
            rotate(log)
            log.write(text[len(text) // 2 :])
            assert log.counted() == {event: n for event, n in reported(text).items() if n}, name


# Most often in the file whose rest is read under its old name.
@pytest.mark.parametrize(
    ("rotate", "step"), [(rename, 5), (copy_and_truncate, 23), (remove, 23), (nothing, 23)]
)
def test_a_log_can_be_cut_anywhere(tmp_path: Path, rotate: Rotate, step: int) -> None:
    expected = reported(SAMPLE)
    assert expected["memory_exhausted_archiver"] == expected["memory_exhausted_request"] == 1
    for at in range(0, len(SAMPLE) + 1, step):
        folder = tmp_path / str(at)
        folder.mkdir()
        with Log(folder) as log:
            log.read()
            log.write(SAMPLE[:at])
            log.read()
            rotate(log)
            log.read()
            log.write(SAMPLE[at:])
            assert log.counted() == expected, (at, SAMPLE[:at][-40:])


@given(st.lists(st.integers(min_value=0, max_value=len(SAMPLE)), max_size=12), st.data())
def test_however_a_log_arrives(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], data: st.DataObject
) -> None:
    with Log(tmp_path_factory.mktemp("log")) as log:
        log.read()
        for start, end in pairwise([0, *sorted(cuts), len(SAMPLE)]):
            log.write(SAMPLE[start:end])
            log.read()
            data.draw(st.sampled_from(ROTATIONS))(log)
        assert log.counted() == reported(SAMPLE)


def test_a_run_that_goes_on_over_a_rotation_writes_into_the_old_file(log: Log) -> None:
    with log.path.open("ab") as running:
        running.write(ARCHIVED[:40])
        running.flush()
        log.read()
        rename(log)
        log.write(stamped(b"Starting Matomo reports archiving...", pid=9))
        log.read()
        running.write(ARCHIVED[40:] + archiver_death())
    assert log.counted() == {
        "archive_done": 1,
        "memory_exhausted_archiver": 1,
        "run_started": 1,
    }


def test_lines_written_before_the_rotation_are_read_after_it(log: Log) -> None:
    log.write(ARCHIVED)
    rename(log)
    log.write(ARCHIVED)
    assert log.counted() == {"archive_done": 2}


def test_a_log_that_was_truncated_and_has_grown_beyond_is_noticed(log: Log) -> None:
    log.write(ARCHIVED)
    log.read()
    copy_and_truncate(log)
    log.write(stamped(b"Done archiving!") * 9)
    assert log.counted() == {"archive_done": 1, "run_completed": 9}


def test_only_the_last_old_file_stays_open_and_only_while_it_has_a_name(log: Log) -> None:
    open_before = len(os.listdir("/proc/self/fd"))
    for number in range(5):
        log.path.rename(log.path.with_name(f"archive.log.{number}"))
        log.path.touch()
        log.read()
    assert len(os.listdir("/proc/self/fd")) == open_before + 1
    log.path.with_name("archive.log.4").unlink()
    log.read()
    assert len(os.listdir("/proc/self/fd")) == open_before


# The start


def test_lines_before_the_start_only_give_the_time_of_the_last_death(
    log: Log, readers: Callable[[], LogReader]
) -> None:
    log.write(SAMPLE)
    late = readers()
    reading = late.read()
    assert not any(reading.events.values())
    assert reading.last_deaths == {"archiver": 1795417201, "request": 1795417200}
    assert (reading.newest, reading.finished) == ({}, ())
    log.write(ARCHIVED)
    assert late.read().events["archive_done"] == 1


def test_a_death_that_had_begun_before_the_start_is_not_new(tmp_path: Path) -> None:
    whole = reported(SAMPLE)
    for at in range(0, len(SAMPLE), 7):
        path = tmp_path / str(at)
        path.write_bytes(SAMPLE[:at])
        with closing(LogReader(path)) as late:
            late.read()
            path.write_bytes(SAMPLE)
            counts = late.read().events
        before = reported(SAMPLE[: SAMPLE[:at].rfind(b"\n") + 1])
        expected = {name: whole[name] - before[name] for name in EVENTS}
        assert {name: count or 0 for name, count in counts.items()} == expected, at


def test_a_log_that_appears_later_is_new_as_a_whole(log: Log) -> None:
    log.path.unlink()
    log.reader.close()
    log.reader = log.another_reader()
    for _ in range(2):
        with pytest.raises(ReadingError, match=r"the log .*archive\.log does not exist") as caught:
            log.read()
        assert caught.value.reason == "unreachable"
    log.write(ARCHIVED)
    assert log.counted() == {"archive_done": 1}


def test_a_log_that_is_away_for_a_moment_is_no_failure_while_the_old_one_has_a_name(
    log: Log,
) -> None:
    log.write(ARCHIVED)
    log.path.rename(log.path.with_name("archive.log.1"))
    assert log.counted() == {"archive_done": 1}
    log.path.with_name("archive.log.1").unlink()
    with pytest.raises(ReadingError):
        log.read()
    log.write(ARCHIVED)
    assert log.counted() == {"archive_done": 2}


def test_a_log_that_may_not_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.path.chmod(0)
    tmp_path.chmod(0o755)
    with (
        as_unprivileged_user(),
        pytest.raises(ReadingError, match="no permission to read the log") as caught,
    ):
        log.read()
    assert caught.value.reason == "access_denied"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_reading_something_else_than_a_file_never_waits(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "log"
    make(path)
    with pytest.raises(ReadingError, match="not a regular file") as caught:
        LogReader(path).read()
    assert caught.value.reason == "bad_data"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_name_until_it_is_gone(log: Log, encoding: str) -> None:
    log.write(ARCHIVED.decode().encode(encoding) * 3)
    for _ in range(2):
        with pytest.raises(ReadingError, match=r"archive\.log is UTF-16") as caught:
            log.read()
        assert caught.value.reason == "bad_data"
    remove(log)
    log.write(ARCHIVED)
    assert log.counted() == {"archive_done": 1}


# What it costs


def test_a_line_without_an_end_takes_no_memory(log: Log) -> None:
    with log.path.open("ab") as file:
        file.write(b"x" * 3_000_000)
        file.write(b"\n" + ARCHIVED + b"\xff\xfe" * 500_000)
    assert log.counted() == {"archive_done": 1}
    assert isinstance(log.reader._log, LogFile)
    (tail,) = log.reader._log._tails
    assert len(tail.partial) == 64 * 1024
    log.write(b"\n" + ARCHIVED)
    assert log.counted() == {"archive_done": 2}


def test_one_reading_looks_at_a_bounded_number_of_bytes(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matomo_archive_exporter.readings.archiver.log_file.STEP", 1000)
    log.write(ARCHIVED * 40)
    rename(log)
    log.write(ARCHIVED * 2)
    counts = [log.read().events["archive_done"] or 0 for _ in range(8)]
    assert counts[0] == 1000 // len(ARCHIVED)
    assert counts == sorted(counts)
    assert counts[-1] == 42
