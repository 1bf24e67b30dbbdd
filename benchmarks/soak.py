"""Half an hour at work: an archiver empties the queue, 50 scrapes and one reading a second."""

import http.client
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field

from benchmarks.database import Loaded, loaded
from benchmarks.exporter import Exporter
from matomo_archive_exporter.demo.private_server import free_port

_MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
_SCRAPES_A_SECOND = 50
_ROWS_A_SECOND = 50
_TAKEN = """
DELETE FROM matomo_archive_invalidations WHERE status = 0 ORDER BY idinvalidation LIMIT %s"""


@dataclass
class Scrapes:
    """Milliseconds of each scrape, the number that failed, and samples of resident memory."""

    taken: list[float] = field(default_factory=list)
    failed: int = 0
    memory: list[float] = field(default_factory=list)


def report(name: str) -> Iterator[str]:
    """Yield a summary of the whole time, after the first data."""
    with (
        loaded(name) as database,
        Exporter(free_port(), *database.flags, "--collect.interval=1s") as exporter,
    ):
        exporter.wait_for_data()
        over = threading.Event()
        archiver = threading.Thread(target=_work, args=(database, over))
        archiver.start()
        try:
            yield _summary(_scrape(exporter, time.monotonic() + _MINUTES * 60))
        finally:
            over.set()
            archiver.join()


def _work(database: Loaded, over: threading.Event) -> None:
    """Rows go as an archiver takes them."""
    with closing(database.server.connect(database.name)) as connection:
        connection.autocommit = True
        while not over.wait(1):
            with connection.cursor() as cursor:
                cursor.execute(_TAKEN, (_ROWS_A_SECOND,))


def _scrape(exporter: Exporter, until: float) -> Scrapes:
    scrapes = Scrapes()
    while time.monotonic() < until:
        due = time.monotonic() + 1 / _SCRAPES_A_SECOND
        begun = time.perf_counter()
        try:
            if b"\nmatomo_up 1" not in exporter.scrape():
                scrapes.failed += 1
        except (OSError, http.client.HTTPException):
            scrapes.failed += 1
        scrapes.taken.append((time.perf_counter() - begun) * 1000)
        if len(scrapes.taken) % 500 == 1:
            with suppress(OSError):
                scrapes.memory.append(exporter.resident_mib())
        time.sleep(max(0.0, due - time.monotonic()))
    return scrapes


def _summary(scrapes: Scrapes) -> str:
    cuts = statistics.quantiles(scrapes.taken, n=100)
    memory = scrapes.memory
    return (
        f"{_MINUTES:g} minutes: {len(scrapes.taken):,} scrapes, {scrapes.failed} without data;"
        f" p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, worst {max(scrapes.taken):.0f} ms;"
        f" resident {memory[0]:.1f} MiB at first, {max(memory):.1f} at most, {memory[-1]:.1f} at"
        " the end"
    )
