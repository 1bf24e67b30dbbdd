"""When readings begin, and what happens without a database."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from matomo_archive_exporter.collecting.refresh import ReadingLoop, read_target
from matomo_archive_exporter.collecting.schedule import Spent
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.settings.settings import Settings
from tests.support.targets import age, read_once


@pytest.fixture
def deserted() -> Iterator[Target]:
    """A target at a reserved port without a listener."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        yield Target(Settings(database={"username": "u", "port": port}))


def test_without_a_database_every_collector_fails_for_that_reason(deserted: Target) -> None:
    assert read_target(deserted) == Spent()
    assert [dict(c.errors) for c in deserted.collectors] == [{"unreachable": 1}] * 7
    assert deserted.is_up(time.monotonic()) is False


def test_without_a_database_nothing_comes_before_what_is_costly(deserted: Target) -> None:
    calls: list[str] = []
    deserted.expensive.announce = lambda: calls.append("early")
    read_target(deserted)
    assert calls == []


def test_without_a_database_values_stay_until_they_are_too_old(deserted: Target) -> None:
    read_once(deserted)
    read_target(deserted)
    names = {family.name for family in deserted.families()}
    assert "matomo_archive_invalidations" in names
    age(deserted, deserted.schedule.max_age() + 1)
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
