"""Clients that are silent, slow or do not read: each kind is borne with for a while, and meanwhile
nobody else waits.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import pytest

from tests.conftest import Database
from tests.support import hostile
from tests.support.hostile import Victim, client_hello
from tests.support.process import Exporter
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import Connection, basic
from tests.support.siege import Siege
from tests.support.web_config import ALICE, PASSWORD, WebConfig, users

DELAY = 0.050  # seconds by which somebody good may be delayed
REQUESTS, TRIES = 50, 3
GONE = 15.0  # seconds after which nobody hostile is left
USUAL_INTERVAL = 10.0  # between two scrapes
LOGIN = basic(ALICE, PASSWORD)


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds that requests took, on a connection each and on a kept one."""

    anew: list[float]
    kept: list[float]

    def within(self, before: "Delays") -> bool:
        """Whether none is much later than the same before."""
        return (
            max(self.anew) - max(before.anew) <= DELAY
            and max(self.kept) - max(before.kept) <= DELAY
        )


@dataclass(frozen=True, slots=True)
class Besieged:
    """What was seen of a server under siege; `still_kept` are the answers to a client that asks in
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
        anew=[seconds(lambda: running.get("/metrics").status) for _ in range(REQUESTS)],
        kept=[seconds(ask_kept) for _ in range(REQUESTS)],
    )


def status(kept: Connection) -> int:
    return kept.ask("/metrics", authorization=LOGIN).status


def crowd_of_the_specification(siege: Siege) -> None:
    siege.add("hungry", hostile.hungry, 8)
    siege.add("greedy", hostile.greedy, 1)
    siege.add("half head", hostile.half_head, 50)
    siege.add("silent", hostile.silent, 25)
    siege.add("half hello", hostile.half_hello, 25)
    siege.add("unread", hostile.unread, 1)


def one_of_every_kind(siege: Siege) -> None:
    hello = client_hello()
    siege.add("hungry", hostile.hungry, 1)
    siege.add("silent", hostile.silent, 1)
    if siege.victim.tls:
        siege.add("half hello", hostile.half_hello, 1)
        siege.add("dripping hello", hostile.silent, 1, drips=hello)
    siege.add("entered", hostile.entered, 1)
    siege.add("half head", hostile.half_head, 1)
    siege.add("dripping head", hostile.half_head, 1, drips=b"x")
    siege.add("dripping body", hostile.endless_body, 1, drips=b"x")
    siege.add("dripping lines", hostile.entered, 1, drips=b"\r\n")
    siege.add("idle", hostile.idle, 1)
    siege.add("unread", hostile.unread, 1)
    siege.add("greedy", hostile.greedy, 1)


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


def sieged(stack: ExitStack, exporter: Exporter) -> tuple[Exporter, Siege]:
    """The exporter, started, and a siege of it in which there is nobody yet."""
    running = stack.enter_context(exporter)
    running.wait_for(lambda page: page.up)
    victim = Victim(running.port, running.tls, running.login)
    return running, stack.enter_context(Siege(victim, running.process.pid))


@pytest.fixture(scope="module")
def besieged(matomo: Database, web: WebConfig) -> Iterator[dict[str, Besieged]]:
    """What was seen of three servers; all at once, for it takes its time."""
    with ExitStack() as stack:
        places = {
            "crowd": (*sieged(stack, secure(matomo, web)), crowd_of_the_specification),
            "tls": (*sieged(stack, secure(matomo, web)), one_of_every_kind),
            "plain": (*sieged(stack, plain(matomo)), one_of_every_kind),
        }
        before: dict[str, Delays] = {}
        during: dict[str, list[Delays]] = {}
        for name, (running, siege, gather) in places.items():
            with running.connect() as kept:
                before[name] = delays(running, kept)
                gather(siege)
                during[name] = [delays(running, kept)]
                while not during[name][-1].within(before[name]) and len(during[name]) < TRIES:
                    during[name].append(delays(running, kept))
        scrapers = {name: stack.enter_context(place[0].connect()) for name, place in places.items()}
        still = {name: [status(scraper)] for name, scraper in scrapers.items()}
        time.sleep(USUAL_INTERVAL)
        for name, scraper in scrapers.items():
            still[name].append(status(scraper))
        begun = time.monotonic()
        while not all(siege.is_gone for _, siege, _ in places.values()):
            if time.monotonic() - begun > GONE:
                break
            time.sleep(0.1)
        yield {
            name: Besieged(before[name], during[name], siege.borne, siege.unaware(), still[name])
            for name, (_, siege, _) in places.items()
        }


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_nobody_good_is_delayed(besieged: dict[str, Besieged], place: str) -> None:
    seen = besieged[place]
    first = seen.during[0]
    assert median(first.anew) - median(seen.before.anew) <= DELAY
    assert median(first.kept) - median(seen.before.kept) <= DELAY
    assert any(delays.within(seen.before) for delays in seen.during)


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_nobody_hostile_is_left_after_15_seconds(besieged: dict[str, Besieged], place: str) -> None:
    seen = besieged[place]
    assert {kind: borne for kind, borne in seen.borne.items() if borne > GONE} == {}
    assert seen.unaware == []


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_each_kind_is_borne_with_as_long_as_it_may_be_honest(
    besieged: dict[str, Besieged], place: str
) -> None:
    borne = besieged[place].borne
    assert len(borne) >= 5
    assert {
        kind: seconds
        for kind, seconds in borne.items()
        if not BORNE[kind][0] <= seconds <= BORNE[kind][1]
    } == {}


@pytest.mark.parametrize("place", ["crowd", "tls", "plain"])
def test_a_connection_is_kept_over_a_usual_scrape_interval(
    besieged: dict[str, Besieged], place: str
) -> None:
    assert besieged[place].still_kept == [200, 200]
