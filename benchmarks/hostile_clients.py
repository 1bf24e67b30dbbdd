"""The delay of a good client by hostile ones, and how long those last, with TLS and users."""

import base64
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from statistics import median

from benchmarks.exporter import Exporter
from matomo_archive_exporter.demo.private_server import free_port
from matomo_archive_exporter.web.serving.limits import Limits
from tests.support.hostile import Victim, greedy, half_head, half_hello, held, silent
from tests.support.web_config import ALICE, PASSWORD, WebConfig, users

_SCRAPES = 200
_CROWD = {silent: 50, half_hello: 50, half_head: 50, greedy: 10}


def report() -> Iterator[str]:
    """Yield the memory of TLS connections, then the delay of a good client among hostile ones."""
    with tempfile.TemporaryDirectory() as folder:
        config = WebConfig.make(Path(folder), basic_auth_users=users())
        options = ("--database.username=none", f"--database.port={free_port()}", config.flag)
        with Exporter(free_port(), *options) as exporter:
            login = base64.b64encode(f"{ALICE}:{PASSWORD}".encode()).decode()
            victim = Victim(exporter.port, config.client(), f"Basic {login}")
            _wait_for(victim)
            yield _memory(exporter, victim)
            yield from _delays(exporter, victim)


def _wait_for(victim: Victim) -> None:
    for _ in range(500):
        with suppress(OSError):
            _scrape(victim)
            return
        time.sleep(0.02)
    raise TimeoutError("no server listens")


def _scrape(victim: Victim) -> float:
    """Milliseconds of a scrape on a connection of its own."""
    begun = time.perf_counter()
    with closing(victim.enter()) as client:
        client.sendall(victim.request().replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert client.recv(64).startswith(b"HTTP/1.1 200 ")
        while client.recv(1 << 16):
            pass
    return (time.perf_counter() - begun) * 1000


def _scrapes(exporter: Exporter, victim: Victim) -> str:
    before = exporter.cpu_seconds()
    times = [_scrape(victim) for _ in range(_SCRAPES)]
    cpu = (exporter.cpu_seconds() - before) / _SCRAPES * 1000
    return f"median {median(times):.1f} ms, worst {max(times):.1f} ms, {cpu:.1f} ms of CPU each"


def _delays(exporter: Exporter, victim: Victim) -> Iterator[str]:
    yield f"a scrape on a new connection with TLS, alone: {_scrapes(exporter, victim)}"
    crowd: list[socket.socket] = []
    for attack, number in _CROWD.items():
        crowd += [attack(victim) for _ in range(number)]
    begun = time.monotonic()
    names = ", ".join(f"{number} {attack.__name__}" for attack, number in _CROWD.items())
    yield f"the same among {names}: {_scrapes(exporter, victim)}"
    while held(exporter.pid, exporter.port):
        time.sleep(0.1)
    yield f"all were gone {time.monotonic() - begun:.1f} s after the last one had connected"
    for client in crowd:
        client.close()


def _memory(exporter: Exporter, victim: Victim) -> str:
    """The memory of the largest number of TLS connections."""
    before, number = exporter.resident_mib(), Limits().tls_connections
    crowd = [half_head(victim) for _ in range(number)]
    time.sleep(1)
    grown = exporter.resident_mib() - before
    for client in crowd:
        client.close()
    while held(exporter.pid, exporter.port):
        time.sleep(0.1)
    return (
        f"{number} connections with TLS, the most it accepts: {grown:.1f} MiB more,"
        f" {grown * 1024 / number:.0f} KiB each"
    )
