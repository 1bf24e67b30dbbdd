"""How much of the log is unread, and when that is too much."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.archiver.log import LogReader
from tests.support.archiver_logs import stamped

STEP = "matomo_archive_exporter.readings.archiver.log_file.STEP"
DONE = b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
ARCHIVED = stamped(DONE + b" Time elapsed: 1.763s")


class Log:
    """A log file and its reader, which has read it before it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.reader = LogReader(path)
        self.read = self.reader.read
        self.read()

    def write(self, text: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(text)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "archive.log")
    with closing(log.reader):
        yield log


def test_a_log_that_is_read_to_its_end_has_nothing_unread(log: Log) -> None:
    log.write(ARCHIVED * 40)
    reading = log.read()
    assert (reading.unread, reading.is_behind) == (0, False)


def test_unread_bytes_are_counted_and_from_the_second_reading_on_the_log_is_behind(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 10 * len(ARCHIVED)
    monkeypatch.setattr("matomo_archive_exporter.readings.archiver.log_file.STEP", step)
    log.write(ARCHIVED * 30)
    first = log.read()
    assert (first.unread, first.is_behind) == (2 * step, False)
    second = log.read()
    assert (second.unread, second.is_behind) == (step, True)
    assert "behind" in second.warnings[0]
    third = log.read()
    assert (third.unread, third.is_behind, third.warnings) == (0, False, ())


def test_a_log_that_grows_as_fast_as_it_is_read_is_not_behind(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 10 * len(ARCHIVED)
    monkeypatch.setattr("matomo_archive_exporter.readings.archiver.log_file.STEP", step)
    log.write(ARCHIVED * 20)
    for _ in range(5):
        reading = log.read()
        assert (reading.unread, reading.is_behind) == (step, False)
        log.write(ARCHIVED * 10)


def test_unread_bytes_of_an_emptied_log_do_not_count(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(STEP, 10 * len(ARCHIVED))
    log.write(ARCHIVED * 100)
    log.read()
    os.truncate(log.path, 0)
    log.write(ARCHIVED)
    reading = log.read()
    assert (reading.unread, reading.is_behind) == (0, False)


def test_a_reading_goes_on_while_it_has_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(STEP, 10 * len(ARCHIVED))
    ticks = iter(range(1000))
    path = tmp_path / "archive.log"
    path.touch()
    with closing(LogReader(path, monotonic=lambda: float(next(ticks)), seconds=8)) as reader:
        reader.read()
        path.write_bytes(ARCHIVED * 100)
        reading = reader.read()
    assert 20 <= (reading.events["archive_done"] or 0) < 100
    assert reading.unread > 0
