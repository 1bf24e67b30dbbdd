"""An exporter that looks at recorded runs, by one of the ways in which a run can be seen."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from matomo_archive_exporter.collecting.schedule import DutyCycle
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support import midrun
from tests.support.midrun import MidRun

Way = Literal["process", "log", "followed"]
WAYS: tuple[Way, ...] = get_args(Way)
READ = ("queue", "runs", "forecast", "current_run")


class Watched:
    """An exporter that looks at a recorded run."""

    def __init__(
        self,
        database: Database,
        run: MidRun,
        folder: Path,
        way: Way,
        limit: int = 0,
        *,
        loaded: bool = False,
        number: int = 0,
        behind: int = 0,
    ) -> None:
        """`number` says whose log is seen, `behind` how many of its lines are not there yet."""
        self.database, self.run, self.folder, self.way = database, run, folder, way
        self.limit = limit or run.memory_limit
        self.number, self.behind = number, behind
        self.line = midrun.LINE
        if not loaded:
            midrun.put_tables(database, run.tables)
        self.target: Target | None = None

    def begin(self) -> None:
        """Start the exporter."""
        archiver: dict[str, object] = {
            "memory_limit": self.limit,
            "concurrent_requests": self.run.totals["concurrent_requests"],
        }
        if self.way == "process":
            archiver["proc_path"] = self.folder / "proc"
        if self.way == "log":
            archiver["log_file"] = self.folder / "archive.log"
        database = self.database.settings.model_dump() | {"adapter": self.run.totals["adapter"]}
        self.target = Target(Settings(database=database, archiver=archiver))
        for cycle in (c.duty_cycle for c in self.target.on_database if c.duty_cycle):
            cycle.database_share = cycle.wall_share = 1e6  # readings follow one another at once

    def follow(self) -> None:
        """Start it before the run begins."""
        self.begin()
        self.look(midrun.now_before(self.run))

    @property
    def cycle(self) -> DutyCycle:
        """The share of the time for the rest of the run."""
        assert self.target is not None
        cycle = self.target.current_run.duty_cycle
        assert cycle is not None
        return cycle

    def end(self) -> None:
        """Stop it."""
        if self.target is not None:
            self.target.close()
            self.target = None

    def look(self, now: float) -> CurrentRun:
        """One reading at that moment."""
        assert self.target is not None
        with connect(self.target.settings.database) as connection:
            facts = replace(
                server.read(connection), utc_now=midrun.utc_text(now), unix_now=int(now)
            )
            for local in self.target.local:
                local.run()
            for collector in self.target.on_database:
                if collector.name in READ:
                    collector.run(connection, facts)
        found = self.target.current_run.last_value
        assert found is not None
        return found

    def at(self, point: Mapping[str, Any]) -> CurrentRun:
        """At one of the moments recorded; all but who follows comes only then."""
        midrun.go_on(self.database, point)
        midrun.put_processes(self.folder / "proc", point, self.line)
        lines = self.run.logs[0][: point["archivers"][self.number]["lines"] - self.behind]
        (self.folder / "archive.log").write_text("\n".join([*lines, ""]), encoding="utf-8")
        if self.way != "followed":
            self.end()
            self.begin()
        return self.look(point["now"])

    def all(self) -> Iterator[tuple[Mapping[str, Any], CurrentRun]]:
        """Every moment."""
        if self.way == "followed":
            self.follow()
        for point in self.run.points:
            yield point, self.at(point)
        self.end()
