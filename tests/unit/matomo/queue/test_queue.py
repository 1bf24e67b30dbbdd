"""The queue in figures, from groups of like rows."""

from collections.abc import Sequence
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.queue.owner import OwnedRows, Owner
from matomo_archive_exporter.matomo.queue.queue import QueueFacts, QueueGroup, summarise

SEGMENT = "fea44bece172bc9696ae57c26888bf8a"
COUNTED = ("rows", "without_time", "in_future", "without_start", "past_recovery")


def group(rows: int = 1, **changes: object) -> QueueGroup:
    """Queued rows of all visits, day, every plugin and report, unless changed."""
    ordinary = QueueGroup(0, 1, "done", None, rows, without_start=rows, oldest_invalidated=1000)
    return replace(ordinary, **changes)  # type: ignore[arg-type]


def started(rows: int = 1, **changes: object) -> QueueGroup:
    """Rows in progress since the second 2000, unless changed."""
    values = {"status": 1, "without_start": 0, "oldest_started": 2000, "newest_started": 2000}
    return group(rows, **(values | changes))


# Owners

OURS, OTHER = Owner("web-1", "4242"), Owner("web-1", "4343")


def test_rows_in_progress_are_counted_by_owner_and_start_the_latest_first() -> None:
    groups = [
        started(2, owner=OURS),
        started(1, owner=OURS, name="done.Goals"),
        started(1, owner=OURS, oldest_started=2300, newest_started=2300),
        started(5, owner=OTHER),
    ]
    assert summarise(groups).owned == (
        OwnedRows(2300, OURS, 1),
        OwnedRows(2000, OTHER, 5),
        OwnedRows(2000, OURS, 3),
    )


@pytest.mark.parametrize("rows", [group(2), started(2), started(2, owner=OURS, past_recovery=2)])
def test_rows_without_an_owner_or_stuck_for_another_reason_are_not(rows: QueueGroup) -> None:
    assert summarise([rows]).owned == ()


def test_of_very_many_owners_the_latest_are_kept() -> None:
    many = [
        started(owner=OURS, oldest_started=second, newest_started=second)
        for second in range(2000, 3500)
    ]
    owned = summarise(many).owned
    assert (len(owned), owned[0].started, owned[-1].started) == (1000, 3499, 2500)


# Each figure


def test_an_empty_queue_has_every_series_at_zero_and_no_time() -> None:
    facts = summarise([])
    assert len(facts.rows) == 20
    assert set(facts.rows.values()) == {0}
    assert (facts.reports, facts.total, facts.unknown_periods) == ({}, 0, {})
    assert (facts.oldest_queued, facts.oldest_started, facts.newest_started) == (None, None, None)


@pytest.mark.parametrize("status", [0, None, 2, 7])
def test_every_status_but_1_is_queued(status: int | None) -> None:
    rows = summarise([group(3, status=status)]).rows
    assert rows["queued", "day", "all_visits"] == 3
    assert sum(rows.values()) == 3


@pytest.mark.parametrize(
    ("number", "label"), [(1, "day"), (2, "week"), (3, "month"), (4, "year"), (5, "range")]
)
def test_rows_are_counted_by_period(number: int, label: str) -> None:
    rows = summarise([group(2, period=number)]).rows
    assert {key[1]: count for key, count in rows.items() if count} == {label: 2}


@pytest.mark.parametrize(
    ("name", "scope"),
    [("done", "all_visits"), ("done.Goals", "all_visits"), (f"done{SEGMENT}", "segment"),
     (f"done{SEGMENT}.Goals", "segment")],
)  # fmt: skip
def test_rows_are_counted_by_scope(name: str, scope: str) -> None:
    rows = summarise([group(2, name=name)]).rows
    assert {key[2]: count for key, count in rows.items() if count} == {scope: 2}


def test_a_period_that_matomo_has_not_is_counted_apart_and_in_the_total() -> None:
    facts = summarise([group(2, period=9), group(3, period=0), group(4, period=9), group(5)])
    assert facts.unknown_periods == {9: 6, 0: 3}
    assert sum(facts.rows.values()) == 5
    assert facts.total == 14


@pytest.mark.parametrize("nothing", ["", None])
def test_a_row_without_plugin_or_report_is_about_all_of_them(nothing: str | None) -> None:
    assert summarise([group(2, report=nothing)]).reports == {("all", "all"): {"queued": 2}}


def test_rows_are_counted_by_plugin_report_and_status() -> None:
    groups = [
        group(2, name="done.Goals", report="g1"),
        group(3, name=f"done{SEGMENT}.Goals", report="g1", period=3),
        started(5, name="done.Goals", report="g1"),
        group(7, name="done.Goals"),
    ]
    assert summarise(groups).reports == {
        ("Goals", "g1"): {"queued": 5, "in_progress": 5},
        ("Goals", "all"): {"queued": 7},
    }


def test_the_hits_backfill_is_what_the_clean_up_of_5_2_0_would_delete() -> None:
    backfill = group(10, name="done.Actions", report="Actions_hits")
    groups = [
        backfill,
        replace(backfill, without_start=4),
        replace(backfill, status=1, without_start=10),
        replace(backfill, status=None),
        replace(backfill, report="Actions_hits2"),
        replace(backfill, report=None),
    ]
    assert [summarise([one]).hits_backfill for one in groups] == [10, 4, 0, 0, 0, 0]


def test_rows_in_progress_without_a_start_never_started() -> None:
    assert summarise([started(3, without_start=2), group(5)]).never_started == 2


def test_rows_in_progress_for_too_long_are_past_recovery() -> None:
    assert summarise([started(3, past_recovery=2), group(5, past_recovery=5)]).past_recovery == 2


def test_rows_that_are_never_selected_are_counted_by_the_first_reason() -> None:
    facts = summarise(
        [
            group(3, status=None, without_time=2, in_future=1),
            group(5, without_time=4),
            group(7, in_future=6),
            started(9, without_time=8, in_future=1),
        ]
    )
    assert (facts.no_status, facts.no_time, facts.future_time) == (3, 4, 6)


def test_the_oldest_queued_row_is_one_that_can_be_selected() -> None:
    groups = [
        group(oldest_invalidated=500),
        group(oldest_invalidated=400),
        group(oldest_invalidated=None, without_time=1),
        group(oldest_invalidated=100, status=None),
        started(oldest_invalidated=200),
    ]
    assert summarise(groups).oldest_queued == 400


def test_start_times_are_those_of_rows_in_progress() -> None:
    groups = [
        started(oldest_started=2000, newest_started=2500),
        started(oldest_started=1800, newest_started=1900),
        started(oldest_started=None, newest_started=None, without_start=1),
        group(oldest_started=1, newest_started=9999),
    ]
    facts = summarise(groups)
    assert (facts.oldest_started, facts.newest_started) == (1800, 2500)


# Properties


TIMES = st.none() | st.integers(0, 2**31)


@st.composite
def queue_groups(draw: st.DrawFn) -> QueueGroup:
    rows = draw(st.integers(1, 10**6))
    some = st.integers(0, rows)
    return QueueGroup(
        status=draw(st.sampled_from([None, 0, 1, 2])),
        period=draw(st.integers(0, 6)),
        name=draw(st.sampled_from(["done", "done.Goals", f"done{SEGMENT}", "x", "", "done.A.b"])),
        report=draw(st.sampled_from([None, "", "Actions_hits", "all", "other"])),
        rows=rows,
        without_time=draw(some),
        in_future=draw(some),
        without_start=draw(some),
        past_recovery=draw(some),
        oldest_invalidated=draw(TIMES),
        oldest_started=draw(TIMES),
        newest_started=draw(TIMES),
    )


QUEUES = st.lists(queue_groups(), max_size=8)


def split(one: QueueGroup) -> Sequence[QueueGroup]:
    """The same rows in two groups; either may hold the times."""
    halves = {name: getattr(one, name) // 2 for name in COUNTED}
    rest = {name: getattr(one, name) - halves[name] for name in COUNTED}
    return replace(one, **halves), replace(one, **rest)


@given(QUEUES)
def test_the_counts_add_up_to_the_total(groups: list[QueueGroup]) -> None:
    facts = summarise(groups)
    rows = sum(one.rows for one in groups)
    assert facts.total == rows
    assert sum(facts.rows.values()) + sum(facts.unknown_periods.values()) == rows
    assert sum(sum(by_status.values()) for by_status in facts.reports.values()) == rows


@given(QUEUES)
def test_both_ways_to_count_agree_on_what_is_in_progress(groups: list[QueueGroup]) -> None:
    known = [one for one in groups if 1 <= one.period <= 5]
    facts = summarise(known)
    by_label = sum(n for (status, _, _), n in facts.rows.items() if status == "in_progress")
    assert by_label == sum(r.get("in_progress", 0) for r in facts.reports.values())
    assert by_label == sum(one.rows for one in known if one.status == 1)


@given(st.data(), QUEUES)
def test_the_order_of_groups_does_not_matter(data: st.DataObject, groups: list[QueueGroup]) -> None:
    assert summarise(data.draw(st.permutations(groups))) == summarise(groups)


@given(QUEUES)
def test_a_group_may_come_in_parts(groups: list[QueueGroup]) -> None:
    assert summarise(part for one in groups for part in split(one)) == summarise(groups)


@given(QUEUES, QUEUES)
def test_two_queues_together_have_the_counts_of_both(
    left: list[QueueGroup], right: list[QueueGroup]
) -> None:
    both, one, other = summarise(left + right), summarise(left), summarise(right)
    for name in (f.name for f in fields(QueueFacts) if isinstance(getattr(both, f.name), int)):
        if not name.startswith(("oldest", "newest")):
            assert getattr(both, name) == getattr(one, name) + getattr(other, name)
