"""Matomo's order of rows, and which of them may not be archived together."""

import pytest
from hypothesis import given

from matomo_archive_exporter.matomo.simulation.invalidation import (
    Invalidation,
    conflict,
    named,
    same,
)
from tests.support.invalidations import DAY, MONTH, RANGE, WEEK, YEAR, A, B, Queued, queues, row


def overlap(one: Invalidation, other: Invalidation, *, exempts: bool = True) -> bool:
    found = conflict(one, other, exempts_other_segments=exempts)
    assert conflict(other, one, exempts_other_segments=exempts) is found
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (row(DAY, "2025-03-14"), row(DAY, "2025-03-13")),
        (row(DAY, "2025-03-03"), row(WEEK, "2025-03-03")),
        (row(WEEK, "2025-03-03"), row(MONTH, "2025-03-01")),
        (row(MONTH, "2025-01-01"), row(YEAR, "2025-01-01")),
        (row(YEAR, "2025-01-01"), row(RANGE, "2025-01-01", last="2025-01-02")),
        # a year that begins inside a week comes before it
        (row(YEAR, "2025-01-01"), row(WEEK, "2025-01-01")),
        (row(DAY, "2025-03-03"), row(DAY, "2025-03-03", "done.Goals")),
        (row(DAY, "2025-03-03", "done.Goals"), row(DAY, "2025-03-03", f"done{A}")),
        (row(DAY, "2025-03-03", f"done{A}"), row(DAY, "2025-03-03", f"done{A}.Goals")),
        # a long name comes late, with any meaning
        (row(DAY, "2025-03-03", f"done{A}"), row(DAY, "2025-03-03", f"done.{'P' * 32}")),
    ],
)
def test_the_newest_start_is_first_then_the_shortest_period_then_the_shortest_name(
    before: Invalidation, after: Invalidation
) -> None:
    assert before.rank < after.rank


def test_a_row_knows_the_parts_of_its_name() -> None:
    found = named(f"done{A}.Actions", "Actions_hits", DAY, 1, 1, 3)
    assert (found.segment, found.plugin, found.report) == (A, "Actions", "Actions_hits")


def test_rows_are_the_same_if_they_ask_for_the_same_archive_under_any_id() -> None:
    one = row(RANGE, "2025-03-03", last="2025-03-09", digits=1)
    assert same(one, row(RANGE, "2025-03-03", last="2025-03-09", digits=9))
    for other in (
        row(WEEK, "2025-03-03"),
        row(RANGE, "2025-03-03", last="2025-03-10"),
        row(RANGE, "2025-03-02", last="2025-03-09"),
        row(RANGE, "2025-03-03", "done.Goals", last="2025-03-09"),
        row(RANGE, "2025-03-03", last="2025-03-09", report="7"),
    ):
        assert not same(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (row(DAY, "2025-03-03"), row(DAY, "2025-03-04"), False),
        (row(WEEK, "2025-03-03"), row(DAY, "2025-03-09"), True),
        (row(WEEK, "2025-03-03"), row(DAY, "2025-03-10"), False),
        (row(WEEK, "2024-12-30"), row(YEAR, "2025-01-01"), True),
        (row(RANGE, "2025-01-01", last="2025-01-10"), row(MONTH, "2025-01-31"), True),
    ],
)
def test_rows_overlap_if_they_have_a_day_in_common(
    one: Invalidation, other: Invalidation, expected: bool
) -> None:
    assert overlap(one, other) is expected
    assert overlap(one, other, exempts=False) is expected


@pytest.mark.parametrize("name", ["done", "done.Goals", f"done{A}", f"done{A}.Goals"])
@pytest.mark.parametrize("other", ["done.Actions", f"done{A}.Actions"])
def test_plugins_and_reports_play_no_role(name: str, other: str) -> None:
    assert overlap(row(DAY, "2025-03-03", name), row(DAY, "2025-03-03", other, report="7"))


def test_two_segments_of_one_period_may_run_together_since_4_1() -> None:
    one, other = row(WEEK, "2025-03-03", f"done{A}"), row(WEEK, "2025-03-03", f"done{B}.Goals")
    assert not overlap(one, other)
    assert overlap(one, other, exempts=False)


def test_two_segments_of_different_periods_may_not() -> None:
    segment = row(WEEK, "2025-03-03", f"done{A}")
    assert overlap(segment, row(DAY, "2025-03-03", f"done{B}"))
    assert overlap(segment, row(RANGE, "2025-03-03", f"done{B}", last="2025-03-09"))
    month = row(RANGE, "2025-03-03", f"done{A}", last="2025-03-08")
    assert overlap(month, row(RANGE, "2025-03-03", f"done{B}", last="2025-03-09"))


def test_all_visits_and_a_segment_of_one_period_may_not() -> None:
    assert overlap(row(DAY, "2025-03-03"), row(DAY, "2025-03-03", f"done{A}"))


@given(queues(12))
def test_rows_conflict_with_themselves_and_both_ways_or_not_at_all(queue: list[Queued]) -> None:
    for one in queue:
        assert overlap(one.row, one.row)
        for other in queue:
            if overlap(one.row, other.row):
                assert overlap(one.row, other.row, exempts=False)
            if same(one.row, other.row):
                assert overlap(one.row, other.row)
