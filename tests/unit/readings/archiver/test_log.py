"""A reading of the log: counts, times of deaths, archives."""

import os
import resource
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.archiver.log import LogReader
from tests.support import archiver_logs as logs
from tests.support.archiver_logs import archiver_death, stamped

NOW = 1795500000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.log"
    path.touch()
    return path


Readers = Callable[..., LogReader]


@pytest.fixture
def reader_of() -> Iterator[Readers]:
    """Makes readers, and closes their files after the test."""
    with ExitStack() as stack:
        yield lambda path, **clocks: stack.enter_context(closing(LogReader(path, **clocks)))


def done(period: bytes, segment: bytes, seconds: bytes, time: bytes = b"07:00:00") -> bytes:
    message = b"Archived website id 1, period = %s, date = 2026-11-23, segment = '%s', 1 visits"
    return stamped(message % (period, segment) + b" found. Time elapsed: %ss" % seconds, time=time)


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


def test_archives_are_handed_on_once_and_the_newest_is_kept(path: Path, reader_of: Readers) -> None:
    reader = reader_of(path)
    reader.read()
    append(path, done(b"day", b"", b"1.5") + done(b"day", b"", b"2.5", b"07:00:03"))
    append(path, done(b"day", b"a==b", b"3.5"))
    first = reader.read()
    assert [archive.seconds for archive in first.finished] == [1.5, 2.5, 3.5]
    assert first.newest["day", "all_visits"].seconds == 2.5
    assert first.newest["day", "all_visits"].at == 1795417203
    second = reader.read()
    assert (second.finished, second.newest) == ((), first.newest)


def test_skips_are_not_known_until_a_debug_line_was_seen(path: Path, reader_of: Readers) -> None:
    path.write_bytes(stamped(b"Checking for queued invalidations...", level=b"DEBUG"))
    reader = reader_of(path)
    assert reader.read().events["overlap_skip"] is None
    append(path, done(b"day", b"", b"1.5"))
    assert reader.read().events["overlap_skip"] is None
    append(path, stamped(b"Checking for queued invalidations...", level=b"DEBUG"))
    assert reader.read().events["overlap_skip"] == 0


# When a death was, where its lines do not say


def bare_death() -> bytes:
    return archiver_death(error=False)


def test_a_death_is_not_before_the_last_line(path: Path, reader_of: Readers) -> None:
    path.write_bytes(done(b"day", b"", b"1.5") + bare_death())
    assert reader_of(path).read().last_deaths == {"archiver": 1795417200}


def test_a_death_is_not_before_the_reading_that_did_not_see_it(
    path: Path, reader_of: Readers
) -> None:
    """`core:archive -q` may have logged nothing for days."""
    path.write_bytes(done(b"day", b"", b"1.5"))
    reader = reader_of(path, clock=lambda: NOW)
    reader.read()
    append(path, bare_death())
    assert reader.read().last_deaths == {"archiver": NOW}


def test_a_death_in_a_log_without_any_time_was_when_it_was_last_written(
    path: Path, reader_of: Readers
) -> None:
    path.write_bytes(bare_death())
    os.utime(path, (NOW, NOW))
    reader = reader_of(path, clock=lambda: NOW + 60)
    assert reader.read().last_deaths == {"archiver": NOW}
    append(path, stamped(b"Starting Matomo reports archiving...") + bare_death())
    assert reader.read().last_deaths == {"archiver": NOW + 60}


def test_only_the_end_of_a_long_log_is_read_at_the_start(path: Path, reader_of: Readers) -> None:
    path.write_bytes(archiver_death())
    end = done(b"day", b"", b"1.5")
    with path.open("r+b") as file:
        file.seek(5 * 1024**3)
        file.write(b"\n" + end)
    reader = reader_of(path)
    tracemalloc.start()
    try:
        assert reader.read().last_deaths == {}
        append(path, end)
        assert reader.read().events["archive_done"] == 1
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024**2
    finally:
        tracemalloc.stop()


def test_a_death_in_the_last_16_megabytes_is_found_at_the_start(
    path: Path, reader_of: Readers
) -> None:
    with path.open("wb") as file:
        file.write(done(b"day", b"", b"1.5") * 10)
        file.write(archiver_death())
        file.truncate(15 * 1024**2)
    assert reader_of(path).read().last_deaths == {"archiver": 1795417201}


@pytest.mark.parametrize("name", ["log-info-normal", "case-real-01"])
def test_new_lines_cost_little(path: Path, reader_of: Readers, name: str) -> None:
    """100 MB in 5 s of CPU; here 8 MB, since coverage may slow the test down."""
    reader = reader_of(path)
    reader.read()
    text = logs.load(name)
    times = 8_000_000 // len(text) + 1
    append(path, text * times)
    begun = time.process_time()
    counts = reader.read().events
    taken = time.process_time() - begun
    assert counts["run_started"] == times
    assert taken / (len(text) * times) * 100e6 < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2 * 1024**2
