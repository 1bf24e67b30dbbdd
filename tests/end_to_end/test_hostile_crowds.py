"""More clients than connections: new ones always get in, and the stop is not delayed."""

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support import hostile
from tests.support.hostile import Attack, Victim, held, is_ended, many_files, reset
from tests.support.process import SOON, Exporter
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import basic, fetch
from tests.support.web_config import ALICE, PASSWORD, SLOW, WebConfig, users

CROWD = 1000
FILES = 1024  # the usual limit of open files of a process
MOST = 512
AT_ONCE = 5.0
"""seconds that health checks give an answer, those of the image and of the chart, too"""
SCRAPES, MOST_FLOODING = 150, 50_000
GONE = 15.0


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> WebConfig:
    """A file with TLS and users whose passwords take long to check."""
    return WebConfig.make(tmp_path_factory.mktemp("web"), basic_auth_users=users(SLOW))


@pytest.fixture(params=["plain", "tls"])
def running(matomo: Database, web: WebConfig, request: pytest.FixtureRequest) -> Iterator[Exporter]:
    """An exporter that may have as many files open as is usual, with TLS and users or without."""
    arguments = [*matomo.flags, EVERY_HOUR]
    context, login = None, ""
    if request.param == "tls":
        arguments.append(web.flag)
        context, login = web.client(), basic(ALICE, PASSWORD)
    with Exporter(
        *arguments, variables=PASSWORD_VARIABLE, tls=context, login=login, files=FILES
    ) as exporter:
        exporter.wait_for(lambda page: page.up)
        yield exporter


def open_files(running: Exporter) -> int:
    return len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))


@contextmanager
def crowd(running: Exporter, attack: Attack, number: int) -> Iterator[list[socket.socket]]:
    """That many, one after the other; after every few somebody new asks how the server is."""
    victim = Victim(running.port, running.tls, running.login)
    with many_files(4 * CROWD), ExitStack() as stack:
        clients = []
        for turn in range(number):
            clients.append(stack.enter_context(closing(attack(victim))))
            if turn % 25 == 0:
                assert is_healthy_at_once(running)
                assert open_files(running) < FILES
        yield clients


def is_healthy_at_once(running: Exporter) -> bool:
    begun = time.monotonic()
    assert fetch(f"{running.url}/-/healthy", tls=running.tls).status == 200
    return time.monotonic() - begun < AT_ONCE


@pytest.mark.parametrize(
    "attack",
    [hostile.silent, hostile.half_head, hostile.idle],
    ids=["silent", "half heads", "were answered once"],
)
def test_a_new_client_always_gets_in(running: Exporter, attack: Attack) -> None:
    with crowd(running, attack, CROWD) as clients:
        assert len(held(running.process.pid, running.port)) <= MOST + 1
        for _ in range(20):
            assert is_healthy_at_once(running)
            assert running.get("/metrics").status == 200
        assert is_ended(clients[0], AT_ONCE)
    assert "oo many open files" not in running.output
    assert "Traceback" not in running.output


@contextmanager
def flooded(victim: Victim) -> Iterator[None]:
    """Connections that say nothing, as fast as they come, while the block lasts."""
    is_over, latest = threading.Event(), deque[socket.socket]()

    def flood() -> None:
        for _ in range(MOST_FLOODING):
            if is_over.is_set():
                return
            latest.append(victim.knock())
            if len(latest) > CROWD:
                reset(latest.popleft())

    thread = threading.Thread(target=flood)
    with many_files(4 * CROWD):
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            for client in latest:
                client.close()


def test_a_flood_of_those_who_say_nothing_fails_no_scrape(running: Exporter) -> None:
    """They come faster than a handshake takes."""
    with flooded(Victim(running.port)):
        for _ in range(SCRAPES):
            assert running.get("/metrics").status == 200


def step_by_step(victim: Victim) -> socket.socket:
    """Takes nearly all the time that each step has, and asks for nothing."""
    client = victim.knock()
    with suppress(ConnectionError):  # the time is up already
        time.sleep(4.5)
        client.sendall(b"\r\n")
        time.sleep(7)
        client.sendall(b"G")
    return client


def test_steps_do_not_add_up(exporter: Exporter) -> None:
    begun = time.monotonic()
    with closing(step_by_step(Victim(exporter.port))) as client:
        assert is_ended(client, GONE - (time.monotonic() - begun))


def test_a_useful_client_keeps_its_connection_in_a_crowd(running: Exporter) -> None:
    """A scraper that comes every few seconds keeps its connection."""
    victim = Victim(running.port, running.tls)
    with many_files(4 * CROWD), ExitStack() as stack, running.connect() as kept:
        for turn in range(CROWD):
            stack.enter_context(closing(hostile.silent(victim)))
            if turn % 50 == 0:
                assert kept.ask("/metrics", authorization=running.login).status == 200


def wrong_login(victim: Victim) -> socket.socket:
    """Has a password checked, which takes a while."""
    return hostile.hungry(Victim(victim.port, victim.tls, basic(ALICE, "wrong")))


def test_a_signal_ends_it_soon_with_every_kind_of_client_connected(running: Exporter) -> None:
    victim = Victim(running.port, running.tls, running.login)
    attacks = (*[hostile.half_head, hostile.silent, hostile.half_hello] * 20,
               *[hostile.hungry, hostile.unread, hostile.idle, hostile.endless_body] * 5,
               *[wrong_login] * 10)  # fmt: skip
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(attack(victim))) for attack in attacks]
        status, took = running.stop()
        assert status == 0
        assert took < SOON
        assert all(map(is_ended, clients))
        assert running.output.splitlines()[-1].endswith("msg=stopped")
        assert "Traceback" not in running.output
