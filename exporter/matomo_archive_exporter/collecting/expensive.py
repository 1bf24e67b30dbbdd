"""What a target is heading for: its collectors `overlaps` and `forecast`.

They follow from the queue, sites and segments, and cost far more than to count them. So they are
worked out again only when one of these has changed, and only as often as their share of the time
allows.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from matomo_archive_exporter.collecting.collector import Collector, Kept
from matomo_archive_exporter.collecting.duty_cycle import Pace
from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.durations.archive_rate import ArchiveRate
from matomo_archive_exporter.matomo.queue.queue import QueueFacts
from matomo_archive_exporter.matomo.queue.turnover import Turnover
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.overlaps import overlaps
from matomo_archive_exporter.readings.queue.queue import QueueReading
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import forecast, instance
from matomo_archive_exporter.readings.simulation.archiver_config import archiver_of
from matomo_archive_exporter.settings.settings import Settings

COSTLY: Final = 0.5
"""what part of the duty cycle is theirs, so that the queue itself is looked at as often as asked"""
_LOOK_AGAIN = 300
"""seconds: archives and visits come, and time goes by, without a trace in the queue"""


@dataclass(frozen=True, slots=True)
class Basis:
    """What something was worked out from; equal while nothing has moved."""

    queue: QueueFacts
    turnover: Turnover
    instance: tuple[object, ...]
    """fingerprints of sites and segments"""
    matomo_version: str
    rearchivings: tuple[ReArchiving, ...] | None
    shared_sites: frozenset[int]
    remembered: frozenset[tuple[int, str]]
    completed: int | None
    moment: int

    @property
    def of_overlaps(self) -> "Basis":
        """What overlaps follow from: a site that a run takes from the shared list changes none."""
        return replace(self, shared_sites=frozenset(), moment=0)


class Outlook:
    """The two readings, and what they remember of the foundations that they stand on."""

    def __init__(
        self, settings: Settings, queue: Collector[QueueReading], runs: Collector[RunsReading]
    ) -> None:
        self.announce: Callable[[], None] = lambda: None
        """called before what may take long; must not raise"""
        self._settings = settings
        self._queue, self._runs = queue, runs
        self._memory = forecast.ForecastMemory()
        self._overlaps_basis: Basis | None = None
        self._forecast_basis: Basis | None = None
        cycle = settings.collect.duty_cycle
        self.overlaps_pace = Pace(cycle * COSTLY / 2, cycle)
        self.forecast_pace = Pace(cycle * COSTLY / 2, cycle)
        self._rate = ArchiveRate()
        self._seen_instance: tuple[Server, tuple[object, ...]] | None = None
        self._rated: Turnover | None = None
        self._rated_at = 0.0
        self._newest_started: int | None = None

    def read_overlaps(
        self, connection: Connection, server: Server
    ) -> overlaps.OverlapsReading | Kept:
        """Overlaps, duplicates and orphans as the queue is now."""
        basis = self._basis(connection, server).of_overlaps
        behaviour = self._behaviour(basis.matomo_version)
        if basis == self._overlaps_basis:
            return Kept.STILL_TRUE
        if not self.overlaps_pace.is_due:
            return Kept.NOT_DUE
        self._overlaps_basis = None
        with self.overlaps_pace.taken(connection):
            found = overlaps.read(connection, server, instance.read(connection), behaviour)
        self._overlaps_basis = basis
        return found

    def read_forecast(
        self, connection: Connection, server: Server
    ) -> forecast.ForecastReading | Kept:
        """What the next run does."""
        basis = self._basis(connection, server)
        self._observe_rate(basis)
        if basis == self._forecast_basis:
            return Kept.STILL_TRUE
        if not self.forecast_pace.is_due:
            return Kept.NOT_DUE
        self._forecast_basis = None
        archiver = archiver_of(self._settings, self._rate.per_hour)
        known = forecast.Known(
            basis.matomo_version,
            basis.rearchivings,
            basis.remembered,
            basis.queue.total,
            shared_sites=basis.shared_sites,
        )
        self.announce()
        with self.forecast_pace.taken(connection):
            found = forecast.read(connection, server, archiver, known, self._memory)
        self._forecast_basis = basis
        return found

    def _behaviour(self, matomo_version: str) -> version.Behaviour:
        """Of the instance. Raises ReadingError where the rules of its version are not known."""
        try:
            return version.behaviour(matomo_version, self._settings.database.adapter)
        except version.UnknownMatomoError as error:
            raise ReadingError("unsupported_version", str(error)) from None

    def _basis(self, connection: Connection, server: Server) -> Basis:
        queue, runs = self._queue.last_good, self._runs.last_good
        if queue is None or not self._queue.is_readable:
            raise ReadingError("bad_data", "the queue could not be read")
        if runs is None or not self._runs.is_readable:
            raise ReadingError("bad_data", "table option could not be read")
        return Basis(
            queue=queue.value.facts,
            turnover=queue.value.turnover,
            instance=self._instance(connection, server),
            matomo_version=runs.value.matomo_version,
            rearchivings=runs.value.rearchivings,
            shared_sites=runs.value.shared_sites,
            remembered=runs.value.remembered,
            completed=runs.value.completed,
            moment=server.unix_now // _LOOK_AGAIN,
        )

    def _instance(self, connection: Connection, server: Server) -> tuple[object, ...]:
        """Looked at once for both readings: the server is that of the moment."""
        if self._seen_instance is None or self._seen_instance[0] is not server:
            self.announce()
            self._seen_instance = server, instance.fingerprint(connection)
        return self._seen_instance[1]

    def _observe_rate(self, basis: Basis) -> None:
        """How many rows have gone since the last reading, if any was in progress meanwhile."""
        now = time.monotonic()
        if self._rated is not None:
            removed = basis.turnover.removed - self._rated.removed
            # A row that stays in progress may be that of an archiver which died long ago.
            has_started = basis.queue.newest_started != self._newest_started
            was_working = removed > 0 or has_started
            self._rate = self._rate.seen(now - self._rated_at, removed, was_working=was_working)
        self._rated, self._rated_at = basis.turnover, now
        self._newest_started = basis.queue.newest_started
