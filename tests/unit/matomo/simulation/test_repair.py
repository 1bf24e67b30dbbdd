"""The weeks, months and years that an archive brings along."""

import pytest

from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation
from matomo_archive_exporter.matomo.simulation.repair import QueuedPeriods
from tests.support.invalidations import DAY, MONTH, RANGE, WEEK, YEAR, A, row

Period = tuple[int, str]


def queue(*periods: Period, name: str = "done", report: str = "") -> list[Invalidation]:
    return [row(*period, name, report=report) for period in periods]


def missing(finished: Invalidation, *there: Invalidation) -> list[int]:
    return [new.period for new in QueuedPeriods(there).missing_above(finished, 3)]


@pytest.mark.parametrize(
    ("period", "day", "expected"),
    [
        (DAY, "2025-03-13", [WEEK, MONTH, YEAR]),
        (WEEK, "2025-03-13", [MONTH, YEAR]),
        (MONTH, "2025-03-13", [YEAR]),
        (YEAR, "2025-03-13", []),
        (WEEK, "2025-03-31", [YEAR]),  # to 6 April
        (WEEK, "2024-12-30", []),  # to 5 January
        (DAY, "2024-12-31", [WEEK, MONTH, YEAR]),
    ],
)
def test_an_archive_brings_the_periods_that_hold_it_as_a_whole(
    period: int, day: str, expected: list[int]
) -> None:
    assert missing(row(period, day)) == expected


def test_a_range_brings_nothing() -> None:
    assert missing(row(RANGE, "2025-03-04", last="2025-03-05")) == []


def test_new_rows_are_for_the_same_name_and_report_under_ids_to_come() -> None:
    finished = row(DAY, "2024-02-29", f"done{A}.Actions", report="Actions_hits", digits=2)
    week, month, year = QueuedPeriods([]).missing_above(finished, 7)
    assert {(new.name, new.report, new.digits) for new in (week, month, year)} == {
        (f"done{A}.Actions", "Actions_hits", 7)
    }
    assert (week.segment, week.plugin, week.fate) == (A, "Actions", finished.fate)
    for new, period in ((week, WEEK), (month, MONTH), (year, YEAR)):
        whole = row(period, "2024-02-29")
        assert (new.period, new.date1, new.date2) == (period, whole.date1, whole.date2)


@pytest.mark.parametrize(("period", "others"), [(WEEK, [3, 4]), (MONTH, [2, 4]), (YEAR, [2, 3])])
def test_a_queued_period_is_not_queued_again(period: int, others: list[int]) -> None:
    assert missing(row(DAY, "2025-03-13"), row(period, "2025-03-13")) == others


def test_a_queued_period_of_another_name_or_time_does_not_count() -> None:
    finished = row(MONTH, "2025-03-13", "done.Actions")
    for other in (row(YEAR, "2025-01-01"), row(YEAR, "2024-01-01", "done.Actions")):
        assert missing(finished, other) == [YEAR]


def test_a_row_without_a_report_is_content_with_any_and_one_with_a_report_is_not() -> None:
    year = row(YEAR, "2025-01-01", report="Actions_hits")
    assert missing(row(MONTH, "2025-03-13"), year) == []
    assert missing(row(MONTH, "2025-03-13", report="Actions_hits"), year) == []
    assert missing(row(MONTH, "2025-03-13", report="7"), year) == [YEAR]
    assert missing(row(MONTH, "2025-03-13", report="7"), row(YEAR, "2025-01-01")) == [YEAR]


def test_a_row_that_was_started_or_deleted_is_no_longer_there() -> None:
    year = row(YEAR, "2025-01-01")
    periods = QueuedPeriods([year])
    assert [*periods.missing_above(row(MONTH, "2025-03-13"), 3)] == []
    periods.remove(year)
    assert [new.period for new in periods.missing_above(row(MONTH, "2025-03-13"), 3)] == [YEAR]
    periods.add(year)
    assert [*periods.missing_above(row(MONTH, "2025-03-13"), 3)] == []


def test_one_of_two_identical_rows_is_enough() -> None:
    year, again = queue((YEAR, "2025-01-01"), (YEAR, "2025-01-01"))
    periods = QueuedPeriods([year, again])
    periods.remove(year)
    assert [*periods.missing_above(row(MONTH, "2025-03-13"), 3)] == []
