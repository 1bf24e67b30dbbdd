"""The expensive collectors: `overlaps` and `forecast`.

They follow from the queue, sites and segments, and cost far more than to count them. So they are
worked out again only when one of these has changed, and only as often as their share of the time
allows.
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
"""seconds: archives and visits come, and time goes by, without a trace in the queue"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a result follows from; equal while nothing has moved."""

    queue: QueueFacts
    turnover: Turnover
    instance: tuple[object, ...]
    """fingerprints of sites and segments"""
    runs: RunsReading
    moment: int

    @property
    def of_overlaps(self) -> "Fingerprint":
        """What overlaps follow from: the list that runs share changes none."""
        runs = replace(self.runs, shared_sites=frozenset(), list_began=None)
        return replace(self, runs=runs, moment=0)


class ExpensiveCollectors:
    """The two collectors, and from what their results follow."""

    def __init__(
        self,
        settings: Settings,
        queue: DatabaseCollector[QueueReading],
        runs: DatabaseCollector[RunsReading],
    ) -> None:
        self.announce: Callable[[], None] = lambda: None
        """called before what may take long; must not raise"""
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
        """Overlaps, duplicates and orphans as the queue is now."""
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
        """Of the instance. Raises ReadingError where the rules of its version are not known."""
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
        """Looked at once for both readings: the server is that of the moment."""
        if self._seen_instance is None or self._seen_instance[0] is not server:
            self.announce()
            self._seen_instance = server, instance.fingerprint(connection)
        return self._seen_instance[1]

    def _observe_rate(self, at: Fingerprint) -> None:
        """How many rows have gone since the last reading, if any was in progress meanwhile."""
        now = time.monotonic()
        if self._rated is not None:
            before, then = self._rated
            removed = at.turnover.removed - before.turnover.removed
            # A row that stays in progress may be that of an archiver which died long ago.
            has_started = at.queue.newest_started != before.queue.newest_started
            was_working = removed > 0 or has_started
            self._rate = self._rate.seen(now - then, removed, was_working=was_working)
        self._rated = at, now


def _nothing_new(cycle: DutyCycle, now: Fingerprint) -> NoNewReading | None:
    """Why a reading at this fingerprint is needless, or comes too early."""
    if now == cycle.basis:
        return NoNewReading.UNCHANGED
    return None if cycle.is_due else NoNewReading.NOT_DUE
