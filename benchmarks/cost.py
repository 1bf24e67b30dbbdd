"""The cost of a reading for the database, compared with one COUNT(*) of the same table."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.database import USER, Loaded, loaded
from benchmarks.exporter import Exporter
from benchmarks.self_join import OVERLAPS
from matomo_archive_exporter.demo.private_server import free_port
from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import Connection, connect
from matomo_archive_exporter.readings.overlaps import overlaps
from matomo_archive_exporter.readings.queue import queue
from matomo_archive_exporter.readings.simulation import instance

_COUNT = "SELECT COUNT(*) FROM matomo_archive_invalidations"
_CPU = f"SELECT CPU_TIME FROM information_schema.USER_STATISTICS WHERE USER = '{USER}'"
_ALONE = 600
"""seconds that the self-join may take"""

Read = Callable[[Connection], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one reading. Seconds; `cpu` is the server's own account, `busy` is seen from here."""

    cpu: float
    busy: float
    longest: float
    statements: int


def report(name: str, rounds: int) -> Iterator[str]:
    """Yield medians and ratios of readings and COUNT(*), and other statements that end in time.

    `counts` is the collector queue, `all` that and the collector overlaps.
    """
    with loaded(name) as database:
        _cost(database, _count)
        resident = _resident(database)
        yield _row(f"{name}, counts", database, rounds, _counts, resident)
        yield _row(f"{name}, all", database, rounds, _all, resident)
        if name == "M":
            yield _row("M, counts by the texts", database, rounds, _by_texts, resident)
        if name == "S":
            yield _row("S, overlaps", database, rounds, _overlaps, resident)
            yield _row("S, overlaps by a self-join", database, 1, _self_join, resident)


def _row(title: str, database: Loaded, rounds: int, read: Read, resident: float) -> str:
    pairs = [(_cost(database, _count), _cost(database, read)) for _ in range(rounds)]
    counts = [count for count, _ in pairs]
    readings = [reading for _, reading in pairs]
    return (
        f"| {title} | {statistics.median(count.cpu for count in counts):.3f}"
        f" | {statistics.median(reading.cpu for reading in readings):.3f}"
        f" | {statistics.median(r.cpu / c.cpu for c, r in pairs):.1f}"
        f" | {statistics.median(r.busy / c.busy for c, r in pairs):.1f}"
        f" | {max(reading.longest for reading in readings):.2f}"
        f" | {readings[-1].statements} | {resident:.1f} |"
    )


def _resident(database: Loaded) -> float:
    """MiB of an exporter that has read it once."""
    with Exporter(free_port(), *database.flags) as exporter:
        exporter.wait_for_all()
        return exporter.resident_mib()


def _count(connection: Connection) -> None:
    connection.rows(_COUNT)


def _counts(connection: Connection, *, by_texts: bool = False) -> None:
    """The collector queue whole: counts, ages, sites, what came and went."""
    memory = queue.QueueMemory()
    memory.hashes.have_collided = by_texts
    queue.read(connection, server.read(connection), memory, recovery_timeout=86400)


def _by_texts(connection: Connection) -> None:
    _counts(connection, by_texts=True)


def _overlaps(connection: Connection) -> None:
    """The collector overlaps whole: overlaps, duplicates and orphans."""
    behaviour = version.behaviour("5.2.0", "MYSQLI")
    overlaps.read(connection, server.read(connection), instance.read(connection), behaviour)


def _all(connection: Connection) -> None:
    _counts(connection)
    _overlaps(connection)


def _self_join(connection: Connection) -> None:
    connection.rows(OVERLAPS)


def _cost(database: Loaded, read: Read) -> Cost:
    with _measured(database) as (connection, costs):
        read(connection)
    return costs[0]


@contextmanager
def _measured(database: Loaded) -> Iterator[tuple[Connection, list[Cost]]]:
    """Put the cost in the list when the connection is closed: only then does the server know it."""
    durations: list[float] = []
    costs: list[Cost] = []
    before = _cpu(database)
    patient = database.settings.model_copy(update={"statement_timeout": _ALONE})
    with connect(patient) as connection:
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
