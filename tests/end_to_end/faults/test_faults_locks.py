"""Another session locks Matomo's tables for longer than a statement may take."""

import time
from collections.abc import Iterator

import pytest

from matomo_archive_exporter.demo.private_server import PrivateServer
from tests.conftest import Database
from tests.support.invariants import sane_matomo_on
from tests.support.process import Exporter, wait_until
from tests.support.running import PASSWORD_VARIABLE, locked_between_readings

QUEUE = "matomo_archive_invalidations"
LIMIT = 2
"""seconds that a statement may take; of the usual share of the time it would be 80 seconds"""


@pytest.fixture
def matomo(server: PrivateServer) -> Iterator[Database]:
    with sane_matomo_on(server) as database:
        yield database


@pytest.fixture
def exporter(matomo: Database) -> Iterator[Exporter]:
    flags = ("--collect.interval=1s", f"--database.statement-timeout={LIMIT}s")
    with Exporter(*matomo.flags, *flags, variables=PASSWORD_VARIABLE) as running:
        running.wait_for(lambda page: page.up)
        yield running


def test_a_lock_that_outlasts_the_limit_is_over_for_us_when_it_is_over(
    exporter: Exporter, matomo: Database
) -> None:
    with locked_between_readings(matomo, QUEUE):
        exporter.wait_for(lambda page: page.up == 0)
        time.sleep(LIMIT)
    seconds = wait_until(lambda: exporter.scrape().up == 1, "the queue is read again")
    assert seconds < 3 * LIMIT
    interval = exporter.scrape().value("matomo_archive_exporter_interval_seconds")
    assert interval is not None
    assert interval < 10
