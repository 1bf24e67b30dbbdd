"""The database goes away under a running exporter, and comes back."""

import time
from collections.abc import Callable, Iterator

import pytest

from matomo_archive_exporter.demo.private_server import PrivateServer
from tests.conftest import Database
from tests.support.process import Exporter, wait_until
from tests.support.running import PASSWORD_VARIABLE, locked, sessions
from tests.support.scrape import Page

INTERVAL, MAX_AGE = 1.0, 4.0
OPTIONS = (
    f"--collect.interval={INTERVAL}",
    f"--collect.max-age={MAX_AGE}",
    "--collect.duty-cycle=1",
    "--database.connect-timeout=1s",
    "--database.statement-timeout=1s",
)
LEEWAY = 3.0  # for a busy machine
LAST_SUCCESS = "matomo_archive_exporter_collector_last_success_timestamp_seconds"


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    """A server of its own, to be broken; what was written before a crash is there after it."""
    with PrivateServer(["--innodb-flush-log-at-trx-commit=1"]) as running:
        yield running


@pytest.fixture(scope="module")
def exporter(matomo: Database) -> Iterator[Exporter]:
    """An exporter that reads every second."""
    matomo.run("DELETE FROM matomo_archive_invalidations WHERE period = 9")
    with Exporter(*matomo.flags, *OPTIONS, variables=PASSWORD_VARIABLE) as running:
        yield running


@pytest.fixture
def well(exporter: Exporter) -> Exporter:
    """The exporter when every collector works."""
    exporter.wait_for(all_work)
    return exporter


def all_work(page: Page) -> bool:
    success = page.values("matomo_archive_exporter_collector_success")
    return page.up == 1 and success == [1] * 6


def none_works(page: Page) -> bool:
    success = page.values("matomo_archive_exporter_collector_success")
    return page.up == 0 and success == [0] * 6


def has_values(page: Page) -> bool:
    return bool(page.values("matomo_archive_invalidations"))


def seconds_of(ask: Callable[[], object]) -> float:
    begun = time.monotonic()
    ask()
    return time.monotonic() - begun


@pytest.mark.parametrize("breaks", [PrivateServer.stop, PrivateServer.kill])
def test_values_outlive_the_database_by_the_maximum_age_and_return_with_it(
    well: Exporter, server: PrivateServer, breaks: Callable[[PrivateServer], None]
) -> None:
    before = well.scrape().errors("queue").get("unreachable", 0)
    breaks(server)
    page = well.wait_for(none_works, seconds=INTERVAL + LEEWAY)
    assert has_values(page)
    last_success = page.value(LAST_SUCCESS, collector="queue")
    assert last_success is not None
    assert page.errors("queue")["unreachable"] > before

    page = well.wait_for(lambda page: not has_values(page), seconds=MAX_AGE + LEEWAY)
    assert last_success + MAX_AGE < time.time() < last_success + MAX_AGE + LEEWAY
    assert page.up == 0
    assert "matomo_info" not in page.names

    server.start()
    page = well.wait_for(lambda page: page.up == 1, seconds=INTERVAL + LEEWAY)
    assert has_values(page)


def test_a_scrape_costs_milliseconds_and_the_exporter_is_healthy_while_the_database_is_away(
    well: Exporter, server: PrivateServer
) -> None:
    server.stop()
    try:
        well.wait_for(none_works)
        assert well.get("/metrics").status == 200
        assert well.get("/-/ready").status == 200
        assert sorted(seconds_of(lambda: well.get("/metrics")) for _ in range(21))[10] < 0.05
        assert well.get("/-/healthy").status == 200
        assert "failing (" in well.get("/").text
    finally:
        server.start()


def test_a_server_that_freezes_is_given_up_and_found_again(
    well: Exporter, server: PrivateServer
) -> None:
    before = well.scrape().errors("queue")
    server.freeze()
    try:
        slowest = 0.0

        def gave_up() -> bool:
            nonlocal slowest
            slowest = max(slowest, seconds_of(lambda: well.get("/metrics")))
            return well.get("/-/healthy").status == 200 and none_works(well.scrape())

        wait_until(gave_up, "every collector fails", seconds=8)
        assert slowest < 1
        after = well.scrape().errors("queue")
        assert {reason for reason in after if after[reason] > before.get(reason, 0)} <= {
            "timeout",
            "unreachable",
        }
    finally:
        server.thaw()
    well.wait_for(all_work, seconds=3 * INTERVAL + LEEWAY)


def test_a_server_that_freezes_in_the_middle_of_a_statement(
    well: Exporter, matomo: Database, server: PrivateServer
) -> None:
    """The socket gives up two seconds after the server should have; nothing else is waited for."""
    before = well.scrape().errors("queue").get("timeout", 0)
    with locked(matomo, "matomo_archive_invalidations"):
        wait_until(lambda: any("lock" in state for state in sessions(matomo)), "a statement waits")
        server.freeze()
        try:
            page = well.wait_for(none_works, seconds=3 + 2 * LEEWAY)
            assert page.errors("queue")["timeout"] == before + 1
        finally:
            server.thaw()
    well.wait_for(all_work, seconds=3 * INTERVAL + LEEWAY)


def test_a_server_that_is_frozen_does_not_hold_up_the_stop(
    matomo: Database, server: PrivateServer
) -> None:
    with (
        locked(matomo, "matomo_archive_invalidations"),
        Exporter(*matomo.flags, variables=PASSWORD_VARIABLE) as running,
    ):
        wait_until(lambda: any("lock" in state for state in sessions(matomo)), "a statement waits")
        server.freeze()
        try:
            status, seconds = running.stop()
        finally:
            server.thaw()
    assert status == 0
    assert seconds < 1


def test_an_exporter_that_starts_first_finds_the_database_later(
    matomo: Database, server: PrivateServer
) -> None:
    server.stop()
    try:
        with Exporter(*matomo.flags, *OPTIONS, variables=PASSWORD_VARIABLE) as early:
            early.wait_for(lambda page: page.up == 0)
            assert early.get("/-/ready").status == 200
            server.start()
            early.wait_for(all_work, seconds=INTERVAL + LEEWAY)
    finally:
        server.start()
