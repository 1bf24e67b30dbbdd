"""The first page: the queue at once, and no invented value for later collectors."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import Database
from tests.support.expected_figures import expected_figures_of, shown
from tests.support.invariants import all_work, failing, sane_matomo_on
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE, locked
from tests.support.scrape import Page

CHEAP = {"queue", "runs", "archives", "durations"}
COSTLY = {"overlaps", "forecast", "current_run"}
COLLECTOR = "matomo_archive_exporter_collector_"
OF_THE_COSTLY = (
    "matomo_archive_predicted_archives",
    "matomo_archive_memory_predicted_peak_bytes",
    "matomo_archive_memory_limit_bytes",
    "matomo_archive_overlapping_invalidations",
)
UNDER_WAY = "The first reading is running."


@pytest.fixture
def matomo(server: PrivateServer) -> Iterator[Database]:
    with sane_matomo_on(server) as database:
        yield database


def reported(page: Page) -> set[str]:
    """The collectors on the exporter's page."""
    return {
        sample.labels["collector"]
        for family in page.families
        for sample in family.samples
        if sample.name.startswith(COLLECTOR)
    }


def test_the_queue_is_shown_while_what_is_costly_waits(matomo: Database) -> None:
    """That alone reads the table of sites."""
    with ExitStack() as lock:
        lock.enter_context(locked(matomo, "matomo_site"))
        with Exporter(*matomo.flags, EVERY_HOUR, variables=PASSWORD_VARIABLE) as early:
            page = early.wait_for(lambda page: page.up is not None, when_ready=False)
            assert page.up == 1
            assert {
                each: shown(page, each) for each in expected_figures_of(matomo)
            } == expected_figures_of(matomo)
            assert reported(page) == CHEAP
            assert page.names.isdisjoint(OF_THE_COSTLY)
            assert [early.get(path).status for path in ("/-/healthy", "/-/ready")] == [200, 503]
            assert UNDER_WAY in early.get("/").text

            lock.close()
            page = early.wait_for(lambda page: page.up)
            assert all_work(page)
            assert reported(page) == CHEAP | COSTLY
            assert page.names.issuperset(OF_THE_COSTLY)
            assert UNDER_WAY not in early.get("/").text


def test_an_expensive_collector_that_fails_is_shown_at_the_end_of_the_first_reading(
    matomo: Database,
) -> None:
    limit = "--database.statement-timeout=1s"
    with (
        locked(matomo, "matomo_site"),
        Exporter(*matomo.flags, EVERY_HOUR, limit, variables=PASSWORD_VARIABLE) as unlucky,
    ):
        assert not failing(unlucky.wait_for(lambda page: page.up, when_ready=False))
        page = unlucky.wait_for(lambda page: page.up)
        assert failing(page) == COSTLY - {"current_run"}  # none is going on
        assert unlucky.is_ready
