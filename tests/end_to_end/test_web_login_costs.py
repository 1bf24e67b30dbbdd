"""What the check of a password costs, and whom: never those who are known already."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median

import pytest

from tests.conftest import Database
from tests.support.process import Exporter, wait_until
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import Response, basic, fetch
from tests.support.web_config import ALICE, PASSWORD, SLOW, WebConfig, users

SOON = 0.050  # seconds within which somebody known is answered
AT_ONCE = 1.0  # and somebody whom there is no time for
TRIES = 3
NAMES = ("mallory", "oscar", "trudy", "eve")


@pytest.fixture(scope="module")
def slow(matomo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter that knows Alice and Bob, whose hashes take long to check; Alice is logged in."""
    web = WebConfig.make(tmp_path_factory.mktemp("slow"))
    web.write(basic_auth_users=users(SLOW, bob="bob's", carol="carol's"))
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


def test_a_login_that_was_right_is_remembered(slow: Exporter) -> None:
    first = seconds(lambda: log_in(slow, "bob", "bob's"))
    later = median(seconds(lambda: log_in(slow, "bob", "bob's")) for _ in range(9))
    assert later < SOON < first


def test_a_login_that_was_wrong_is_checked_again(slow: Exporter) -> None:
    """To remember it would save an attacker time."""
    assert min(seconds(lambda: log_in(slow, "bob", "wrong")) for _ in range(3)) > SOON


def test_an_unknown_name_costs_the_time_of_a_wrong_password(slow: Exporter) -> None:
    def costs() -> tuple[float, float]:
        """Each in turn, so that a busy machine is as busy for both."""
        pairs = [
            (
                seconds(lambda: log_in(slow, ALICE, "wrong")),
                seconds(lambda name=f"{NAMES[turn % 4]}{turn}": log_in(slow, name, "wrong")),  # type: ignore[misc]
            )
            for turn in range(9)
        ]
        known, unknown = zip(*pairs, strict=True)
        return median(known), median(unknown)

    def is_alike() -> bool:
        known, unknown = costs()
        return abs(known - unknown) <= 0.3 * known

    assert any(is_alike() for _ in range(TRIES))


@pytest.mark.parametrize("is_kept", [False, True], ids=["new connections", "a kept connection"])
def test_who_is_known_does_not_wait_for_wrong_passwords_of_others(
    slow: Exporter, is_kept: bool
) -> None:
    def worst() -> float:
        with slow.connect() as kept, wrong_logins(slow, 20) as logins:
            ask = (
                (lambda: kept.ask("/metrics", authorization=slow.login))
                if is_kept
                else (lambda: slow.get("/metrics"))
            )
            took = [seconds(ask) for _ in range(25)]
            assert not all(login.done() for login in logins)
        assert {login.result()[0].status for login in logins} <= {401, 429, 503}
        return max(took)

    found: list[float] = []
    while len(found) < TRIES and (not found or found[-1] >= SOON):
        found.append(worst())
    assert min(found) < SOON


def test_health_does_not_wait_for_them_either(slow: Exporter) -> None:
    with wrong_logins(slow, 20) as logins:
        took = [seconds(lambda: fetch(f"{slow.url}/-/healthy")) for _ in range(25)]
        assert not all(login.done() for login in logins)
    assert median(took) < SOON


def test_more_logins_than_can_be_checked_are_turned_away_at_once(slow: Exporter) -> None:
    with wrong_logins(slow, 120) as logins:
        pass
    responses = [login.result() for login in logins]
    codes = Counter(response.status for response, _ in responses)
    surplus = [took for response, took in responses if response.status in (429, 503)]
    assert codes[401] + len(surplus) == 120
    assert 0 < codes[401] < 80
    assert median(surplus) < AT_ONCE
    assert log_in(slow, "carol", "carol's") == 200
