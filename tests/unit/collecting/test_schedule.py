"""When readings begin: each within its share of the time."""

import time
from contextlib import suppress
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.collecting.schedule import (
    DutyCycle,
    Schedule,
    Spent,
    next_wait,
)
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.settings.options import CollectSettings
from matomo_archive_exporter.settings.settings import Settings


class Clock:
    """A monotonic clock that moves only by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def reading(cycle: DutyCycle, clock: Clock, *, busy: float, took: float) -> None:
    connection = SimpleNamespace(busy=7.0, waited=3.0)
    with cycle.measured(cast(Connection, connection)):
        connection.busy += busy
        clock.now += took


def test_the_first_one_is_due_at_once() -> None:
    assert DutyCycle(database_share=0.01, wall_share=0.05).is_due


def test_the_next_one_waits_until_its_share_of_the_time_inside_the_database_is_kept(
    clock: Clock,
) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    reading(cycle, clock, busy=1.0, took=1.0)
    assert cycle.interval == 100
    clock.now = 1099.0
    assert not cycle.is_due
    clock.now = 1100.0
    assert cycle.is_due


def test_time_outside_the_database_counts_too(clock: Clock) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    reading(cycle, clock, busy=0.0, took=0.5)
    assert cycle.interval == 10


def test_time_of_waiting_for_locks_is_no_work(clock: Clock) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    connection = SimpleNamespace(busy=0.0, waited=0.0)
    with cycle.measured(cast(Connection, connection)):
        connection.waited += 20.0
        connection.busy += 0.1
        clock.now += 20.5
    assert cycle.interval == 10


def fail(cycle: DutyCycle, clock: Clock, *, busy: float) -> None:
    connection = SimpleNamespace(busy=0.0, waited=0.0)
    with suppress(ValueError), cycle.measured(cast(Connection, connection)):
        connection.busy += busy
        clock.now += busy
        raise ValueError


def test_one_that_fails_is_tried_again_after_five_minutes_however_long_it_took(
    clock: Clock,
) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    fail(cycle, clock, busy=30)
    clock.now = 1299
    assert not cycle.is_due
    clock.now = 1300
    assert cycle.is_due


def test_one_that_fails_soon_is_tried_again_sooner(clock: Clock) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    fail(cycle, clock, busy=0.5)
    clock.now = 1050
    assert cycle.is_due


def test_one_that_fails_does_not_change_the_period_in_force(clock: Clock) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    reading(cycle, clock, busy=1.0, took=1.0)
    fail(cycle, clock, busy=30)
    assert cycle.interval == 100


def test_where_whole_ones_come_less_often_one_that_fails_does_too(clock: Clock) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    reading(cycle, clock, busy=6.0, took=6.0)
    fail(cycle, clock, busy=30)
    clock.now = 1006 + 599
    assert not cycle.is_due
    clock.now = 1006 + 600
    assert cycle.is_due


def test_the_time_inside_the_database_is_returned_once(clock: Clock) -> None:
    cycle = DutyCycle(database_share=0.01, wall_share=0.05)
    reading(cycle, clock, busy=1.5, took=2.0)
    assert (cycle.take_database_seconds(), cycle.take_database_seconds()) == (1.5, 0.0)


# The interval in force


INTERVALS = st.floats(1, 3600)
BUSY = st.floats(0, 600)
SHARES = st.floats(0.001, 1)
FAILURES = st.integers(0, 1000)


@pytest.fixture
def schedule() -> Schedule:
    """An interval of a minute, of which half a tenth is for the database."""
    return Schedule(CollectSettings(interval=60, duty_cycle=0.1))


def test_a_slow_reading_stretches_the_interval_and_a_quick_one_brings_it_back(
    schedule: Schedule,
) -> None:
    schedule.note(Spent(succeeded=40, total=40), succeeded=True)
    assert schedule.interval == 800
    schedule.note(Spent(succeeded=1, total=1), succeeded=True)
    assert schedule.interval == 60


def test_a_refused_connection_does_not_shorten_a_stretched_interval(schedule: Schedule) -> None:
    schedule.interval = 800
    schedule.note(Spent(), succeeded=False)
    assert schedule.interval == 800


def test_a_reading_that_broke_off_does_not_stretch_the_interval(schedule: Schedule) -> None:
    schedule.note(Spent(succeeded=60, total=60), succeeded=False)
    assert schedule.interval == 60


def test_readings_begin_one_interval_apart() -> None:
    assert next_wait(interval=60, elapsed=2, min_interval=40, failures=0) == 58


def test_a_reading_that_took_longer_than_the_interval_is_followed_by_the_next() -> None:
    assert next_wait(interval=60, elapsed=70, min_interval=0, failures=0) == 0


def test_after_a_first_failure_the_next_reading_comes_after_a_second() -> None:
    assert next_wait(interval=60, elapsed=0.01, min_interval=0.2, failures=1) == 1


def test_the_wait_doubles_with_every_failure_up_to_the_interval() -> None:
    waits = [next_wait(60, 0, 0, failures) for failures in range(1, 9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_an_outage_of_weeks_is_retried_at_the_interval() -> None:
    assert next_wait(60, 0, 0, failures=100_000) == 60


def test_an_interval_below_a_second_is_kept_after_failures() -> None:
    assert next_wait(interval=0.2, elapsed=0.01, min_interval=0, failures=1) == pytest.approx(0.2)


def test_a_failure_that_took_its_whole_time_limit_is_not_followed_at_once() -> None:
    assert next_wait(interval=60, elapsed=30, min_interval=0, failures=3) == 1


@pytest.mark.parametrize("failures", [0, 1, 100])
def test_a_failed_reading_waits_five_minutes_at_most(failures: int) -> None:
    """A queue that failed, or one that was read while another collector failed."""
    assert next_wait(interval=60, elapsed=35, min_interval=1200, failures=failures) == 300 - 35


def test_where_whole_readings_come_less_often_those_that_fail_may_too() -> None:
    assert next_wait(interval=800, elapsed=30, min_interval=1200, failures=1) == 800 - 30


@given(INTERVALS, BUSY, SHARES, FAILURES, st.floats(0, 600))
def test_no_wait_is_longer_than_the_interval_unless_the_duty_cycle_asks(
    interval: float, busy: float, share: float, failures: int, beside: float
) -> None:
    wait = next_wait(interval, busy + beside, busy / share, failures)
    assert 0 <= wait <= max(interval, busy / share)


@given(INTERVALS, BUSY, SHARES, FAILURES, st.floats(0, 600))
def test_no_more_than_its_share_of_the_time_is_spent_inside_the_database(
    interval: float, busy: float, share: float, failures: int, beside: float
) -> None:
    """But for what failed, which is tried again after five minutes all the same."""
    elapsed, min_interval = busy + beside, busy / share
    if failures == 0:
        interval = max(interval, min_interval)
    period = elapsed + next_wait(interval, elapsed, min_interval, failures)
    assert busy <= share * period * (1 + 1e-9) or (failures and period >= 300)


@given(INTERVALS, BUSY, st.integers(1, 1000), BUSY)
def test_a_failure_is_never_followed_at_once(
    interval: float, elapsed: float, failures: int, min_interval: float
) -> None:
    assert next_wait(interval, elapsed, min_interval, failures) >= min(1, interval)


def test_half_of_the_duty_cycle_is_for_costly_readings(schedule: Schedule) -> None:
    schedule.note(Spent(succeeded=5, total=5), succeeded=True)
    assert schedule.interval == 5 / (0.1 / 2)
    cycles = [c.duty_cycle for c in Target(Settings(collect=schedule.collect)).on_database]
    costly = [cycle for cycle in cycles if cycle]
    assert sum(cycle.database_share for cycle in costly) == pytest.approx(0.1 / 2)
    assert {cycle.wall_share for cycle in costly} == {0.1}


def test_failures_are_counted_until_a_reading_succeeds(schedule: Schedule) -> None:
    waits = []
    for succeeded in (False, False, True):
        schedule.note(Spent(), succeeded=succeeded)
        waits.append(schedule.next_wait(Spent(), elapsed=0))
    assert waits == [1, 2, 60]


def test_values_vanish_after_ten_intervals_in_force_unless_an_age_is_given(
    schedule: Schedule,
) -> None:
    assert schedule.max_age() == 600
    schedule.interval = 90
    assert schedule.max_age() == 900
    assert schedule.max_age(DutyCycle(1, 1, interval=100)) == 1000
    aged = Schedule(CollectSettings(interval=30, max_age=45))
    assert aged.max_age(DutyCycle(1, 1, interval=100)) == 45
