"""The rows of a site in Matomo's order, some of them put off."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation
from matomo_archive_exporter.matomo.simulation.site_list import SiteList
from tests.support.invalidations import DAY, MONTH, WEEK, Queued, days, queues, row


def left(rows: SiteList) -> list[int]:
    """Take all that is left."""
    return [*iter(rows.take, None)]


def test_rows_are_taken_once_in_the_order_in_which_they_come() -> None:
    rows = SiteList(days(3))
    assert left(rows) == [0, 1, 2]
    assert rows.take() is None
    assert not rows.rewind()
    assert rows.take() is None


def test_rows_put_off_come_first_after_the_next_rewind_and_not_before() -> None:
    rows = SiteList(days(4))
    for number in (rows.take(), rows.take()):
        assert number is not None
        rows.put_off(number)
    assert rows.take() == 2
    assert rows.rewind()
    assert left(rows) == [0, 1, 3]


def test_rows_put_off_earlier_and_not_seen_since_keep_their_place() -> None:
    rows = SiteList(days(4))
    for number in left(rows):
        rows.put_off(number)
    rows.rewind()
    assert [rows.take(), rows.take()] == [0, 1]
    rows.put_off(1)
    rows.rewind()
    assert left(rows) == [1, 2, 3]


def test_a_new_row_is_the_first_of_its_rank() -> None:
    rows = SiteList([row(DAY, "2025-03-03"), row(WEEK, "2025-03-03"), row(MONTH, "2025-03-01")])
    rows.insert(row(WEEK, "2025-03-03"))
    assert left(rows) == [0, 3, 1, 2]


def test_a_new_row_before_all_that_is_left_is_next() -> None:
    rows = SiteList(days(3))
    rows.take()
    rows.take()
    rows.rewind()
    rows.insert(row(DAY, "2025-03-31"))
    assert left(rows) == [3, 2]


def test_a_new_row_may_come_among_those_put_off() -> None:
    rows = SiteList([row(DAY, "2025-03-05"), row(DAY, "2025-03-03"), row(DAY, "2025-03-01")])
    for number in left(rows):
        rows.put_off(number)
    rows.rewind()
    rows.insert(row(DAY, "2025-03-04"))
    rows.insert(row(DAY, "2025-02-01"))
    rows.insert(row(DAY, "2025-03-03"))
    assert left(rows) == [0, 3, 5, 1, 2, 4]


def is_ordered(rows: SiteList, numbers: Iterable[int]) -> bool:
    ranks = [rows.rows[number].rank for number in numbers]
    return all(before <= after for before, after in pairwise(ranks))


@given(queues(), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))), queues(8))
def test_the_rest_is_complete_and_in_order_after_any_changes(
    queue: list[Queued], rounds: list[tuple[int, int]], new: list[Queued]
) -> None:
    rows = SiteList(q.row for q in queue)
    expected = set(range(len(queue)))
    more: list[Invalidation] = [q.row for q in new]
    for looks, every in rounds:
        for look in range(looks):
            number = rows.take()
            if number is not None and look % (every + 1):
                rows.put_off(number)
            elif number is not None:
                expected.remove(number)
        rows.rewind()
        if more:
            expected.add(len(rows.rows))
            rows.insert(more.pop())
    rest = left(rows)
    assert len(rest) == len(expected)
    assert set(rest) == expected
    assert is_ordered(rows, rest)
