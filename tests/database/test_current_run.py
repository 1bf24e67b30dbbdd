"""The rest of runs that were looked at while they went on, as each way of seeing them tells it.

Recordings of Matomo 5.8.0 and 5.2.1: each way has to say at every moment from a quarter of the run
on where the run dies, and how much memory it takes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.simulation.current_run import CurrentRunReading
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support import midrun
from tests.support.midrun import DIES, SURVIVES, TWO, MidRun

WAYS = ("process", "log", "followed")


class Watched:
    """An exporter that looks at a recorded run."""

    def __init__(self, database: Database, run: MidRun, folder: Path, way: str, limit: int) -> None:
        self.database, self.run, self.folder, self.way = database, run, folder, way
        self.limit = limit
        midrun.put_tables(database, run)
        self.target: Target | None = None

    def begin(self) -> None:
        """Start the exporter."""
        archiver: dict[str, object] = {"memory_limit": self.limit}
        if self.way == "process":
            archiver["proc_path"] = self.folder / "proc"
        if self.way == "log":
            archiver["log_file"] = self.folder / "archive.log"
        database = self.database.settings.model_dump() | {"adapter": self.run.totals["adapter"]}
        self.target = Target(Settings(database=database, archiver=archiver))

    def end(self) -> None:
        """Stop it."""
        if self.target is not None:
            self.target.close()
            self.target = None

    def look(self, now: float) -> CurrentRunReading:
        """One reading at that moment."""
        assert self.target is not None
        with connect(self.target.settings.database) as connection:
            facts = replace(
                server.read(connection), utc_now=midrun.utc_text(now), unix_now=int(now)
            )
            for local in self.target.local:
                local.run()
            for collector in self.target.on_database:
                if collector.name in ("queue", "runs", "forecast", "current_run"):
                    collector.duty_cycle and setattr(collector.duty_cycle, "_due", 0.0)
                    collector.run(connection, facts)
        found = self.target.current_run.last_value
        assert found is not None
        return found

    def at(self, point: Mapping[str, Any]) -> CurrentRunReading:
        """At one of the moments recorded; all but who follows comes only then."""
        midrun.go_on(self.database, point)
        midrun.put_processes(self.folder / "proc", point)
        lines = [line for log, a in zip(self.run.logs[:1], point["archivers"]) for line in log[: a["lines"]]]
        (self.folder / "archive.log").write_text("\n".join(lines) + "\n")
        if self.way != "followed":
            self.end()
            self.begin()
        return self.look(point["now"])

    def all(self) -> Iterator[tuple[Mapping[str, Any], CurrentRunReading]]:
        """Every moment."""
        if self.way == "followed":
            self.begin()
            self.look(midrun.now_before(self.run))
        for point in self.run.points:
            yield point, self.at(point)
        self.end()


@pytest.mark.parametrize("way", WAYS)
def test_numbers(database: Database, tmp_path: Path, way: str) -> None:
    for name, limit in ((TWO, 0), ):
        run = midrun.load(name)
        for point, found in Watched(database, run, tmp_path, way, limit or run.memory_limit).all():
            rest, r = found.rest, found.run
            print(way, point["percent"], found.count, r and (r.is_followed, r.handled, r.started, r.per_hour), rest and rest.position and (rest.position.model/1e6, rest.position.chunks, point["archivers"][0]["usage"]/1e6))
            if rest: print("   ", rest.forecast.totals.archives, rest.forecast.totals.peak/1e6, rest.forecast.death and rest.forecast.death.archives, rest.forecast.death_site, rest.end, rest.sites.begun, len(rest.sites.left))
            print(found.score)
