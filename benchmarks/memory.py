"""Whether memory grows over 10,000 scrapes and 1,000 readings."""

import http.client
import re
import time
from collections.abc import Iterator

from benchmarks.database import loaded
from benchmarks.exporter import Exporter
from matomo_archive_exporter.demo.private_server import free_port

_SCRAPES, _READINGS = 10_000, 1_000


def report(name: str) -> Iterator[str]:
    """Resident memory before, between and after; readings follow each other without a pause."""
    with loaded(name) as database:
        options = (*database.flags, "--collect.interval=10ms", "--collect.duty-cycle=1")
        with Exporter(free_port(), *options) as exporter:
            exporter.wait_for_all()
            time.sleep(2)
            before = exporter.resident_mib()
            _scrape(exporter, _SCRAPES)
            between = exporter.resident_mib()
            _wait_for_readings(exporter)
            yield (
                f"resident on {name}: {before:.1f} MiB, after {_SCRAPES:,} scrapes {between:.1f},"
                f" after {_READINGS:,} readings {exporter.resident_mib():.1f}"
            )


def _scrape(exporter: Exporter, times: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", exporter.port)
    for _ in range(times):
        connection.request("GET", "/metrics")
        connection.getresponse().read()
    connection.close()


def _wait_for_readings(exporter: Exporter) -> None:
    """Each reading is seen by the time of its success."""
    seen: set[bytes] = set()
    pattern = re.compile(rb'last_success_timestamp_seconds{collector="queue"} (\S+)')
    while len(seen) < _READINGS:
        found = pattern.search(exporter.scrape())
        seen |= {found[1]} if found else set()
        time.sleep(0.01)
