"""Rows that come and go between readings, counted from below."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.queue.turnover import Turnover, advance

COUNTS = st.integers(0, 1000)


@dataclass
class Table:
    """A queue, and what truly happened to it."""

    ids: set[int] = field(default_factory=set)
    next_id: int = 1
    added: int = 0
    removed: int = 0

    def add(self, rows: int) -> None:
        self.ids |= set(range(self.next_id, self.next_id + rows))
        self.next_id += rows
        self.added += rows

    def remove(self, rows: int) -> None:
        gone = sorted(self.ids)[:rows]
        self.ids -= set(gone)
        self.removed += len(gone)

    def first_reading(self) -> Turnover:
        return Turnover(len(self.ids), max(self.ids, default=0))

    def reading(self, before: Turnover) -> Turnover:
        above = sum(number > before.highest for number in self.ids)
        return advance(before, len(self.ids), max(self.ids, default=0), above)


@given(st.integers(0, 10**6), st.integers(0, 10**9))
def test_before_a_second_reading_nothing_has_come_or_gone(total: int, highest: int) -> None:
    first = Turnover(total, highest)
    assert (first.added, first.removed) == (0, 0)


def test_rows_above_the_highest_id_have_come_and_the_others_that_are_missing_have_gone() -> None:
    second = advance(Turnover(total=100, highest=500), total=90, highest=520, above=20)
    assert (second.added, second.removed) == (20, 30)


@given(st.integers(0, 50), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_both_are_exact_when_no_row_comes_and_goes_unseen(
    at_first: int, steps: list[tuple[int, int]]
) -> None:
    table = Table()
    table.add(at_first)
    turnover = table.first_reading()
    table.added = 0
    for removed, added in steps:
        table.remove(removed)
        table.add(added)
        turnover = table.reading(turnover)
        assert (turnover.added, turnover.removed) == (table.added, table.removed)


@given(st.integers(0, 50), st.lists(st.lists(st.integers(-30, 30), max_size=5)))
def test_neither_is_ever_more_than_the_truth(at_first: int, intervals: list[list[int]]) -> None:
    table = Table()
    table.add(at_first)
    turnover = table.first_reading()
    table.added = 0
    for steps in intervals:
        for step in steps:
            table.add(max(step, 0))
            table.remove(max(-step, 0))
        turnover = table.reading(turnover)
        assert turnover.added <= table.added
        assert turnover.removed <= table.removed


@given(begun=st.tuples(COUNTS, COUNTS), readings=st.lists(st.tuples(COUNTS, COUNTS, COUNTS)))
def test_neither_counter_ever_falls_with_any_readings(
    begun: tuple[int, int], readings: list[tuple[int, int, int]]
) -> None:
    before = Turnover(*begun)
    for total, highest, above in readings:
        after = advance(before, total, highest, above)
        assert after.added >= before.added
        assert after.removed >= before.removed
        before = after


@given(st.integers(1, 50), st.lists(st.integers(1, 30), min_size=1))
def test_a_table_renumbered_after_it_was_seen_empty_is_counted_exactly_from_there_on(
    at_first: int, additions: list[int]
) -> None:
    table = Table()
    table.add(at_first)
    turnover = table.first_reading()
    table.added = 0
    table.remove(at_first)
    turnover = table.reading(turnover)
    table.next_id = 1
    for rows in additions:
        table.add(rows)
        turnover = table.reading(turnover)
        assert (turnover.added, turnover.removed) == (table.added, table.removed)


def test_a_table_renumbered_between_two_readings_counts_from_below() -> None:
    after = advance(Turnover(total=10, highest=500), total=4, highest=4, above=0)
    assert (after.added, after.removed) == (0, 6)


def test_rows_with_ids_from_before_have_come_if_there_are_more_than_were() -> None:
    """LOAD DATA takes its ids, other rows get higher ones and are seen first."""
    late = advance(Turnover(total=8, highest=120_008), total=120_008, highest=120_008, above=0)
    assert (late.added, late.removed) == (120_000, 0)
    worked = advance(late, total=80_008, highest=120_008, above=0)
    assert (worked.added, worked.removed) == (120_000, 40_000)


def test_ids_that_go_back_are_counted_from_there_on() -> None:
    """500 rows come and go, three times, each time with the same ids."""
    turnover = Turnover(total=0, highest=900)
    for _ in range(3):
        turnover = advance(turnover, total=500, highest=600, above=0)
        turnover = advance(turnover, total=0, highest=0, above=0)
    assert (turnover.added, turnover.removed) == (1500, 1500)


@given(st.integers(0, 50), st.lists(st.tuples(st.integers(0, 30), st.booleans())))
def test_neither_is_more_than_the_truth_when_transactions_are_committed_late(
    at_first: int, steps: list[tuple[int, bool]]
) -> None:
    table, held = Table(), set[int]()
    table.add(at_first)
    turnover = table.first_reading()
    table.added = 0
    for rows, is_late in steps:
        table.ids |= held  # committed now, though the ids are from before
        table.added += len(held)
        held = set()
        if is_late:
            held = set(range(table.next_id, table.next_id + rows))
            table.next_id += rows
        table.add(1)
        table.remove(rows // 2)
        turnover = table.reading(turnover)
        assert turnover.added <= table.added
        assert turnover.removed <= table.removed


@given(begun=st.tuples(COUNTS, COUNTS), readings=st.lists(st.tuples(COUNTS, COUNTS, COUNTS)))
def test_the_total_is_the_first_one_plus_added_minus_removed(
    begun: tuple[int, int], readings: list[tuple[int, int, int]]
) -> None:
    turnover = Turnover(*begun)
    for reading in readings:
        turnover = advance(turnover, *reading)
        assert turnover.total == begun[0] + turnover.added - turnover.removed
