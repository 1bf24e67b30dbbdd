"""The cost of collector `current_run` in each reading, with and without a run that is going on."""

import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.database import Loaded, loaded
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.settings.settings import Settings

_HEAD = """\
| set | core:archive | seconds | of which in the database |
|---|---|---|---|"""
_READ = ("queue", "runs", "forecast", "current_run")
_BEGIN = "REPLACE INTO matomo_option VALUES ('LastFullArchivingStartTime', %s, 0)"
_TAKE = """
UPDATE matomo_archive_invalidations SET status = 1, ts_started = FROM_UNIXTIME(%s)
WHERE status = 0 ORDER BY idsite LIMIT 3"""


def report(name: str) -> Iterator[str]:
    """Yield a reading without a run, the first of a run, and one between two simulations."""
    yield _HEAD
    with loaded(name) as database:
        target = Target(Settings(database=database.settings.model_dump()))
        _read(database, target, 0)
        yield _row(name, "none", _read(database, target, 60))
        _begin(database)
        yield _row(name, "has begun: simulated", _read(database, target, 120))
        cycle = target.current_run.duty_cycle
        if cycle is not None:
            cycle.database_share = cycle.wall_share = 1e-9
        _read(database, target, 180)
        yield _row(name, "goes on, not simulated", _read(database, target, 240))
        target.close()


def _begin(database: Loaded) -> None:
    with database.root.cursor() as cursor:
        now = int(time.time()) + 90
        cursor.execute(_BEGIN, (now,))
        cursor.execute(_TAKE, (now,))
    database.root.commit()


def _read(database: Loaded, target: Target, later: int) -> tuple[float, float]:
    """One reading so many seconds from now: what its collector took, and its database."""
    with connect(database.settings) as connection:
        facts = server.read(connection)
        facts = replace(facts, unix_now=facts.unix_now + later)
        spent = 0.0, 0.0
        for collector in target.on_database:
            if collector.name in _READ:
                busy, begun = connection.busy, time.monotonic()
                collector.run(connection, facts)
                spent = time.monotonic() - begun, connection.busy - busy
    return spent


def _row(name: str, what: str, spent: tuple[float, float]) -> str:
    return f"| {name} | {what} | {spent[0]:.4f} | {spent[1]:.4f} |"
