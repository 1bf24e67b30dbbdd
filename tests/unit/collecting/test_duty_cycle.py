"""How often a costly reading is made."""

import time
from contextlib import suppress
from types import SimpleNamespace
from typing import cast

import pytest

from matomo_archive_exporter.collecting.duty_cycle import Pace
from matomo_archive_exporter.readings.database.connection import Connection


class Clock:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def reading(pace: Pace, clock: Clock, *, busy: float, took: float) -> None:
    connection = SimpleNamespace(busy=7.0, waited=3.0)
    with pace.taken(cast(Connection, connection)):
        connection.busy += busy
        clock.now += took


def test_the_first_one_is_due_at_once() -> None:
    assert Pace(share=0.01, own=0.05).is_due


def test_the_next_one_waits_until_its_share_of_the_time_inside_the_database_is_kept(
    clock: Clock,
) -> None:
    pace = Pace(share=0.01, own=0.05)
    reading(pace, clock, busy=1.0, took=1.0)
    assert pace.period == 100
    clock.now = 1099.0
    assert not pace.is_due
    clock.now = 1100.0
    assert pace.is_due


def test_time_of_ours_counts_too(clock: Clock) -> None:
    pace = Pace(share=0.01, own=0.05)
    reading(pace, clock, busy=0.0, took=0.5)
    assert pace.period == 10


def test_time_of_waiting_for_locks_is_no_work(clock: Clock) -> None:
    pace = Pace(share=0.01, own=0.05)
    connection = SimpleNamespace(busy=0.0, waited=0.0)
    with pace.taken(cast(Connection, connection)):
        connection.waited += 20.0
        connection.busy += 0.1
        clock.now += 20.5
    assert pace.period == 10


def fail(pace: Pace, clock: Clock, *, busy: float) -> None:
    connection = SimpleNamespace(busy=0.0, waited=0.0)
    with suppress(ValueError), pace.taken(cast(Connection, connection)):
        connection.busy += busy
        clock.now += busy
        raise ValueError


def test_one_that_fails_is_tried_again_after_five_minutes_however_long_it_took(
    clock: Clock,
) -> None:
    pace = Pace(share=0.01, own=0.05)
    fail(pace, clock, busy=30)
    clock.now = 1299
    assert not pace.is_due
    clock.now = 1300
    assert pace.is_due


def test_one_that_fails_soon_is_tried_again_sooner(clock: Clock) -> None:
    pace = Pace(share=0.01, own=0.05)
    fail(pace, clock, busy=0.5)
    clock.now = 1050
    assert pace.is_due


def test_one_that_fails_does_not_change_the_period_in_force(clock: Clock) -> None:
    pace = Pace(share=0.01, own=0.05)
    reading(pace, clock, busy=1.0, took=1.0)
    fail(pace, clock, busy=30)
    assert pace.period == 100


def test_where_whole_ones_come_less_often_one_that_fails_does_too(clock: Clock) -> None:
    pace = Pace(share=0.01, own=0.05)
    reading(pace, clock, busy=6.0, took=6.0)
    fail(pace, clock, busy=30)
    clock.now = 1006 + 599
    assert not pace.is_due
    clock.now = 1006 + 600
    assert pace.is_due


def test_its_time_inside_the_database_is_told_once(clock: Clock) -> None:
    pace = Pace(share=0.01, own=0.05)
    reading(pace, clock, busy=1.5, took=2.0)
    assert (pace.take_busy(), pace.take_busy()) == (1.5, 0.0)
