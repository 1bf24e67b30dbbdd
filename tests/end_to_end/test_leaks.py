"""An exporter that has run for long needs no more memory, files or threads than a new one."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import Database
from tests.support.invariants import all_work, exporter_of, sane_matomo_on
from tests.support.private_server import PrivateServer
from tests.support.process import wait_until
from tests.support.process_usage import ProcessUsage, usage_of
from tests.support.proxy import Harm, Proxy

SCRAPES, READINGS, FAILURES = 10_000, 1_000, 300
WARM_UP = 1_000
MORE_MEMORY = 2 * 1024  # KiB
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


def scrape(client: socket.socket, times: int) -> None:
    """Ask for the metrics again and again on one connection."""
    with client.makefile("rb") as answers:
        for _ in range(times):
            client.sendall(REQUEST)
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            length = 0
            while (line := answers.readline()) != b"\r\n":
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert len(answers.read(length)) == length > 0


def readings(database: Database) -> int:
    """Connections to the server so far, of which each reading makes one."""
    return int(str(database.run("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1]))


@pytest.fixture(scope="module")
def matomo(server: PrivateServer) -> Iterator[Database]:
    with sane_matomo_on(server) as database:
        yield database


def assert_flat(before: ProcessUsage, after: ProcessUsage) -> None:
    assert after.memory - before.memory <= MORE_MEMORY
    assert (after.files, after.threads) == (before.files, before.threads)


def test_scrapes_and_readings_leave_nothing_behind(matomo: Database) -> None:
    with exporter_of(matomo, "--collect.interval=1ms") as busy:
        busy.wait_for(all_work)
        with closing(socket.create_connection(("127.0.0.1", busy.port))) as client:
            scrape(client, WARM_UP)
            before, begun = usage_of(busy.process.pid), readings(matomo)
            scrape(client, SCRAPES)
            while readings(matomo) < begun + READINGS:
                scrape(client, 10)
                time.sleep(0.05)
            after = usage_of(busy.process.pid)
    assert_flat(before, after)


def test_readings_that_fail_leave_nothing_behind(matomo: Database) -> None:
    """Whether the line breaks in the greeting, in the login, or in one answer or another."""
    with Proxy(matomo.server.port) as line:
        options = (f"--database.port={line.port}", "--collect.interval=1ms")
        with exporter_of(matomo, *options) as unlucky:
            unlucky.wait_for(all_work)
            break_off(line)
            before = usage_of(unlucky.process.pid)
            break_off(line)
            unlucky.wait_for(all_work)
            after = usage_of(unlucky.process.pid)
    assert_flat(before, after)


def break_off(line: Proxy) -> None:
    """Cut so many connections, each somewhere else."""
    length = line.longest
    line.does(Harm("cut", number * length // FAILURES) for number in range(FAILURES))
    wait_until(lambda: line.is_through, "all were cut", seconds=180)
