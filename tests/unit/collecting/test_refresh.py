"""When we look, and what happens when nobody is there."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.collecting.refresh import (
    ReadingLoop,
    Spent,
    interval_in_force,
    next_wait,
    read_target,
)
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.settings.settings import Settings
from tests.support.targets import age, read_once

INTERVALS = st.floats(1, 3600)
BUSY = st.floats(0, 600)
SHARES = st.floats(0.001, 1)
FAILURES = st.integers(0, 1000)


def test_a_slow_reading_stretches_the_interval_and_a_quick_one_brings_it_back() -> None:
    stretched = interval_in_force(60, before=60, earned=800, is_whole=True)
    assert stretched == 800
    assert interval_in_force(60, before=stretched, earned=20, is_whole=True) == 60


def test_a_refused_connection_does_not_shorten_a_stretched_interval() -> None:
    assert interval_in_force(60, before=800, earned=0, is_whole=False) == 800


def test_a_reading_that_broke_off_does_not_stretch_the_interval() -> None:
    assert interval_in_force(60, before=60, earned=1200, is_whole=False) == 60


def test_readings_begin_one_interval_apart() -> None:
    assert next_wait(interval=60, elapsed=2, earned=40, failures=0) == 58


def test_a_reading_that_took_longer_than_the_interval_is_followed_by_the_next() -> None:
    assert next_wait(interval=60, elapsed=70, earned=0, failures=0) == 0


def test_after_a_first_failure_the_next_reading_comes_after_a_second() -> None:
    assert next_wait(interval=60, elapsed=0.01, earned=0.2, failures=1) == 1


def test_the_wait_doubles_with_every_failure_up_to_the_interval() -> None:
    waits = [next_wait(60, 0, 0, failures) for failures in range(1, 9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_an_outage_of_weeks_is_retried_at_the_interval() -> None:
    assert next_wait(60, 0, 0, failures=100_000) == 60


def test_an_interval_below_a_second_is_kept_after_failures() -> None:
    assert next_wait(interval=0.2, elapsed=0.01, earned=0, failures=1) == pytest.approx(0.2)


def test_a_failure_that_took_its_whole_time_limit_is_not_followed_at_once() -> None:
    assert next_wait(interval=60, elapsed=30, earned=0, failures=3) == 1


@pytest.mark.parametrize("failures", [0, 1, 100])
def test_what_failed_asks_for_five_minutes_at_most(failures: int) -> None:
    """A queue that failed, or one that was read while another collector failed."""
    assert next_wait(interval=60, elapsed=35, earned=1200, failures=failures) == 300 - 35


def test_where_whole_readings_come_less_often_those_that_fail_may_too() -> None:
    assert next_wait(interval=800, elapsed=30, earned=1200, failures=1) == 800 - 30


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
    elapsed, earned = busy + beside, busy / share
    if failures == 0:
        interval = interval_in_force(interval, interval, earned, is_whole=True)
    period = elapsed + next_wait(interval, elapsed, earned, failures)
    assert busy <= share * period * (1 + 1e-9) or (failures and period >= 300)


@given(INTERVALS, BUSY, st.integers(1, 1000), BUSY)
def test_a_failure_is_never_followed_at_once(
    interval: float, elapsed: float, failures: int, earned: float
) -> None:
    assert next_wait(interval, elapsed, earned, failures) >= min(1, interval)


# Nobody there


@pytest.fixture
def deserted() -> Iterator[Target]:
    """A target at a port that nobody else can take and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        yield Target(Settings(database={"username": "u", "port": port}))


def test_without_a_database_every_collector_fails_for_that_reason(deserted: Target) -> None:
    assert read_target(deserted) == Spent()
    assert [dict(c.errors) for c in deserted.collectors] == [{"unreachable": 1}] * 6
    assert deserted.is_up(time.monotonic()) is False


def test_without_a_database_nothing_comes_before_what_is_costly(deserted: Target) -> None:
    calls: list[str] = []
    deserted.outlook.announce = lambda: calls.append("early")
    read_target(deserted)
    assert calls == []


def test_without_a_database_values_stay_until_they_are_too_old(deserted: Target) -> None:
    read_once(deserted)
    read_target(deserted)
    names = {family.name for family in deserted.families()}
    assert "matomo_archive_invalidations" in names
    age(deserted, deserted.max_age + 1)
    assert "matomo_archive_invalidations" not in {f.name for f in deserted.families()}


def test_the_loop_publishes_lives_on_and_stops_when_asked(deserted: Target) -> None:
    published = threading.Event()
    loop = ReadingLoop(deserted, published.set)
    assert not loop.is_healthy
    assert not loop.has_read
    loop.start()
    assert published.wait(20)
    assert loop.is_healthy
    loop.stop(20)
    assert not loop.is_alive()
    assert not loop.is_healthy
    assert loop.has_read


def test_the_loop_comes_back_after_a_failure(deserted: Target) -> None:
    readings = threading.Semaphore(0)
    loop = ReadingLoop(deserted, readings.release)
    loop.start()
    assert readings.acquire(timeout=20)
    assert readings.acquire(timeout=20)
    loop.stop(20)
    assert deserted.queue.errors["unreachable"] >= 2
