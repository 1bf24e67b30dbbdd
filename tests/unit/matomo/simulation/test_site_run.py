"""One site's turn: rows archived together, rows that wait, rows that are dropped."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation
from matomo_archive_exporter.matomo.simulation.site_run import Batch, run_site
from tests.support.invalidations import (
    DAY,
    FIRST_NEW_ID,
    MONTH,
    RANGE,
    WEEK,
    YEAR,
    A,
    B,
    Queued,
    days,
    ordered,
    ordinal,
    queued,
    queues,
    row,
)
from tests.support.naive_archiver import NaiveArchiver, Verdict
from tests.support.plans import ruled, run_plan
from tests.support.site_runs import batches, verdicts_of

TODAY = "2025-03-13"
ARCHIVER = settings(max_examples=300)


def backfill(segments: Sequence[str] = ()) -> list[Invalidation]:
    """The rows of 1 to 19 December 2024: 19 days, 4 weeks, a month and a year for each name."""
    names = ["done.Actions", *(f"done{segment}.Actions" for segment in segments)]
    december = [f"2024-12-{day:02}" for day in range(1, 20)]
    weeks = ["2024-12-01", "2024-12-02", "2024-12-09", "2024-12-16"]
    at = [(DAY, day) for day in december] + [(WEEK, day) for day in weeks]
    at += [(MONTH, "2024-12-01"), (YEAR, "2024-01-01")]
    return ordered([row(*period, name, report="Actions_hits") for name in names for period in at])


# Batches


def test_an_empty_queue_costs_one_select_that_is_not_a_new_text() -> None:
    (only,) = batches([])
    assert only == Batch(selects=1)
    assert verdicts_of([]) == "nonext"


def test_a_full_batch_needs_no_look_for_more() -> None:
    rows = [row(RANGE, day, last=day) for day in ("2025-03-05", "2025-03-04", "2025-03-03")]
    assert verdicts_of(rows) == "take 0, take 1, take 2, nonext"
    assert [batch.selects for batch in batches(rows)] == [3, 1]


def test_an_overlapping_row_waits_and_is_first_in_the_next_batch() -> None:
    rows = [row(DAY, "2025-03-05"), row(DAY, "2025-03-04"), row(WEEK, "2025-03-03")]
    rows.append(row(DAY, "2025-03-01"))
    assert verdicts_of(rows, 3).startswith("take 0, take 1, skip 2, take 3, take 2")


def test_a_row_is_skipped_once_for_each_batch_with_something_that_it_overlaps() -> None:
    week_days = [row(RANGE, f"2025-03-{day:02}", last=f"2025-03-{day:02}") for day in (9, 8, 7, 6)]
    whole = row(RANGE, "2025-03-02", last="2025-03-16")
    assert verdicts_of([*week_days, whole], 3) == (
        "take 0, take 1, take 2, take 3, skip 4, nonext, take 4, nonext, nonext"
    )
    assert verdicts_of([whole, *week_days], 3) == (
        "take 0, skip 1, skip 2, skip 3, skip 4, nonext, take 1, take 2, take 3, take 4, nonext"
        ", nonext"
    )


@given(queues(fewest=1))
def test_one_request_at_a_time_never_skips_in_any_queue(queue: list[Queued]) -> None:
    found = [*run_site([q.row for q in queue], run_plan(concurrent_requests=1))]
    assert sum(batch.skips + batch.duplicates for batch in found) == sum(
        q.row.fate is Fate.IN_PROGRESS_ALREADY for q in queue
    )


@pytest.mark.parametrize(
    ("segments", "concurrency", "skips", "selects"),
    [
        (0, 1, 0, 26), (0, 3, 5, 34), (0, 10, 6, 35),
        (5, 1, 0, 151), (5, 3, 191, 350), (5, 10, 182, 340),
        (20, 1, 0, 526), (20, 3, 716, 1250), (20, 10, 670, 1200),
    ],
)  # fmt: skip
def test_the_backfill_of_december_2024_takes_so_many_selects(
    segments: int, concurrency: int, skips: int, selects: int
) -> None:
    hashes = [f"{number:032x}" for number in range(segments)]
    found = batches(backfill(hashes), concurrency)
    assert sum(batch.archived for batch in found) == 25 * (1 + segments)
    assert sum(batch.skips for batch in found) == skips
    assert sum(batch.selects for batch in found) == selects


# Duplicates


def test_identical_rows_are_dropped_within_a_batch() -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-05") for _ in range(2)]
    assert verdicts_of(rows, 3) == "take 0, dup 1, nonext, nonext"


def test_an_identical_row_after_a_full_batch_is_archived_again() -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-05") for _ in range(2)]
    assert verdicts_of(rows, 1) == "take 0, take 1, nonext"


def test_rows_of_other_reports_are_not_identical() -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-05", report=report) for report in ("1", "2")]
    assert verdicts_of(rows, 3) == "take 0, skip 1, nonext, take 1, nonext, nonext"


def test_a_row_that_is_in_progress_already_is_dropped_even_where_it_overlaps() -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-05")]
    rows.append(row(RANGE, "2025-03-04", last="2025-03-06", fate=Fate.IN_PROGRESS_ALREADY))
    assert verdicts_of(rows) == "take 0, dupip 1, nonext, nonext"


# Rows that are not archived


def test_a_row_without_visits_is_deleted_and_excluded() -> None:
    rows = [row(DAY, "2025-03-04", fate=Fate.NO_VISITS)]
    assert verdicts_of(rows) == "E 0, nonext"
    assert batches(rows)[0].deleted == 1


def test_a_hidden_row_stays_and_keeps_nothing_else_back() -> None:
    rows = [row(DAY, "2025-03-04", fate=Fate.HIDDEN)]
    assert verdicts_of(rows) == "E 0, nonext"
    assert (batches(rows)[0].hidden, batches(rows)[0].deleted) == (1, 0)


def test_a_blocked_row_makes_the_archiver_look_once_more() -> None:
    rows = [row(DAY, "2025-03-04", fate=Fate.BLOCKED)]
    assert verdicts_of(rows) == "EX 0, nonext, nonext"
    assert batches(rows)[0].hidden == 1


@pytest.mark.parametrize(
    "fate", [Fate.NO_VISITS, Fate.HIDDEN, Fate.BLOCKED, Fate.ALREADY_ARCHIVED, Fate.DUPLICATE]
)
def test_whether_a_row_would_be_archived_is_asked_after_whether_it_overlaps(fate: Fate) -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-05")]
    rows.append(row(RANGE, "2025-03-04", last="2025-03-06", fate=fate))
    assert verdicts_of(rows).startswith("take 0, skip 1, nonext, E")


@pytest.mark.parametrize("fate", [Fate.FOREIGN, Fate.BEFORE_CREATION])
def test_rows_that_have_no_business_here_go_even_where_they_overlap(fate: Fate) -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-05")]
    rows.append(row(RANGE, "2025-03-04", f"done{A}", last="2025-03-06", fate=fate))
    verdict = "delseg" if fate is Fate.FOREIGN else "delnoE"
    assert verdicts_of(rows) == f"take 0, {verdict} 1, nonext, nonext"


def foreign(how_many: int) -> list[Invalidation]:
    ends = {"last": "2025-04-04", "fate": Fate.FOREIGN}
    return [row(RANGE, "2025-03-04", f"done{A}", **ends) for _ in range(how_many)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("how_many", "deleted", "selects"), [(99, 99, 100), (100, 100, 100), (150, 100, 100)]
)
def test_a_hundred_foreign_rows_end_a_site_that_has_nothing_before_them(
    how_many: int, deleted: int, selects: int
) -> None:
    found = batches(foreign(how_many))
    assert len(found) == 1
    assert (found[0].deleted, found[0].selects, found[0].texts) == (deleted, selects, [])


def test_a_hundred_foreign_rows_only_end_the_batch_where_it_has_a_row() -> None:
    rows = [*days(1, first="2025-05-01"), *foreign(150)]
    first, *others = batches(rows)
    assert (first.archived, first.deleted, first.selects) == (1, 100, 101)
    assert sum(batch.deleted for batch in others) == 50


# Archives that are made on the way


def test_a_plugins_row_of_today_goes_once_all_plugins_were_archived() -> None:
    rows = [row(DAY, TODAY), row(DAY, TODAY, "done.Goals")]
    assert verdicts_of(rows, today=TODAY).startswith("take 0, skip 1, nonext, E 1")
    assert "take 1" in verdicts_of(rows)
    assert "take 1" in verdicts_of(rows, today="2025-03-14")


def test_an_archive_of_all_visits_is_none_of_a_segment() -> None:
    rows = [row(DAY, TODAY), row(DAY, TODAY, f"done{A}.Goals")]
    assert "take 1" in verdicts_of(rows, today=TODAY)


def test_an_archive_of_another_range_will_not_do() -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-20")]
    rows.append(row(RANGE, "2025-03-04", "done.Goals", last="2025-03-30"))
    assert "take 1" in verdicts_of(rows, today=TODAY)


def test_todays_row_of_all_plugins_stays_hidden_where_it_was_just_archived() -> None:
    rows = [row(RANGE, "2025-03-04", last="2025-03-20") for _ in range(2)]
    assert verdicts_of(rows, 1, today=TODAY) == "take 0, E 1, nonext"
    first, second, *_ = run_site(rows, run_plan(concurrent_requests=1), ordinal(TODAY))
    assert (first.archived, second.hidden, second.deleted) == (1, 1, 0)


def test_periods_above_a_row_are_queued_once_it_is_archived() -> None:
    found = batches(days(1))
    assert [batch.archived for batch in found] == [1, 1, 1, 1, 0]
    assert [batch.repaired for batch in found] == [3, 0, 0, 0, 0]


def test_a_row_that_is_in_progress_is_not_there_for_those_of_its_batch() -> None:
    rows = [row(DAY, "2025-03-10"), row(WEEK, "2025-03-03"), row(MONTH, "2025-03-01")]
    rows.append(row(YEAR, "2025-01-01"))
    assert verdicts_of(rows, 2).startswith("take 0, take 1, take new")


# All of it at once


def product(
    queue: Sequence[Queued],
    concurrency: int,
    *,
    exempts: bool,
    today: int | None,
    finds_reports: bool = False,
) -> tuple[list[Verdict], list[Batch]]:
    """Verdicts with ids, those of new rows in the order in which rows are inserted."""
    ids = {id(q.row): q.idinvalidation for q in queue}
    reported: list[tuple[str, Invalidation | None]] = []
    plan = ruled(
        run_plan(concurrent_requests=concurrency),
        exempts_other_segments=exempts,
        finds_usable_reports=finds_reports,
    )
    found = [
        *run_site([q.row for q in queue], plan, today, lambda *verdict: reported.append(verdict))
    ]
    return [
        (verdict, None if row is None else ids.get(id(row), FIRST_NEW_ID))
        for verdict, row in reported
    ], found


@ARCHIVER
@given(
    queues(),
    st.sampled_from([1, 2, 3, 10]),
    st.booleans(),
    st.sampled_from([None, ordinal("2025-01-01"), ordinal("2024-12-30")]),
    st.booleans(),
)
def test_a_turn_is_that_of_a_naive_archiver(
    queue: list[Queued], concurrency: int, exempts: bool, today: int | None, finds_reports: bool
) -> None:
    naive = NaiveArchiver(concurrency, exempts, today, finds_reports)
    naive.run_site(queue)
    verdicts, found = product(
        queue, concurrency, exempts=exempts, today=today, finds_reports=finds_reports
    )
    assert verdicts == [(v, i if i is None else min(i, FIRST_NEW_ID)) for v, i in naive.verdicts]
    assert sum(batch.selects for batch in found) == len(naive.statements)
    assert sum(batch.repaired for batch in found) == naive.repaired
    assert sum(batch.archived + batch.empty for batch in found) == naive.count("take")
    assert sum(batch.skips for batch in found) == naive.count("skip")


@settings(max_examples=30)
@given(queues(10), st.lists(st.integers(0, 9), min_size=90, max_size=250), st.sampled_from([1, 3]))
def test_a_turn_with_many_foreign_rows_is_that_of_a_naive_archiver(
    some: list[Queued], places: list[int], concurrency: int
) -> None:
    foreign = [
        row(DAY, f"2024-12-{22 + place}", f"done{B}", report=str(number), fate=Fate.FOREIGN)
        for number, place in enumerate(places)
    ]
    queue = queued([*(q.row for q in some), *foreign])
    naive = NaiveArchiver(concurrency)
    naive.run_site(queue)
    verdicts, found = product(queue, concurrency, exempts=True, today=None)
    assert verdicts == [(v, i if i is None else min(i, FIRST_NEW_ID)) for v, i in naive.verdicts]
    assert sum(batch.selects for batch in found) == len(naive.statements)
