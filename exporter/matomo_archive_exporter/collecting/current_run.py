"""The collector `current_run`: the run that is going on, and the score of the last forecast.

While none is going on it asks the database nothing. A run is looked at in every reading, and its
rest simulated as often as its share of the time allows.
"""

from dataclasses import dataclass, replace

from matomo_archive_exporter.collecting.archiver import ArchiverCollectors
from matomo_archive_exporter.collecting.collector import DatabaseCollector
from matomo_archive_exporter.collecting.schedule import DutyCycle
from matomo_archive_exporter.matomo.runs import process_memory
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun, RestOfRun
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun, Following
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange
from matomo_archive_exporter.matomo.runs.score import score
from matomo_archive_exporter.matomo.runs.shared_list import sites_of
from matomo_archive_exporter.matomo.runs.signs import ArchiverProcess, Signs
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.metrics import current_run as current_run_metrics
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.queue.queue import QueueReading
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import current_run
from matomo_archive_exporter.readings.simulation.archiver_config import archiver_config
from matomo_archive_exporter.readings.simulation.current_run import RunBasis
from matomo_archive_exporter.readings.simulation.forecast import ForecastMemory, ForecastReading
from matomo_archive_exporter.settings.settings import Settings

_ALONE = 0.9
"""part of the shared list that a run takes at least, of which the log names all sites"""


@dataclass(frozen=True, slots=True)
class Sources:
    """The collectors whose last readings show a run."""

    queue: DatabaseCollector[QueueReading]
    runs: DatabaseCollector[RunsReading]
    forecast: DatabaseCollector[ForecastReading]
    archiver: ArchiverCollectors

    def signs(self, server: Server) -> Signs:
        """As of this reading. Raises ReadingError where queue or options could not be read."""
        queue = self.queue.required("the queue")
        runs = self.runs.required("table option")
        log = self.archiver.log
        return Signs(
            server.unix_now,
            queue.turnover.removed,
            queue.facts.total,
            runs.started,
            runs.completed,
            queue.facts.newest_started,
            runs.shared_sites,
            runs.list_began,
            is_expanding=bool(runs.rearchivings),
            processes=self._processes(server.unix_now),
            log=log.last_value.runs if log and log.is_readable and log.last_value else (),
        )

    def _processes(self, now: int) -> tuple[ArchiverProcess, ...] | None:
        source = self.archiver.processes
        found = source.last_value if source is not None and source.is_readable else None
        if found is None or found.archivers is None:
            return None
        return tuple(
            ArchiverProcess(p.pid, None if p.age is None else round(now - p.age), p.data, p.limits)
            for p in found.archivers
        )


class CurrentRunCollector:
    """The collector, with its memory of the run and of the forecast before it."""

    def __init__(self, settings: Settings, sources: Sources) -> None:
        self._config = archiver_config(settings)
        self._sources = sources
        self._memory = ForecastMemory()
        self._cycle = DutyCycle.of_costly(settings.collect)
        self._following = Following()
        self._before: Forecast | None = None
        self._build: ByteRange | None = None
        self._published = CurrentRun(None)
        self.collector = DatabaseCollector(
            "current_run",
            current_run_metrics.families,
            self._read,
            duty_cycle=self._cycle,
            is_read_each_time=True,
        )

    def _read(self, connection: Connection, server: Server) -> CurrentRun:
        signs = self._sources.signs(server)
        before = self._following.run
        self._following = self._following.on(signs)
        now = self._seen_at_work(connection)
        if before is not None and (now is None or now.first is not before.first):
            self._hold_against_forecast(before, signs)
            self._before, self._published = None, replace(self._published, rest=None)
        if now is None:
            self._before = self._forecast
            return self._publish(None, None)
        rest = self._published.rest
        if not self._cycle.is_due:
            return self._publish(now, rest.on(now, self._build) if rest else None)
        with self._cycle.measured(connection):
            return self._publish(now, self._rest(connection, server, now, signs))

    def _seen_at_work(self, connection: Connection) -> FollowedRun | None:
        """The run, with the number of archivers by the sites at work."""
        run = self._following.run
        if run is not None and not run.now.processes and run.now.newest_started is not None:
            # Rows from before the newest start may be of one that was killed.
            since = run.now.started or run.started or 0
            look = current_run.at_work(connection, since, run.now.now)
            self._following = self._following.at_work(look)
        return self._following.run

    @property
    def _forecast(self) -> Forecast | None:
        reading = self._sources.forecast.last_value
        return reading.forecast if reading else None

    def _rest(
        self, connection: Connection, server: Server, run: FollowedRun, signs: Signs
    ) -> RestOfRun | None:
        runs = self._sources.runs.last_value
        if runs is None:
            return None
        basis = RunBasis(
            run, self._before if run.began is not None else None, self._forecast, self._build
        )
        rest = current_run.read(
            connection, server, self._config, runs, basis, self._memory, rows=signs.rows
        )
        self._learn_build(run, rest)
        return rest

    def _learn_build(self, run: FollowedRun, rest: RestOfRun | None) -> None:
        """Learn the offset of the process, as exactly as the model knows its memory."""
        data, position = run.fullest_data, rest.position if rest else None
        if data is None:
            return
        usage = None
        if position is not None and position.is_counted and run.last_drop is None:
            usage = process_memory.about(position.model)
        found = data.offset(usage)
        self._build = process_memory.narrowed(self._build, found)

    def _hold_against_forecast(self, run: FollowedRun, after: Signs) -> None:
        rest = self._published.rest
        if rest is not None and sites_of(run, rest.ground.instance).takes < _ALONE:
            return
        found = score(run, after, self._before, self._build, self._config)
        if found is not None:
            self._published = replace(
                self._published, scored=self._published.scored + 1, score=found
            )

    def _publish(self, run: FollowedRun | None, rest: RestOfRun | None) -> CurrentRun:
        count, chunks = self._following.count, self._chunks(run)
        self._published = replace(self._published, count=count, run=run, chunks=chunks, rest=rest)
        return self._published

    def _chunks(self, run: FollowedRun | None) -> ByteRange | None:
        data = run.fullest_data if run else None
        return None if data is None else data.held(self._build)
