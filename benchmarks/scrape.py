"""Scrapes: start to first data, latency, CPU, memory, stop; compared with the bare server."""

import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.constant import constant_server
from benchmarks.database import loaded
from benchmarks.exporter import Exporter
from matomo_archive_exporter.demo.private_server import free_port

# Brings the page to about 300 series, the most there are with default settings.
_MANY_SERIES = ("--collect.top-reports=67", "--collect.top-sites=84")
_STARTS = 7
_SECONDS = 5
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw; latencies in milliseconds."""

    p50: float
    p99: float
    requests: int


def report(name: str) -> Iterator[str]:
    """Everything about scrapes of one data set."""
    if shutil.which("wrk") is None:
        raise SystemExit("benchmarks: wrk is missing: apt-get install wrk")
    with loaded(name) as database:
        yield from _starts(database.flags)
        with Exporter(free_port(), *database.flags, *_MANY_SERIES) as exporter:
            exporter.wait_for_all()
            body = exporter.scrape()
            yield f"series on the page: {_series(body)}, {len(body):,} bytes"
            yield from _under_load(exporter, body)


def _starts(flags: tuple[str, ...]) -> Iterator[str]:
    first, whole, memory, stops = [], [], [], []
    for _ in range(_STARTS):
        exporter = Exporter(free_port(), *flags)
        first.append(exporter.wait_for_data())
        whole.append(exporter.wait_for_all())
        memory.append(exporter.resident_mib())
        stops.append(exporter.stop())
    yield (
        f"start to first data: median {statistics.median(first):.2f} s (best {min(first):.2f}),"
        f" to the forecast {statistics.median(whole):.2f} s;"
        f" resident {statistics.median(memory):.1f} MiB;"
        f" SIGTERM to exit {statistics.median(stops):.2f} s (worst {max(stops):.2f})"
    )


def _under_load(exporter: Exporter, body: bytes) -> Iterator[str]:
    with constant_server(body) as constant:
        for clients in (1, 20):
            before = exporter.cpu_seconds()
            ours = _load(exporter.url, clients)
            cpu = (exporter.cpu_seconds() - before) / ours.requests * 1000
            bare = _load(constant, clients)
            yield (
                f"{clients} clients: p50 {ours.p50:.2f} ms, p99 {ours.p99:.2f} ms,"
                f" {cpu:.3f} CPU s per 1,000 scrapes; constant bytes by the same server:"
                f" p50 {bare.p50:.2f} ms, p99 {bare.p99:.2f} ms;"
                f" ratio of p50 {ours.p50 / bare.p50:.2f}"
            )
    yield f"resident after load: {exporter.resident_mib():.1f} MiB"


def _load(url: str, clients: int) -> Load:
    command = ["wrk", "-t1", f"-c{clients}", f"-d{_SECONDS}s", "--latency", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    requests = re.search(r"(\d+) requests in", text)
    assert requests is not None, text
    return Load(_latency(text, "50%"), _latency(text, "99%"), int(requests[1]))


def _latency(text: str, percentile: str) -> float:
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", text)
    assert found is not None, text
    return float(found[1]) * _UNITS[found[2]]


def _series(body: bytes) -> int:
    return sum(1 for line in body.splitlines() if line and not line.startswith(b"#"))
