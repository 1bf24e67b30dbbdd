"""Counts by time, and how fast they grow."""

import pytest

from matomo_archive_exporter.matomo.runs.history import History


def history(*points: tuple[float, float]) -> History:
    made = History()
    for at, count in points:
        made = made.seen(at, count)
    return made


def test_between_two_points_it_grew_evenly() -> None:
    assert history((0, 0), (100, 50)).at(40) == 20


@pytest.mark.parametrize(("at", "count"), [(-1, None), (0, 10), (5, 10)])
def test_a_history_knows_nothing_before_its_first_point_and_keeps_the_last_one(
    at: float, count: float | None
) -> None:
    assert history((0, 10)).at(at) == count


def test_the_rate_is_that_of_the_last_hour() -> None:
    assert history((0, 0), (3600, 10_000), (7200, 10_100)).per_hour == 100


def test_a_run_that_is_younger_is_rated_as_long_as_it_was_watched() -> None:
    assert history((0, 0), (60, 10)).per_hour == 600


@pytest.mark.parametrize("points", [[], [(0, 5)], [(0, 5), (60, 5)], [(0, 0), (1, 9)]])
def test_a_rate_needs_two_points_and_time_between_them(points: list[tuple[float, float]]) -> None:
    assert history(*points).per_hour is None


def test_points_that_are_not_later_are_left_out() -> None:
    assert history((10, 1), (10, 2), (9, 3)).points == ((10, 1),)


def test_it_stays_small_and_keeps_both_ends() -> None:
    made = history(*((at, at) for at in range(5000)))
    assert len(made.points) <= 401
    assert (made.points[0], made.points[-1]) == ((0, 0), (4999, 4999))
    assert made.at(2500) == pytest.approx(2500)
