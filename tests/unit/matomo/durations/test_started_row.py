"""The fate of rows that were seen in progress."""

from dataclasses import replace
from datetime import date

from matomo_archive_exporter.matomo.durations.durations import FinishedArchive
from matomo_archive_exporter.matomo.durations.started_row import (
    StartedRow,
    finished,
    gone,
    still_started,
)

ROW = StartedRow(1, 2, date(2026, 11, 16), date(2026, 11, 22), "done", started=1000)


def test_a_row_that_is_no_longer_there_has_gone() -> None:
    assert gone({7: ROW, 8: ROW}, {8: 1000}) == [ROW]


def test_a_row_that_went_back_to_the_queue_is_forgotten() -> None:
    assert gone({7: ROW}, {7: None}) == []
    assert still_started({7: ROW}, {7: None}) == {}


def test_a_row_in_progress_is_remembered_with_its_latest_start() -> None:
    rows = {7: ROW, 8: ROW, 9: ROW}
    assert still_started(rows, {7: 1000, 8: 1060, 9: None}) == {
        7: ROW,
        8: replace(ROW, started=1060),
    }


def test_an_archive_took_from_the_start_to_its_end() -> None:
    assert finished(ROW, 1042) == FinishedArchive("week", "all_visits", 42.0, 1042)
    segment = replace(ROW, name=f"done{'a' * 32}.Goals", period=5)
    assert finished(segment, 1000) == FinishedArchive("range", "segment", 0.0, 1000)


def test_an_archive_older_than_the_start_is_of_another_time() -> None:
    assert finished(ROW, 999) is None


def test_a_period_that_matomo_has_not_gives_no_duration() -> None:
    assert finished(replace(ROW, period=9), 1042) is None
