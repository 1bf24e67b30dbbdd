"""The rows of a site's turn, their order, and the fate of each."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation, same
from matomo_archive_exporter.matomo.simulation.planned_rows import (
    NO_VISITS,
    FateFacts,
    SitePlan,
    State,
    TableRow,
    site_plan,
)
from matomo_archive_exporter.matomo.version import Behaviour, behaviour
from tests.support.invalidations import (
    DAY,
    MONTH,
    RANGE,
    WEEK,
    YEAR,
    A,
    B,
    Queued,
    ordinal,
    queues,
    row,
)

TODAY = ordinal("2025-03-13")
NOTHING = FateFacts()
NOW, BEFORE_4_5, SINCE_5_3, SINCE_5_4 = (
    behaviour(version, "PDO\\MYSQL") for version in ("5.2.2", "4.4.1", "5.3.0", "5.4.0")
)


def work(
    *rows: Invalidation | tuple[Invalidation, State],
    facts: FateFacts = NOTHING,
    rules: Behaviour = NOW,
    rearchived: Sequence[Invalidation] = (),
    daily: Sequence[Invalidation] = (),
) -> SitePlan:
    """Rows without a state are queued."""
    table = [
        TableRow(State.QUEUED, r) if isinstance(r, Invalidation) else TableRow(r[1], r[0])
        for r in rows
    ]
    return site_plan(table, facts, rules, rearchived, daily)


def fates(*rows: Invalidation | tuple[Invalidation, State], **about: object) -> list[str]:
    return [found.fate.name for found in work(*rows, **about).rows]  # type: ignore[arg-type]


# Which rows


def test_an_empty_site_has_nothing_to_do() -> None:
    assert work() == SitePlan((), 0, 0)


def test_queued_rows_stay_as_they_are() -> None:
    rows = row(DAY, "2025-03-05"), row(DAY, "2025-03-04")
    assert work(*rows).rows == rows


@pytest.mark.parametrize("state", [State.UNSELECTABLE, State.STARTED, State.NEVER_STARTED])
def test_rows_that_the_archivers_select_passes_over_are_not_met(state: State) -> None:
    assert work((row(DAY, "2025-03-05"), state)).rows == ()


def test_rows_of_dead_runs_are_queued_again_in_their_place() -> None:
    stuck = row(DAY, "2025-03-04")
    rows = row(DAY, "2025-03-05"), (stuck, State.RECOVERED), row(DAY, "2025-03-03")
    assert work(*rows).rows[1] is stuck


@pytest.mark.parametrize(("rules", "left"), [(NOW, 2), (SINCE_5_3, 1)])
def test_a_recovered_row_that_is_queued_anyway_is_dropped_since_5_3(
    rules: Behaviour, left: int
) -> None:
    rows = row(DAY, "2025-03-05"), (row(DAY, "2025-03-05"), State.RECOVERED)
    assert len(work(*rows, rules=rules).rows) == left


@pytest.mark.parametrize(("rules", "left"), [(NOW, 2), (SINCE_5_3, 1)])
def test_of_two_recovered_rows_that_are_alike_one_is_left_since_5_3(
    rules: Behaviour, left: int
) -> None:
    rows = [(row(DAY, "2025-03-05"), State.RECOVERED) for _ in range(2)]
    assert len(work(*rows, rules=rules).rows) == left


# Rows that the run adds


def test_rows_to_come_are_counted_and_put_in_their_places() -> None:
    middle, last = row(DAY, "2025-03-04"), row(MONTH, "2025-03-01")
    found = work(row(DAY, "2025-03-05"), row(DAY, "2025-03-03"), rearchived=[middle], daily=[last])
    assert (found.rows[1], found.rows[3]) == (middle, last)
    assert (found.rearchived, found.daily) == (1, 1)


def test_among_like_rows_the_newest_is_first() -> None:
    there, first, second, daily = (row(DAY, "2025-03-05", report=report) for report in "abcd")
    found = work(there, rearchived=[first, second], daily=[daily])
    assert found.rows == (daily, second, first, there)


@pytest.mark.parametrize("state", [State.QUEUED, State.UNSELECTABLE])
def test_a_queued_row_is_not_added_again(state: State) -> None:
    there, again = row(DAY, "2025-03-05"), row(DAY, "2025-03-05", digits=9)
    found = work((there, state), rearchived=[again], daily=[again])
    assert (found.rearchived, found.daily) == (0, 0)


@pytest.mark.parametrize("state", [State.STARTED, State.NEVER_STARTED])
def test_a_row_in_progress_is_added_again(state: State) -> None:
    there, again = row(DAY, "2025-03-05"), row(DAY, "2025-03-05", digits=9)
    assert work((there, state), daily=[again]).daily == 1


def test_daily_rows_are_not_added_where_the_re_archiving_just_did() -> None:
    rows = [row(DAY, "2025-03-05"), row(DAY, "2025-03-05")]
    found = work(rearchived=rows, daily=rows)
    assert (len(found.rows), found.rearchived, found.daily) == (1, 1, 0)


def test_a_row_of_another_report_is_another_row() -> None:
    assert work(row(DAY, "2025-03-05"), daily=[row(DAY, "2025-03-05", report="7")]).daily == 1


# Fates, in the order in which Matomo asks


def test_rows_of_a_segment_that_is_not_archived_for_the_site_are_foreign() -> None:
    rows = [row(DAY, "2025-03-05", name) for name in ("done", f"done{A}", f"done{B}.Goals")]
    assert fates(*rows, facts=FateFacts(segments=frozenset({A}))) == [
        "ARCHIVED", "ARCHIVED", "FOREIGN",
    ]  # fmt: skip


def test_periods_that_ended_before_the_site_was_created_go() -> None:
    created = FateFacts(created=ordinal("2025-03-04"))
    rows = [row(DAY, "2025-03-04"), row(DAY, "2025-03-03"), row(WEEK, "2025-03-03")]
    assert fates(*rows, facts=created) == ["ARCHIVED", "BEFORE_CREATION", "ARCHIVED"]


def test_an_identical_row_that_was_started_makes_a_row_go() -> None:
    started = row(DAY, "2025-03-05"), State.STARTED
    others = row(DAY, "2025-03-05", "done.Goals"), row(DAY, "2025-03-04")
    assert fates(started, row(DAY, "2025-03-05"), *others) == [
        "IN_PROGRESS_ALREADY", "ARCHIVED", "ARCHIVED",
    ]  # fmt: skip


def test_of_a_row_and_one_in_progress_without_a_start_the_older_stays() -> None:
    """Newer ids come first."""
    queued, stuck = row(DAY, "2025-03-05"), (row(DAY, "2025-03-05"), State.NEVER_STARTED)
    assert fates(queued, stuck) == ["HIDDEN"]
    assert fates(stuck, queued) == ["DUPLICATE"]
    assert fates(stuck, daily=[queued]) == ["HIDDEN"]


def test_a_usable_archive_makes_plugin_rows_go_and_others_wait() -> None:
    rows = [row(DAY, "2025-03-13", name) for name in ("done", "done.Goals", f"done{A}.Goals")]
    facts = FateFacts(frozenset({A}), today=TODAY, usable=frozenset({("", DAY, TODAY)}))
    assert fates(*rows, facts=facts) == ["HIDDEN", "ALREADY_ARCHIVED", "ARCHIVED"]
    assert fates(*rows, facts=facts, rules=BEFORE_4_5) == ["HIDDEN", "HIDDEN", "ARCHIVED"]


@pytest.mark.parametrize(
    "other",
    [row(WEEK, "2025-03-13"), row(DAY, "2025-03-12"), row(RANGE, "2025-03-13", last="2025-03-14")],
)
def test_a_usable_archive_is_one_of_the_very_period(other: Invalidation) -> None:
    facts = FateFacts(today=TODAY, usable=frozenset({("", DAY, TODAY)}))
    assert fates(other, facts=facts) == ["ARCHIVED"]


def test_archives_of_periods_that_are_over_do_not_count() -> None:
    facts = FateFacts(today=TODAY, usable=frozenset({("", DAY, TODAY - 1)}))
    assert fates(row(DAY, "2025-03-12"), facts=facts) == ["ARCHIVED"]


def test_periods_that_ended_before_the_first_visit_have_none() -> None:
    rows = [row(DAY, "2025-03-04"), row(DAY, "2025-03-03"), row(YEAR, "2025-01-01")]
    first = FateFacts(first_visit=ordinal("2025-03-04"))
    assert fates(*rows, facts=first) == ["ARCHIVED", "NO_VISITS", "ARCHIVED"]
    assert set(fates(*rows, facts=FateFacts(first_visit=NO_VISITS))) == {"NO_VISITS"}


def test_since_5_4_a_day_without_visits_is_started_and_larger_periods_are_built() -> None:
    rows = [row(DAY, "2025-03-04"), row(DAY, "2025-03-03"), row(WEEK, "2025-02-24")]
    first = FateFacts(first_visit=ordinal("2025-03-04"))
    assert fates(*rows, facts=first, rules=SINCE_5_4) == ["ARCHIVED", "EMPTY", "ARCHIVED"]
    never = FateFacts(first_visit=NO_VISITS)
    every = [*rows, row(YEAR, "2025-01-01"), row(RANGE, "2025-01-02", last="2025-01-09")]
    assert fates(*every, facts=never, rules=SINCE_5_4) == [
        "EMPTY", "EMPTY", "ARCHIVED", "ARCHIVED", "ARCHIVED",
    ]  # fmt: skip


def test_since_5_4_later_days_may_be_without_visits_too() -> None:
    facts = FateFacts(unvisited=frozenset({TODAY}))
    rows = [row(DAY, "2025-03-13"), row(DAY, "2025-03-12"), row(WEEK, "2025-03-10")]
    assert fates(*rows, facts=facts, rules=SINCE_5_4) == ["EMPTY", "ARCHIVED", "ARCHIVED"]
    assert fates(*rows, facts=facts, rules=SINCE_5_3) == ["ARCHIVED"] * 3


def test_since_5_4_a_row_in_progress_blocks_before_visits_are_asked_for() -> None:
    started = row(DAY, "2025-03-05", f"done{A}"), State.STARTED
    facts = FateFacts(frozenset({A}), first_visit=NO_VISITS)
    assert fates(started, row(DAY, "2025-03-05"), facts=facts, rules=SINCE_5_4) == ["BLOCKED"]


def test_a_turn_looks_at_segments_by_the_rows_that_are_not_foreign() -> None:
    facts = FateFacts(frozenset({A}), created=ordinal("2025-03-01"))
    of_a, of_b = row(DAY, "2025-03-05", f"done{A}"), row(DAY, "2025-03-05", f"done{B}")
    assert work(of_a, facts=facts).looks_at_segments
    assert not work(of_b, row(DAY, "2025-03-05"), facts=facts).looks_at_segments
    assert not work(row(DAY, "2025-02-05", f"done{A}"), facts=facts).looks_at_segments


def test_since_5_3_a_row_in_progress_blocks_what_overlaps_it_and_is_no_shorter() -> None:
    stuck = row(WEEK, "2025-03-03"), State.STARTED
    rows = [row(DAY, "2025-03-04"), row(WEEK, "2025-03-03", "done.Goals"), row(MONTH, "2025-03-01")]
    others = [row(MONTH, "2025-02-01"), row(WEEK, "2025-02-24")]
    assert fates(stuck, *rows, *others, rules=SINCE_5_3) == [
        "ARCHIVED", "BLOCKED", "BLOCKED", "ARCHIVED", "ARCHIVED",
    ]  # fmt: skip
    assert set(fates(stuck, *rows, *others)) == {"ARCHIVED"}


@pytest.mark.parametrize(
    ("running", "waiting", "expected"),
    [
        (f"done{A}", "done", "BLOCKED"),
        ("done", f"done{A}", "BLOCKED"),
        (f"done{A}", f"done{A}.Goals", "BLOCKED"),
        (f"done{A}", f"done{B}", "ARCHIVED"),
    ],
)
def test_since_5_3_other_segments_do_not_block_each_other(
    running: str, waiting: str, expected: str
) -> None:
    facts = FateFacts(segments=frozenset({A, B}))
    stuck = row(DAY, "2025-03-04", running), State.STARTED
    assert fates(stuck, row(WEEK, "2025-03-03", waiting), facts=facts, rules=SINCE_5_3) == [
        expected
    ]


def test_a_row_without_a_start_does_not_block() -> None:
    stuck = row(DAY, "2025-03-04"), State.NEVER_STARTED
    assert fates(stuck, row(WEEK, "2025-03-03"), rules=SINCE_5_3) == ["ARCHIVED"]


def test_the_first_reason_is_the_one_that_counts() -> None:
    name = f"done{A}.Goals"
    reasons = FateFacts(
        frozenset({A}),
        TODAY + 1,
        NO_VISITS,
        today=TODAY,
        usable=frozenset({(A, DAY, TODAY)}),
    )
    rows = (row(DAY, "2025-03-13", name), State.STARTED), row(DAY, "2025-03-13", name)
    assert fates(*rows, facts=replace(reasons, segments=frozenset())) == ["FOREIGN"]
    assert fates(*rows, facts=reasons) == ["BEFORE_CREATION"]
    existing = replace(reasons, created=0)
    assert fates(*rows, facts=existing, rules=SINCE_5_3) == ["IN_PROGRESS_ALREADY"]
    assert fates(rows[1], facts=existing) == ["ALREADY_ARCHIVED"]
    stale = replace(existing, usable=frozenset())
    assert fates(rows[1], facts=stale) == ["NO_VISITS"]


# All of it at once


@given(queues(), st.lists(st.sampled_from(State), min_size=40, max_size=40), queues(8), queues(8))
def test_every_row_that_can_be_selected_is_met_once_in_matomos_order(
    there: list[Queued], states: list[State], rearchived: list[Queued], daily: list[Queued]
) -> None:
    table = [TableRow(state, q.row) for state, q in zip(states, there, strict=False)]
    added = [[q.row for q in queue] for queue in (rearchived, daily)]
    found = site_plan(table, NOTHING, NOW, *added)
    met = [t for t in table if t.state in (State.QUEUED, State.RECOVERED)]
    assert len(found.rows) == len(met) + found.rearchived + found.daily
    assert all(before.rank <= after.rank for before, after in pairwise(found.rows))
    for wanted in (*added[0], *added[1]):
        known = [t.row for t in table if t.state is State.UNSELECTABLE]
        assert any(same(wanted, one) for one in (*found.rows, *known))
    assert {f.fate for f in found.rows if f.segment} <= {Fate.FOREIGN}
