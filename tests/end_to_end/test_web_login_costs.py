"""The check of a password delays only its own client, never users who have logged in."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median

import pytest

from tests.conftest import Database
from tests.support.process import Exporter, wait_until
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import Connection, Response, basic, fetch
from tests.support.web_config import ALICE, PASSWORD, WebConfig, users

COST = 9
"""of a hash, of which a check takes 25 ms; those that wait in line take a second together"""


@pytest.fixture(scope="module")
def slow(matomo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter whose hashes take a while to check; Alice is logged in."""
    web = WebConfig.make(tmp_path_factory.mktemp("slow"))
    web.write(basic_auth_users=users(COST, carol="carol's"))
    arguments = (*matomo.flags, EVERY_HOUR, web.flag)
    login = basic(ALICE, PASSWORD)
    with Exporter(*arguments, variables=PASSWORD_VARIABLE, login=login) as running:
        running.wait_for(lambda page: page.up)
        yield running


def seconds(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return time.perf_counter() - begun


def log_in(running: Exporter, name: str, password: str) -> int:
    return running.get("/metrics", authorization=basic(name, password)).status


@contextmanager
def wrong_logins(running: Exporter, number: int) -> Iterator[list[Future[tuple[Response, float]]]]:
    """That many at once; the block begins while they are being checked, and ends after them."""

    def fail(password: str) -> tuple[Response, float]:
        begun = time.perf_counter()
        login = basic(ALICE, password)
        return fetch(f"{running.url}/metrics", authorization=login), time.perf_counter() - begun

    with ThreadPoolExecutor(number) as pool:
        logins = [pool.submit(fail, f"wrong {attempt}") for attempt in range(number)]
        wait_until(lambda: any(login.done() for login in logins), "the first is refused")
        yield logins


def times(logins: list[Future[tuple[Response, float]]]) -> tuple[list[float], list[float]]:
    """Of those that were checked, and of those that were turned away without."""
    responses = [login.result() for login in logins]
    assert {response.status for response, _ in responses} <= {401, 429, 503}
    checked = [took for response, took in responses if response.status == 401]
    return checked, [took for response, took in responses if response.status != 401]


ASKS: dict[str, Callable[[Exporter, Connection], Response]] = {
    "new connections": lambda slow, _: slow.get("/metrics"),
    "a kept connection": lambda slow, kept: kept.ask("/metrics", authorization=slow.login),
    "health, without a login": lambda slow, _: fetch(f"{slow.url}/-/healthy"),
}


@pytest.mark.parametrize("who", ASKS)
def test_a_known_user_does_not_wait_for_wrong_passwords_of_others(slow: Exporter, who: str) -> None:
    """The quickest check in the same moments tells how busy the machine is."""
    with slow.connect() as kept, wrong_logins(slow, 20) as logins:
        took = [seconds(lambda: ASKS[who](slow, kept)) for _ in range(25)]
        assert not all(login.done() for login in logins)
    checked, _ = times(logins)
    assert median(took) < min(checked) / 4


def test_more_logins_than_can_be_checked_are_turned_away_at_once(slow: Exporter) -> None:
    """Sooner than those who wait for their check, however busy the machine is."""
    with wrong_logins(slow, 120) as logins:
        pass
    checked, surplus = times(logins)
    assert 0 < len(checked) < 80
    assert median(surplus) < median(checked) / 2
    assert log_in(slow, "carol", "carol's") == 200
