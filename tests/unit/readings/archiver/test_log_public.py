"""Logs as people show them in public, rewritten."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.archiver.log import LogReader, LogReading
from tests.support.command_lines import SAMPLES

NORMAL = {"run_started": 1, "archive_done": 1, "run_completed": 1}
DEATH_OF_A_REQUEST = {
    "run_started": 1,
    "invalid_response": 1,
    "memory_exhausted_request": 1,
    "run_completed": 1,
}
FAILED = {"run_failed": 1}
AT_TEN = 1795773605
"""2026-11-27 10:00:05"""
EXPECTED = {
    "body-normal": (NORMAL, None),
    "body-childdeath": (DEATH_OF_A_REQUEST | FAILED, AT_TEN),
    "log-matomo-5.0.2-normal": (NORMAL, None),
    "log-matomo-5.0.2-childdeath": (DEATH_OF_A_REQUEST | FAILED, AT_TEN),
    "log-journald-childdeath": (DEATH_OF_A_REQUEST | FAILED, AT_TEN),
    "log-compose-childdeath": (DEATH_OF_A_REQUEST | FAILED, AT_TEN),
    "log-dockerts-childdeath": (DEATH_OF_A_REQUEST | FAILED, AT_TEN),
    "log-19023-filewriter-normal": (NORMAL, None),
    "log-filewriter-childdeath": (DEATH_OF_A_REQUEST, AT_TEN),
    "log-notruncate-leading-newline": (DEATH_OF_A_REQUEST, 1795752020),
    "log-22447-warning-before-json": (
        {"run_started": 1, "invalid_response": 1, "run_completed": 1, "run_failed": 1},
        None,
    ),
    "log-18460-multiline-display": (
        {"run_started": 1, "invalid_response": 1, "memory_exhausted_request": 1, "run_failed": 1},
        1795665620,
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.log"
    path.touch()
    return path


@pytest.fixture
def reader(path: Path) -> Iterator[LogReader]:
    with closing(LogReader(path, clock=lambda: AT_TEN + 60.0)) as reader:
        reader.read()
        yield reader


def counted(reading: LogReading) -> dict[str, int]:
    return {name: count for name, count in reading.events.items() if count}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_log_counts_what_happened(name: str, path: Path, reader: LogReader) -> None:
    events, died_at = EXPECTED[name]
    text = (SAMPLES / "public" / f"{name}.log").read_bytes()
    path.write_bytes(text)
    reading = reader.read()
    assert counted(reading) == events
    assert reading.last_deaths == ({} if died_at is None else {"request": died_at})


@pytest.mark.parametrize("name", EXPECTED)
def test_all_lines_but_foreign_ones_are_understood(
    name: str, path: Path, reader: LogReader
) -> None:
    text = (SAMPLES / "public" / f"{name}.log").read_bytes()
    path.write_bytes(text)
    foreign = 1 if name == "log-22447-warning-before-json" else 0
    lines = reader.read().lines
    assert lines[False] == foreign
    assert lines[True] == len([line for line in text.split(b"\n") if line]) - foreign


def test_without_a_date_a_death_before_the_start_has_no_time(path: Path) -> None:
    path.write_bytes((SAMPLES / "public" / "log-matomo-5.0.2-childdeath.log").read_bytes())
    with closing(LogReader(path, clock=lambda: AT_TEN + 60.0)) as late:
        assert late.read().last_deaths == {}
