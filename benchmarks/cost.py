"""What a reading costs the database, beside one COUNT(*) of the same table."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.database import USER, Loaded, loaded
from benchmarks.exporter import Exporter
from matomo_archive_exporter.demo.private_server import free_port
from matomo_archive_exporter.readings import queue, server
from matomo_archive_exporter.readings.connection import Connection, connect

_COUNT = "SELECT COUNT(*) FROM matomo_archive_invalidations"
_CPU = f"SELECT CPU_TIME FROM information_schema.USER_STATISTICS WHERE USER = '{USER}'"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one reading. Seconds; `cpu` is the server's own account, `busy` is seen from here."""

    cpu: float
    busy: float
    longest: float
    statements: int


def report(name: str, rounds: int) -> Iterator[str]:
    """Readings and COUNT(*) in turn, medians and ratios; grouped by hashes, then by the texts."""
    with loaded(name) as database:
        _count(database)
        yield _row(name, database, rounds, by_texts=False)
        if name == "M":
            yield _row("M, by the texts", database, rounds, by_texts=True)


def _row(title: str, database: Loaded, rounds: int, *, by_texts: bool) -> str:
    pairs = [(_count(database), _reading(database, by_texts=by_texts)) for _ in range(rounds)]
    counts = [count for count, _ in pairs]
    readings = [reading for _, reading in pairs]
    return (
        f"| {title} | {statistics.median(count.cpu for count in counts):.3f}"
        f" | {statistics.median(reading.cpu for reading in readings):.3f}"
        f" | {statistics.median(r.cpu / c.cpu for c, r in pairs):.1f}"
        f" | {statistics.median(r.busy / c.busy for c, r in pairs):.1f}"
        f" | {max(reading.longest for reading in readings):.2f}"
        f" | {readings[-1].statements} | {_resident(database):.1f} |"
    )


def _resident(database: Loaded) -> float:
    """MiB of an exporter that has read it once."""
    with Exporter(free_port(), *database.flags) as exporter:
        exporter.wait_for_data()
        return exporter.resident_mib()


def _count(database: Loaded) -> Cost:
    with _measured(database) as (connection, costs):
        connection.rows(_COUNT)
    return costs[0]


def _reading(database: Loaded, *, by_texts: bool) -> Cost:
    """The queue collector whole: counts, ages, sites, what came and went."""
    memory = queue.QueueMemory()
    memory.hashes.have_collided = by_texts
    with _measured(database) as (connection, costs):
        queue.read(connection, server.read(connection), memory, recovery_timeout=86400)
    return costs[0]


@contextmanager
def _measured(database: Loaded) -> Iterator[tuple[Connection, list[Cost]]]:
    """The cost is in the list once the connection is closed: only then the server has it all."""
    durations: list[float] = []
    costs: list[Cost] = []
    before = _cpu(database)
    with connect(database.settings) as connection:
        connection.busy = 0.0
        ask = connection.rows

        def timed(statement: str, parameters: object = ()) -> object:
            begun = connection.busy
            rows = ask(statement, parameters)  # type: ignore[arg-type]
            durations.append(connection.busy - begun)
            return rows

        connection.rows = timed  # type: ignore[method-assign, assignment]
        yield connection, costs
    costs.append(Cost(_cpu(database) - before, connection.busy, max(durations), len(durations)))


def _cpu(database: Loaded) -> float:
    return database.scalar(f"SELECT COALESCE(MAX(cpu_time), 0) FROM ({_CPU}) used")
