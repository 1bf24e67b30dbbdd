"""The expensive collectors: `overlaps` and `forecast`.

They follow from the queue, sites and segments, and cost far more than counting these. So they are
computed again only after a change, and only as often as their share of the time allows.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from matomo_archive_exporter.collecting.collector import DatabaseCollector, NoNewReading
from matomo_archive_exporter.collecting.schedule import DutyCycle
from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.durations.durations import ArchiveRate
from matomo_archive_exporter.matomo.queue.queue import QueueFacts
from matomo_archive_exporter.matomo.queue.turnover import Turnover
from matomo_archive_exporter.metrics import forecast as forecast_metrics
from matomo_archive_exporter.metrics import overlaps as overlaps_metrics
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.overlaps import overlaps
from matomo_archive_exporter.readings.overlaps.overlaps import OverlapsReading
from matomo_archive_exporter.readings.queue.queue import QueueReading
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import forecast, instance
from matomo_archive_exporter.readings.simulation.archiver_config import archiver_config
from matomo_archive_exporter.settings.settings import Settings

_LOOK_AGAIN = 300
"""Seconds after which results are computed again without a change of the queue: archives and visits
leave no trace in it."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The inputs of a result; equal while nothing has changed."""

    queue: QueueFacts
    turnover: Turnover
    instance: tuple[object, ...]
    """fingerprints of sites and segments"""
    runs: RunsReading
    moment: int

    @property
    def of_overlaps(self) -> "Fingerprint":
        """The inputs of overlaps: without the list that runs share."""
        runs = replace(self.runs, shared_sites=frozenset(), list_began=None)
        return replace(self, runs=runs, moment=0)


class ExpensiveCollectors:
    """The two collectors, and the inputs of their results."""

    def __init__(
        self,
        settings: Settings,
        queue: DatabaseCollector[QueueReading],
        runs: DatabaseCollector[RunsReading],
    ) -> None:
        self.announce: Callable[[], None] = lambda: None
        """called before a long step; must not raise"""
        self._settings = settings
        self._queue, self._runs = queue, runs
        self._memory = forecast.ForecastMemory()
        self._overlaps_cycle = DutyCycle.of_costly(settings.collect)
        self._forecast_cycle = DutyCycle.of_costly(settings.collect)
        self.overlaps = DatabaseCollector(
            "overlaps",
            overlaps_metrics.families,
            self._read_overlaps,
            duty_cycle=self._overlaps_cycle,
        )
        self.forecast = DatabaseCollector(
            "forecast",
            forecast_metrics.families,
            self._read_forecast,
            warnings=lambda reading: reading.warnings,
            warning_reason="unsupported_version",
            duty_cycle=self._forecast_cycle,
        )
        self._rate = ArchiveRate()
        self._seen_instance: tuple[Server, tuple[object, ...]] | None = None
        self._rated: tuple[Fingerprint, float] | None = None

    def _read_overlaps(
        self, connection: Connection, server: Server
    ) -> OverlapsReading | NoNewReading:
        """Overlaps, duplicates and orphans of the queue now."""
        now = self._fingerprint(connection, server).of_overlaps
        behaviour = self._behaviour(now.runs.matomo_version)
        if why := _nothing_new(self._overlaps_cycle, now):
            return why
        with self._overlaps_cycle.measured(connection, now):
            return overlaps.read(connection, server, instance.read(connection), behaviour)

    def _read_forecast(
        self, connection: Connection, server: Server
    ) -> forecast.ForecastReading | NoNewReading:
        now = self._fingerprint(connection, server)
        self._observe_rate(now)
        if why := _nothing_new(self._forecast_cycle, now):
            return why
        config = archiver_config(self._settings, self._rate.per_hour)
        self.announce()
        with self._forecast_cycle.measured(connection, now):
            return forecast.read(
                connection, server, config, now.runs, self._memory, rows=now.queue.total
            )

    def _behaviour(self, matomo_version: str) -> version.Behaviour:
        """The instance's behaviour. Raises ReadingError where its rules are unknown."""
        try:
            return version.behaviour(matomo_version, self._settings.database.adapter)
        except version.UnknownMatomoError as error:
            raise ReadingError("unsupported_version", str(error)) from None

    def _fingerprint(self, connection: Connection, server: Server) -> Fingerprint:
        queue = self._queue.required("the queue")
        runs = self._runs.required("table option")
        return Fingerprint(
            queue=queue.facts,
            turnover=queue.turnover,
            instance=self._instance(connection, server),
            runs=replace(runs, started=None, sites_remaining=None, warnings=()),
            moment=server.unix_now // _LOOK_AGAIN,
        )

    def _instance(self, connection: Connection, server: Server) -> tuple[object, ...]:
        """Read once for both collectors: the server object marks one reading."""
        if self._seen_instance is None or self._seen_instance[0] is not server:
            self.announce()
            self._seen_instance = server, instance.fingerprint(connection)
        return self._seen_instance[1]

    def _observe_rate(self, at: Fingerprint) -> None:
        """Count the rows that have gone since the last reading, if a run was at work meanwhile."""
        now = time.monotonic()
        if self._rated is not None:
            before, then = self._rated
            removed = at.turnover.removed - before.turnover.removed
            # A row that stays in progress may belong to an archiver that died long ago.
            has_started = at.queue.newest_started != before.queue.newest_started
            was_working = removed > 0 or has_started
            self._rate = self._rate.seen(now - then, removed, was_working=was_working)
        self._rated = at, now


def _nothing_new(cycle: DutyCycle, now: Fingerprint) -> NoNewReading | None:
    """Why a reading at this fingerprint is needless or too early; None where it is due."""
    if now == cycle.basis:
        return NoNewReading.UNCHANGED
    return None if cycle.is_due else NoNewReading.NOT_DUE
