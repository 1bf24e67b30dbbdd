"""Blocked, repeated and orphaned rows: counts by intervals against counts row by row."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.overlaps import overlap
from matomo_archive_exporter.matomo.overlaps.orphans import homes, orphans
from matomo_archive_exporter.matomo.overlaps.overlap_intervals import (
    ALL_VISITS,
    NEVER_STARTED,
    ODD_NAME,
    SEGMENT,
    SELECTABLE,
    STARTED,
    UNSELECTABLE,
    Key,
    PeriodGroup,
    RowGroup,
    unpack,
)
from matomo_archive_exporter.matomo.version import behaviour as behaviour_of
from tests.support import naive_overlaps, odd_queues
from tests.support.naive_overlaps import PERIODS, Place, Version
from tests.support.odd_queues import A, B
from tests.support.queue_rows import FUTURE, PAST, Row

NOW = "2025-06-01 00:00:00"
NUMBERS = {
    Version(): "5.2.0",
    Version(in_progress_blocks=True): "5.3.0",
    Version(exempts_other_segments=False): "4.0.5",
}
CREATED = "2024-12-29 10:00:00"
SITE = Site(1, datetime.fromisoformat(CREATED), "UTC")
INSTANCE = Instance({1: SITE}, (Segment(A, "x==1", None), Segment(B, "x==2", 1)))
PLACES = {1: Place(CREATED, {A, B})}


# The database's part: rows to intervals, in its two forms, and the rows of an interval.


def number(day: str) -> int:
    return int(day.replace("-", ""))


def key(row: Row) -> Key:
    return (number(row.date1), row.period)


def state(row: Row) -> int:
    if row.status == 1:
        return STARTED if row.ts_started else NEVER_STARTED
    is_due = row.ts_invalidated is not None and row.ts_invalidated <= NOW
    return SELECTABLE if row.status is not None and is_due else UNSELECTABLE


def kind(row: Row, *, with_segments: bool) -> int:
    segment = naive_overlaps.segment(row)
    if segment == "":
        return ALL_VISITS if len(row.name) < 36 else ODD_NAME
    return SEGMENT if (len(segment) == 32 if with_segments else segment in (A, B)) else ODD_NAME


def interval(rows: Sequence[Row], *, with_segments: bool) -> PeriodGroup:
    ends = {number(row.date2) for row in rows}
    kinds = 0
    for row in rows:
        kinds |= state(row) | kind(row, with_segments=with_segments)
    segments = [naive_overlaps.segment(row) for row in rows]
    return PeriodGroup(
        *key(rows[0]),
        ends.pop() if len(ends) == 1 else 0,
        len(rows),
        kinds,
        len({(row.name, row.report or "") for row in rows}),
        len(set(segments)) if with_segments else 0,
        sum(segment not in ("", A, B) for segment in segments) if with_segments else 0,
    )


def packed(rows: Iterable[Row], *, with_segments: bool) -> str:
    groups = groupby(sorted(rows, key=key), key=key)
    found = (interval(list(group), with_segments=with_segments) for _, group in groups)
    return ";".join(
        f"{i.date1 * 1000 + i.period} {i.date2 - i.date1} {i.rows * 128 + i.kinds}"
        f" {i.rows - i.distinct}" + (f" {i.segments} {i.foreign}" if with_segments else "")
        for i in found
    )


def rows_of(rows: Iterable[Row], wanted: Key) -> list[RowGroup]:
    groups: dict[tuple[str, str, str, int], list[int]] = {}
    for row in rows:
        if key(row) == wanted:
            same = (row.date2, row.name, row.report or "", state(row))
            groups.setdefault(same, []).append(row.idinvalidation or 0)
    return [
        RowGroup(*wanted, number(date2), name, report, state, len(ids), max(ids))
        for (date2, name, report, state), ids in groups.items()
    ]


class Evaluated:
    """A site's queue as the product sees it; `asked` are the intervals whose rows it wanted."""

    def __init__(self, rows: Sequence[Row], version: Version, *, with_segments: bool) -> None:
        intervals = unpack(packed(rows, with_segments=with_segments))
        behaviour = behaviour_of(NUMBERS[version], "MYSQLI")
        details: dict[Key, list[RowGroup]] = {}
        while wanted := overlap.unresolved(intervals, details, behaviour):
            details.update({i.key: rows_of(rows, i.key) for i in wanted})
        self.asked = list(details)
        blocked = overlap.blocked(intervals, details, behaviour)
        self.blocked = {label: blocked[period] for period, label in PERIODS.items()}
        self.duplicates = overlap.duplicates(intervals, details)
        self.orphans = orphans(intervals, details, homes(INSTANCE).get(1))


@pytest.mark.parametrize("with_segments", [False, True])
@pytest.mark.parametrize("version", NUMBERS, ids=NUMBERS.values())
@settings(max_examples=200)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(1, 60),
    oddness=st.sampled_from([0.0, 0.02, 0.1, 0.5]),
)
def test_counts_of_intervals_say_the_same_as_every_row_held_against_every_other(
    version: Version, with_segments: bool, seed: int, size: int, oddness: float
) -> None:
    rows = odd_queues.queue(Random(seed), size=size, oddness=oddness)  # noqa: S311
    expected = naive_overlaps.figures(rows, NOW, version, PLACES)
    found = Evaluated(rows, version, with_segments=with_segments)
    assert found.blocked == expected.blocked
    assert found.duplicates == expected.duplicates
    assert Counter(expected.orphans) == found.orphans


# Single cases, by hand


def day(date: str, name: str = "done", **more: object) -> Row:
    return Row(date1=date, date2=date, name=name, idinvalidation=1, **more)  # type: ignore[arg-type]


def week(monday: str, sunday: str, name: str = "done") -> Row:
    return Row(period=2, date1=monday, date2=sunday, name=name, idinvalidation=2)


def blocked(*rows: Row, version: Version = Version()) -> dict[str, int]:  # noqa: B008 - frozen
    found = Evaluated(rows, version, with_segments=False).blocked
    return {label: count for label, count in found.items() if count}


def test_a_week_waits_for_its_days() -> None:
    assert blocked(day("2025-03-04"), week("2025-03-03", "2025-03-09")) == {"week": 1}


def test_a_week_without_days_waits_for_the_month_that_begins_in_it() -> None:
    month = Row(period=3, date1="2025-01-01", date2="2025-01-31", idinvalidation=1)
    assert blocked(month, week("2024-12-30", "2025-01-05")) == {"week": 1}


def test_segments_of_a_day_wait_for_all_visits_but_not_for_each_other() -> None:
    segments = [day("2025-03-04", f"done{A}"), day("2025-03-04", f"done{B}")]
    assert blocked(*segments) == {}
    assert blocked(day("2025-03-04"), *segments) == {"day": 2}


def test_before_4_1_0_segments_of_a_day_wait_for_each_other() -> None:
    segments = [day("2025-03-04", f"done{A}"), day("2025-03-04", f"done{B}")]
    assert blocked(*segments, version=Version(exempts_other_segments=False)) == {"day": 1}


def test_a_row_that_is_never_selected_neither_waits_nor_lets_wait() -> None:
    later = day("2025-03-04", ts_invalidated=FUTURE)
    assert blocked(later, week("2025-03-03", "2025-03-09")) == {}


def test_from_5_3_0_on_a_row_in_progress_holds_back_its_own_period_and_larger_ones() -> None:
    rows = [day("2025-03-04", status=1, ts_started=PAST), week("2025-03-03", "2025-03-09")]
    assert blocked(*rows) == {}
    assert blocked(*rows, version=Version(in_progress_blocks=True)) == {"week": 1}


def test_a_row_in_progress_of_one_segment_leaves_the_others_alone() -> None:
    started = day("2025-03-04", f"done{A}", status=1, ts_started=PAST)
    weeks = [week("2025-03-03", "2025-03-09", f"done{hash_}") for hash_ in (A, B)]
    assert blocked(started, *weeks, version=Version(in_progress_blocks=True)) == {"week": 1}


def test_an_ordinary_backfill_leaves_nothing_to_be_read_row_by_row() -> None:
    rows = [
        Row(period=period, date1=first, date2=last, name=name, idinvalidation=1)
        for period, first, last in odd_queues.periods()[:18]
        for name in ("done.Actions", f"done{A}.Actions", f"done{B}.Actions")
    ]
    assert Evaluated(rows, Version(), with_segments=False).asked == []


# Orphans


@pytest.mark.parametrize(
    ("created", "first"),
    [(None, 0), ("2024-12-31 00:00:00", 20241231), ("2024-12-31 09:00:00", 20250101)],
)
def test_a_home_has_the_first_day_of_its_site(created: str | None, first: int) -> None:
    site = Site(1, datetime.fromisoformat(created) if created else None, "UTC")
    assert homes(Instance({1: site}))[1].first_day == first


def test_every_row_of_a_site_that_there_is_not_is_an_orphan_for_that_reason() -> None:
    rows = [day("2020-01-01", f"done{'c' * 32}"), day("2025-01-01")]
    intervals = unpack(packed(rows, with_segments=True))
    assert orphans(intervals, {}, homes(INSTANCE).get(2)) == {"site_deleted": 2}
