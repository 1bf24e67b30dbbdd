"""Matomo's days, weeks, months and years."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering

DAYS = st.dates(date(1991, 8, 6), date(2100, 1, 1))
PERIODS = st.sampled_from([DAY, WEEK, MONTH, YEAR])


def interval(period: int, day: str) -> tuple[str, str]:
    first, last = covering(period, date.fromisoformat(day).toordinal())
    return date.fromordinal(first).isoformat(), date.fromordinal(last).isoformat()


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        (DAY, "2024-02-29", "2024-02-29", "2024-02-29"),
        (WEEK, "2025-01-02", "2024-12-30", "2025-01-05"),
        (WEEK, "2026-11-23", "2026-11-23", "2026-11-29"),
        (WEEK, "2026-11-22", "2026-11-16", "2026-11-22"),
        (MONTH, "2024-02-10", "2024-02-01", "2024-02-29"),
        (MONTH, "2025-02-28", "2025-02-01", "2025-02-28"),
        (MONTH, "2024-12-31", "2024-12-01", "2024-12-31"),
        (YEAR, "2024-12-31", "2024-01-01", "2024-12-31"),
    ],
)
def test_a_day_lies_in_this_period(period: int, day: str, first: str, last: str) -> None:
    assert interval(period, day) == (first, last)


@given(PERIODS, DAYS)
def test_a_period_holds_its_day_and_is_the_same_for_its_first_and_last(
    period: int, day: date
) -> None:
    first, last = covering(period, day.toordinal())
    assert first <= day.toordinal() <= last
    assert covering(period, first) == covering(period, last) == (first, last)


@given(PERIODS, DAYS)
def test_periods_follow_each_other_without_a_gap(period: int, day: date) -> None:
    _, last = covering(period, day.toordinal())
    assert covering(period, last + 1)[0] == last + 1


@given(DAYS)
def test_weeks_have_seven_days_from_monday(day: date) -> None:
    first, last = covering(WEEK, day.toordinal())
    assert date.fromordinal(first).isoweekday() == 1
    assert last - first == 6
