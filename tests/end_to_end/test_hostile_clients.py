"""Clients that are silent, slow or do not read: each kind has a time limit, and no other client
waits for it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import pytest

from tests.conftest import Database
from tests.support import hostile
from tests.support.flood import Flood
from tests.support.hostile import Victim, client_hello
from tests.support.process import Exporter
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import Connection, basic
from tests.support.web_config import ALICE, PASSWORD, WebConfig, users

DELAY = 0.050  # seconds by which somebody good may be delayed
REQUESTS, TRIES = 50, 3
GONE = 15.0  # seconds after which no hostile client is left
USUAL_INTERVAL = 10.0  # between two scrapes
LOGIN = basic(ALICE, PASSWORD)


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds that requests took, on a connection each and on a kept one."""

    fresh: list[float]
    kept: list[float]

    def within(self, before: "Delays") -> bool:
        """Whether none is much later than the same before."""
        return (
            max(self.fresh) - max(before.fresh) <= DELAY
            and max(self.kept) - max(before.kept) <= DELAY
        )


@dataclass(frozen=True, slots=True)
class Flooded:
    """Observations of a flooded server; `still_kept` are the answers to a client that asks in
    the usual interval.
    """

    before: Delays
    during: list[Delays]
    borne: dict[str, float]
    unaware: list[str]
    still_kept: list[int]


def delays(running: Exporter, kept: Connection) -> Delays:
    def seconds(ask: Callable[[], int]) -> float:
        begun = time.perf_counter()
        assert ask() == 200
        return time.perf_counter() - begun

    def ask_kept() -> int:
        return kept.ask("/metrics", authorization=running.login).status

    return Delays(
        fresh=[seconds(lambda: running.get("/metrics").status) for _ in range(REQUESTS)],
        kept=[seconds(ask_kept) for _ in range(REQUESTS)],
    )


def status(kept: Connection) -> int:
    return kept.ask("/metrics", authorization=LOGIN).status


def crowd_of_the_specification(flood: Flood) -> None:
    flood.add("hungry", hostile.hungry, 8)
    flood.add("greedy", hostile.greedy, 1)
    flood.add("half head", hostile.half_head, 50)
    flood.add("silent", hostile.silent, 25)
    flood.add("half hello", hostile.half_hello, 25)
    flood.add("unread", hostile.unread, 1)


def one_of_every_kind(flood: Flood) -> None:
    hello = client_hello()
    flood.add("hungry", hostile.hungry, 1)
    flood.add("silent", hostile.silent, 1)
    if flood.victim.tls:
        flood.add("half hello", hostile.half_hello, 1)
        flood.add("dripping hello", hostile.silent, 1, drips=hello)
    flood.add("entered", hostile.entered, 1)
    flood.add("half head", hostile.half_head, 1)
    flood.add("dripping head", hostile.half_head, 1, drips=b"x")
    flood.add("dripping body", hostile.endless_body, 1, drips=b"x")
    flood.add("dripping lines", hostile.entered, 1, drips=b"\r\n")
    flood.add("idle", hostile.idle, 1)
    flood.add("unread", hostile.unread, 1)
    flood.add("greedy", hostile.greedy, 1)


# Seconds, at least and at most, that each kind is borne with: what it is there for, and not more.
BORNE = {
    "silent": (4, 7),
    "half hello": (4, 7),
    "dripping hello": (4, 8),
    "entered": (4, 12.5),
    "half head": (7, 12.5),
    "dripping head": (7, 12.5),
    "dripping body": (0, 15),
    "dripping lines": (4, 12.5),
    "idle": (11, 15),
    "unread": (7, 15),
    "hungry": (7, 13),
    "greedy": (0, 13),
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> WebConfig:
    """A file with TLS and users."""
    return WebConfig.make(tmp_path_factory.mktemp("web"), basic_auth_users=users())


def secure(database: Database, web: WebConfig) -> Exporter:
    arguments = (*database.flags, EVERY_HOUR, web.flag)
    return Exporter(*arguments, variables=PASSWORD_VARIABLE, tls=web.client(), login=LOGIN)


def plain(database: Database) -> Exporter:
    return Exporter(*database.flags, EVERY_HOUR, variables=PASSWORD_VARIABLE)


def flood_of(stack: ExitStack, exporter: Exporter) -> tuple[Exporter, Flood]:
    """The started exporter, and an empty flood of it."""
    running = stack.enter_context(exporter)
    running.wait_for(lambda page: page.up)
    victim = Victim(running.port, running.tls, running.login)
    return running, stack.enter_context(Flood(victim, running.process.pid))


@pytest.fixture(scope="module")
def flooded(matomo: Database, web: WebConfig) -> Iterator[dict[str, Flooded]]:
    """Observations of three servers, all at once to save time."""
    with ExitStack() as stack:
        places = {
            "crowd": (*flood_of(stack, secure(matomo, web)), crowd_of_the_specification),
            "tls": (*flood_of(stack, secure(matomo, web)), one_of_every_kind),
            "plain": (*flood_of(stack, plain(matomo)), one_of_every_kind),
        }
        before: dict[str, Delays] = {}
        during: dict[str, list[Delays]] = {}
        for name, (running, flood, gather) in places.items():
            with running.connect() as kept:
                before[name] = delays(running, kept)
                gather(flood)
                during[name] = [delays(running, kept)]
                while not during[name][-1].within(before[name]) and len(during[name]) < TRIES:
                    during[name].append(delays(running, kept))
        scrapers = {name: stack.enter_context(place[0].connect()) for name, place in places.items()}
        still = {name: [status(scraper)] for name, scraper in scrapers.items()}
        time.sleep(USUAL_INTERVAL)
        for name, scraper in scrapers.items():
            still[name].append(status(scraper))
        begun = time.monotonic()
        while not all(flood.is_gone for _, flood, _ in places.values()):
            if time.monotonic() - begun > GONE:
                break
            time.sleep(0.1)
        yield {
            name: Flooded(before[name], during[name], flood.borne, flood.unaware(), still[name])
            for name, (_, flood, _) in places.items()
        }


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_no_well_behaved_client_is_delayed(flooded: dict[str, Flooded], place: str) -> None:
    seen = flooded[place]
    first = seen.during[0]
    assert median(first.fresh) - median(seen.before.fresh) <= DELAY
    assert median(first.kept) - median(seen.before.kept) <= DELAY
    assert any(delays.within(seen.before) for delays in seen.during)


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_no_hostile_client_is_left_after_15_seconds(
    flooded: dict[str, Flooded], place: str
) -> None:
    seen = flooded[place]
    assert {kind: borne for kind, borne in seen.borne.items() if borne > GONE} == {}
    assert seen.unaware == []


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_each_kind_is_borne_with_as_long_as_it_may_be_honest(
    flooded: dict[str, Flooded], place: str
) -> None:
    borne = flooded[place].borne
    assert len(borne) >= 5
    assert {
        kind: seconds
        for kind, seconds in borne.items()
        if not BORNE[kind][0] <= seconds <= BORNE[kind][1]
    } == {}


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_a_connection_is_kept_over_a_usual_scrape_interval(
    flooded: dict[str, Flooded], place: str
) -> None:
    assert flooded[place].still_kept == [200, 200]
