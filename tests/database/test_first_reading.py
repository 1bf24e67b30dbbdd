"""Every reading shows the queue before the expensive collectors, and no value expires meanwhile."""

import threading
import time
from collections.abc import Callable

import pytest

from matomo_archive_exporter.collecting.collector import DatabaseCollector
from matomo_archive_exporter.collecting.refresh import ReadingLoop, read_target
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from tests.conftest import Database
from tests.support import everything
from tests.support.figures import Samples, read, shown, target_of

CHEAP = ["queue", "runs", "archives", "durations"]
COSTLY = ["overlaps", "forecast", "current_run"]
OFTEN = {"interval": 0.05, "duty_cycle": 1}
QUEUE = "matomo_archive_invalidations"
ENOUGH = 5  # pages that make at least two readings


@pytest.fixture
def target(database: Database) -> Target:
    """A target with everything in it, read as often as it can be."""
    everything.load(database.connection)
    return target_of(database.settings, collect=OFTEN)


def have_been_read(target: Target) -> list[str]:
    return [state.name for state in target.states(time.monotonic())]


def calls_of_a_reading(target: Target) -> list[list[str]]:
    """The collectors read so far, at each call."""
    calls: list[list[str]] = []
    target.expensive.announce = lambda: calls.append(have_been_read(target))
    read_target(target)
    return calls


def pages_of(target: Target, publish: Callable[[list[str]], None]) -> ReadingLoop:
    """A loop that was stopped after some pages, each told to `publish`."""
    enough = threading.Semaphore(0)

    def publish_names() -> None:
        enough.release()
        publish(have_been_read(target))

    loop = ReadingLoop(target, publish_names)
    loop.start()
    try:
        assert all(enough.acquire(timeout=20) for _ in range(ENOUGH))
    finally:
        loop.stop(20)
    return loop


def breaks(
    database: Database, collector: DatabaseCollector[object], patch: pytest.MonkeyPatch
) -> None:
    """The collector's connection is killed under it."""
    read = collector.read

    def read_over_killed_connection(connection: Connection, server: Server) -> object:
        database.run(f"KILL CONNECTION {connection.session.id}")
        return read(connection, server)

    patch.setattr(collector, "read", read_over_killed_connection)


def test_each_that_is_costly_is_announced_when_all_before_it_was_read(target: Target) -> None:
    assert calls_of_a_reading(target) == [CHEAP, [*CHEAP, "overlaps"]]
    assert have_been_read(target) == CHEAP + COSTLY


def test_unchanged_results_are_published_once(
    target: Target,
) -> None:
    read_target(target)
    assert calls_of_a_reading(target) == [CHEAP + COSTLY]


@pytest.mark.parametrize("broken", ["queue", "runs"])
def test_nothing_is_announced_where_what_it_follows_from_could_not_be_read(
    target: Target, database: Database, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (collector,) = (one for one in target.on_database if one.name == broken)
    breaks(database, collector, monkeypatch)
    assert calls_of_a_reading(target) == []
    assert have_been_read(target) == CHEAP + COSTLY


@pytest.mark.parametrize("broken", ["archives", "durations"])
def test_a_connection_that_breaks_on_the_way_changes_nothing_about_that(
    target: Target, database: Database, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (collector,) = (one for one in target.on_database if one.name == broken)
    breaks(database, collector, monkeypatch)
    assert calls_of_a_reading(target) == [CHEAP, [*CHEAP, "overlaps"]]
    assert collector.errors == {"lost_connection": 1}
    assert have_been_read(target) == CHEAP + COSTLY


def test_where_nothing_is_costly_nothing_is_announced(target: Target) -> None:
    target.on_database = tuple(one for one in target.on_database if not one.duty_cycle)
    assert calls_of_a_reading(target) == []
    assert have_been_read(target) == CHEAP


def test_a_later_reading_shows_the_queue_before_what_is_costly_too(
    target: Target, database: Database
) -> None:
    read_target(target)
    before = shown(target)[QUEUE]
    database.run(f"DELETE FROM {QUEUE} ORDER BY idinvalidation LIMIT 1")
    target.expensive.overlaps.duty_cycle._due = 0  # type: ignore[union-attr]
    seen: list[Samples] = []
    target.expensive.announce = lambda: seen.append(shown(target)[QUEUE])
    read_target(target)
    assert sum(seen[0].values()) == sum(before.values()) - 1


def test_values_of_a_long_reading_do_not_expire_before_it_ends(database: Database) -> None:
    everything.load(database.connection)
    target = target_of(database.settings, collect={**OFTEN, "max_age": 0.3})
    ups: list[float | None] = []

    def take_long() -> None:
        time.sleep(0.5)
        ups.append(shown(target).one("matomo_up"))

    target.expensive.announce = take_long
    assert read(target).one("matomo_up") == 1
    assert ups == [1, 1]
    time.sleep(0.4)
    assert shown(target).one("matomo_up") == 0


def test_it_has_not_read_before_the_end_of_the_first_reading(target: Target) -> None:
    had_read: list[bool] = []
    loops: list[ReadingLoop] = []
    done = threading.Event()

    def look() -> None:
        had_read.append(loops[0].has_read)
        if len(had_read) > 3:
            done.set()

    loops.append(ReadingLoop(target, look))
    loops[0].start()
    assert done.wait(20)
    loops[0].stop(20)
    assert had_read[:4] == [False, False, False, True]


def test_a_first_page_that_cannot_be_made_does_not_end_the_reading(
    target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    pages: list[list[str]] = []

    def fail_once(page: list[str]) -> None:
        pages.append(page)
        if len(pages) == 1:
            raise ValueError("no page")

    loop = pages_of(target, fail_once)
    assert pages[:3] == [CHEAP, [*CHEAP, "overlaps"], CHEAP + COSTLY]
    assert [record.message for record in caplog.records].count("cannot render the page") == 1
    assert all(not collector.errors for collector in target.collectors[1:])
    assert loop.has_read
