"""The database goes away under a running exporter, and comes back."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Database
from tests.support.invariants import (
    INTERVAL,
    LEEWAY,
    MAX_AGE,
    Watch,
    all_work,
    exporter_of,
    none_works,
)
from tests.support.private_server import PrivateServer
from tests.support.process import SOON, Exporter, wait_until
from tests.support.running import (
    PASSWORD_VARIABLE,
    locked,
    locked_between_readings,
    sessions,
)
from tests.support.scrape import Page

LAST_SUCCESS = "matomo_archive_exporter_collector_last_success_timestamp_seconds"


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    """A server of its own, to be broken; what was written before a crash is there after it."""
    with PrivateServer(["--innodb-flush-log-at-trx-commit=1"]) as running:
        yield running


def has_values(page: Page) -> bool:
    return bool(page.values("matomo_archive_invalidations"))


def seconds_of(ask: Callable[[], object]) -> float:
    begun = time.monotonic()
    ask()
    return time.monotonic() - begun


def waits_for_a_lock(database: Database) -> bool:
    return any("lock" in state for state in sessions(database))


@pytest.mark.parametrize("breaks", [PrivateServer.stop, PrivateServer.kill])
def test_values_outlive_the_database_by_the_maximum_age_and_return_with_it(
    watch: Watch, server: PrivateServer, breaks: Callable[[PrivateServer], None]
) -> None:
    breaks(server)
    try:
        page = watch.wait_for(none_works, seconds=INTERVAL + LEEWAY)
        assert has_values(page)
        last_success = page.value(LAST_SUCCESS, collector="queue")
        assert last_success is not None

        page = watch.wait_for(lambda page: not has_values(page), seconds=MAX_AGE + LEEWAY)
        assert last_success + MAX_AGE < time.time() < last_success + MAX_AGE + LEEWAY
        assert page.up == 0
        assert "unreachable" in watch.reasons(page)  # besides the reason of the broken reading
        assert "matomo_info" not in page.names
    finally:
        server.start()
    page = watch.wait_for(lambda page: page.up == 1, seconds=INTERVAL + LEEWAY)
    assert has_values(page)


def test_a_scrape_costs_milliseconds_and_the_exporter_is_healthy_while_the_database_is_away(
    watch: Watch, server: PrivateServer
) -> None:
    exporter = watch.exporter
    server.stop()
    try:
        watch.wait_for(none_works)
        assert exporter.get("/metrics").status == 200
        assert exporter.get("/-/ready").status == 200
        assert sorted(seconds_of(lambda: exporter.get("/metrics")) for _ in range(21))[10] < 0.05
        assert exporter.get("/-/healthy").status == 200
        assert "fails (" in exporter.get("/").text
    finally:
        server.start()


def test_a_server_that_freezes_is_given_up_and_found_again(
    watch: Watch, server: PrivateServer
) -> None:
    server.freeze()
    try:
        slowest = 0.0

        def gave_up(page: Page) -> bool:
            nonlocal slowest
            slowest = max(slowest, seconds_of(lambda: watch.exporter.get("/metrics")))
            return watch.exporter.get("/-/healthy").status == 200 and none_works(page)

        page = watch.wait_for(gave_up, seconds=8)
        assert slowest < 1
        assert watch.reasons(page) <= {"timeout", "unreachable"}
    finally:
        server.thaw()


def test_a_server_that_freezes_in_the_middle_of_a_statement(
    watch: Watch, matomo: Database, server: PrivateServer
) -> None:
    """The socket gives up two seconds after the server should have; nothing else is waited for."""
    with locked_between_readings(matomo, "matomo_archive_invalidations"):
        wait_until(lambda: waits_for_a_lock(matomo), "a statement waits")
        server.freeze()
        try:
            page = watch.wait_for(watch.reasons, seconds=3 + 2 * LEEWAY)
            assert watch.reasons(page) == {"timeout"}
            assert page.up == 0
        finally:
            server.thaw()


def test_a_server_that_dies_in_the_middle_of_a_statement(
    watch: Watch, matomo: Database, server: PrivateServer
) -> None:
    with locked_between_readings(matomo, "matomo_archive_invalidations"):
        wait_until(lambda: waits_for_a_lock(matomo), "a statement waits")
        server.kill()
    page = watch.wait_for(lambda page: watch.reasons(page, "runs"))
    assert "lost_connection" in watch.reasons(page)
    assert watch.reasons(page, "runs") == {"unreachable"}
    assert page.up == 0
    server.start()


def test_a_server_that_is_frozen_does_not_hold_up_the_stop(
    matomo: Database, server: PrivateServer
) -> None:
    with (
        locked(matomo, "matomo_archive_invalidations"),
        Exporter(*matomo.flags, variables=PASSWORD_VARIABLE) as running,
    ):
        wait_until(lambda: waits_for_a_lock(matomo), "a statement waits")
        server.freeze()
        try:
            status, seconds = running.stop()
        finally:
            server.thaw()
    assert status == 0
    assert seconds < SOON


def test_an_exporter_that_starts_first_finds_the_database_later(
    matomo: Database, server: PrivateServer
) -> None:
    server.stop()
    try:
        with exporter_of(matomo) as early:
            early.wait_for(lambda page: page.up == 0)
            assert early.get("/-/ready").status == 200
            server.start()
            early.wait_for(all_work, seconds=INTERVAL + LEEWAY)
    finally:
        server.start()
