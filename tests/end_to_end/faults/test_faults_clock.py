"""The clock of the exporter's machine is moved: only timestamps follow."""

import re
import time
from collections.abc import Iterator

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import Database
from tests.support.invariants import (
    LEEWAY,
    MAX_AGE,
    OPTIONS,
    Watch,
    all_work,
    none_works,
    unharmed,
)
from tests.support.moved_clock import MovedClock
from tests.support.process import Exporter
from tests.support.proxy import Proxy
from tests.support.running import PASSWORD_VARIABLE
from tests.support.scrape import Page

QUEUE = "matomo_archive_invalidations"
LAST_SUCCESS = "matomo_archive_exporter_collector_last_success_timestamp_seconds"
HOUR, DAY = 3600.0, 86400.0
STEPS = [HOUR, -HOUR, DAY, -DAY]


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    return MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def line(matomo: Database) -> Iterator[Proxy]:
    with Proxy(matomo.server.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def exporter(matomo: Database, line: Proxy, clock: MovedClock) -> Iterator[Exporter]:
    options = (*matomo.flags, f"--database.port={line.port}", *OPTIONS)
    with Exporter(*options, variables={**PASSWORD_VARIABLE, **clock.variables}) as running:
        yield running


def last_success(page: Page) -> float:
    (found,) = page.values(LAST_SUCCESS, collector="queue")
    return found


def agrees(page: Page, clock: MovedClock) -> bool:
    return abs(last_success(page) - clock.now()) < 5


@pytest.fixture
def watch(exporter: Exporter, matomo: Database, clock: MovedClock) -> Iterator[Watch]:
    """Looks at times by the clock that the last good reading was made by."""
    with unharmed(exporter, matomo, clock=clock.present) as watch:
        yield watch


@pytest.mark.parametrize("seconds", STEPS)
def test_readings_go_on_and_bear_the_new_time(
    watch: Watch, clock: MovedClock, seconds: float
) -> None:
    clock.step(seconds)
    page = watch.wait_for(lambda page: agrees(page, clock), seconds=5)
    assert all_work(page)
    first = last_success(page)
    page = watch.wait_for(lambda page: last_success(page) > first + 1, seconds=5)
    assert all_work(page)
    assert page.values(QUEUE)
    ages = re.findall(r"(\d+) s ago", watch.exporter.get("/").text)
    assert len(ages) == len(page.values(LAST_SUCCESS))
    assert max(map(int, ages)) < 5


@pytest.mark.parametrize("seconds", [HOUR, -DAY])
def test_values_last_as_long_as_ever_while_the_database_is_away(
    watch: Watch, line: Proxy, clock: MovedClock, seconds: float
) -> None:
    """They neither vanish early when the clock goes forward, nor stay when it goes back."""
    line.to = free_port()
    try:
        begun = time.monotonic()
        page = watch.wait_for(none_works)
        clock.step(seconds)
        time.sleep(0.5)
        page = watch.look()
        assert page.values(QUEUE) or time.monotonic() > begun + MAX_AGE - 1
        watch.wait_for(lambda page: not page.values(QUEUE), seconds=MAX_AGE + LEEWAY)
        assert watch.exporter.get("/-/healthy").status == 200
    finally:
        line.to = watch.database.server.port
