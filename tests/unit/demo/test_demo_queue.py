"""The demo's queue: which periods a backfill covers, which rows run side by side."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.demo.batch import QueuedRow, intersects, next_batch
from matomo_archive_exporter.demo.periods import Period, backfill, containing
from matomo_archive_exporter.matomo.calendar import WEEK, YEAR

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
SEGMENT_A, SEGMENT_B = "a" * 32, "b" * 32
NAMES = st.sampled_from(["done", "done.Actions", f"done{SEGMENT_A}", f"done{SEGMENT_B}.Goals"])


@st.composite
def rows(draw: st.DrawFn) -> QueuedRow:
    period = draw(st.sampled_from(containing(draw(st.dates(date(2024, 1, 1), date(2024, 3, 1))))))
    number = draw(st.integers(1, 10**6))
    return QueuedRow(number, draw(NAMES), period.date1, period.date2, period.number)


def day_row(name: str, day: int) -> QueuedRow:
    return QueuedRow(1, name, date(2024, 12, day), date(2024, 12, day), 1)


# 2024-12-20: June to November have 30+31+31+30+31+30 days, December 19 so far; Mondays from 27 May
# to 16 December. 2026-11-23: what a real update queued. 2025-02-10: 31+30+31+30+31+31 and 9 days,
# Mondays from 29 July to 3 February, and two years.
@pytest.mark.parametrize(
    ("today", "first", "days", "weeks", "months", "years"),
    [
        (date(2024, 12, 20), date(2024, 6, 1), 202, 30, 7, 1),
        (date(2026, 11, 23), date(2026, 5, 1), 206, 30, 7, 1),
        (date(2025, 2, 10), date(2024, 8, 1), 193, 28, 7, 2),
    ],
)
def test_a_backfill_covers_six_months_and_the_current_one_until_yesterday(
    today: date, first: date, days: int, weeks: int, months: int, years: int
) -> None:
    periods = backfill(today)
    assert periods[0] == Period(1, first, first)
    assert Counter(i.number for i in periods) == {1: days, 2: weeks, 3: months, 4: years}


def test_the_week_that_straddles_the_first_day_is_in_a_backfill() -> None:
    assert Period(WEEK, date(2024, 5, 27), date(2024, 6, 2)) in backfill(date(2024, 12, 20))


@pytest.mark.parametrize(
    ("yesterday", "first"),
    [
        (date(2024, 12, 29), date(2024, 6, 1)),
        (date(2024, 8, 30), date(2024, 2, 1)),
        (date(2025, 1, 1), date(2024, 7, 1)),
    ],
)
def test_a_backfill_starts_on_the_first_day_of_a_month(yesterday: date, first: date) -> None:
    assert backfill(yesterday + timedelta(days=1))[0].date1 == first


def test_a_year_lives_in_the_archive_table_of_january() -> None:
    year = Period(YEAR, date(2024, 1, 1), date(2024, 12, 31))
    assert year.archive_month == "2024_01"


@given(DAYS)
def test_every_period_contains_its_day_and_begins_where_matomo_begins_it(day: date) -> None:
    single, week, month, year = containing(day)
    assert all(i.date1 <= day <= i.date2 for i in (single, week, month, year))
    assert (week.date1.weekday(), week.date2 - week.date1) == (0, timedelta(days=6))
    assert (month.date1.day, (month.date2 + timedelta(days=1)).day) == (1, 1)
    assert (year.date1.month, (year.date2 + timedelta(days=1)).month) == (1, 1)


@given(st.lists(rows(), max_size=30), st.integers(1, 5))
def test_rows_of_a_batch_never_intersect(queue: list[QueuedRow], concurrent: int) -> None:
    batch = next_batch(queue, concurrent)
    assert len(batch) <= concurrent
    assert not any(intersects(a, b) for i, a in enumerate(batch) for b in batch[:i])


@given(st.lists(rows(), min_size=1, max_size=30))
def test_the_first_row_of_the_queue_is_always_taken(queue: list[QueuedRow]) -> None:
    assert next_batch(queue, 1) == queue[:1]


@given(rows(), rows())
def test_intersecting_is_mutual(a: QueuedRow, b: QueuedRow) -> None:
    assert intersects(a, b) == intersects(b, a)


def test_plugins_of_one_day_intersect() -> None:
    assert intersects(day_row("done", 3), day_row("done.Actions", 3))


def test_a_segment_intersects_all_visits_of_its_day() -> None:
    assert intersects(day_row("done", 3), day_row(f"done{SEGMENT_A}", 3))


def test_two_segments_of_one_day_do_not_intersect() -> None:
    assert not intersects(day_row(f"done{SEGMENT_A}", 3), day_row(f"done{SEGMENT_B}.Goals", 3))


def test_two_segments_of_different_overlapping_periods_intersect() -> None:
    week = QueuedRow(2, f"done{SEGMENT_B}", date(2024, 12, 2), date(2024, 12, 8), 2)
    assert intersects(day_row(f"done{SEGMENT_A}", 3), week)
