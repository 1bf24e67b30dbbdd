"""An exporter that runs for long needs no more than one that has just begun."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support.process import Exporter
from tests.support.running import EVERY_50_MS, PASSWORD_VARIABLE

SCRAPES, READINGS = 10_000, 200
WARM_UP = 1_000
MORE_MEMORY = 2 * 1024  # KiB
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a process holds, memory in KiB."""

    memory: int
    files: int
    threads: int


def needs(pid: int) -> Needs:
    """The least within a second: a reading that is under way has a connection of its own."""
    status, files = [], []
    for _ in range(50):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        status.append({name: value for name, _, value in (line.partition(":") for line in lines)})
        files.append(len(list(Path(f"/proc/{pid}/fd").iterdir())))
        time.sleep(0.02)
    return Needs(
        memory=min(int(one["VmRSS"].split()[0]) for one in status),
        files=min(files),
        threads=min(int(one["Threads"]) for one in status),
    )


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


@pytest.fixture
def busy(matomo: Database) -> Iterator[Exporter]:
    """An exporter that reads as often as it can."""
    with Exporter(*matomo.flags, *EVERY_50_MS, variables=PASSWORD_VARIABLE) as running:
        running.wait_for(lambda page: page.up)
        yield running


def test_scrapes_and_readings_leave_nothing_behind(busy: Exporter, matomo: Database) -> None:
    with closing(socket.create_connection(("127.0.0.1", busy.port))) as client:
        scrape(client, WARM_UP)
        before, begun = needs(busy.process.pid), readings(matomo)
        scrape(client, SCRAPES)
        while readings(matomo) < begun + READINGS:
            scrape(client, 10)
            time.sleep(0.05)
        after = needs(busy.process.pid)
    assert after.memory - before.memory <= MORE_MEMORY
    assert (after.files, after.threads) == (before.files, before.threads)
