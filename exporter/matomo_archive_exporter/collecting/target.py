"""One Matomo database: its settings, its collectors, and what is known of it now."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from prometheus_client.core import Metric

from matomo_archive_exporter.collecting.archiver import Observation
from matomo_archive_exporter.collecting.collector import Collector, Reading
from matomo_archive_exporter.collecting.expensive import Outlook
from matomo_archive_exporter.log_writer import dropped
from matomo_archive_exporter.metrics import exporter as exporter_metrics
from matomo_archive_exporter.metrics import forecast as forecast_metrics
from matomo_archive_exporter.metrics import overlaps as overlaps_metrics
from matomo_archive_exporter.metrics import queue as queue_metrics
from matomo_archive_exporter.metrics import runs as runs_metrics
from matomo_archive_exporter.metrics.exporter import CollectorState
from matomo_archive_exporter.metrics.family import without_empty
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.queue import queue
from matomo_archive_exporter.readings.queue.owners import OwnerWatch
from matomo_archive_exporter.readings.runs import archives, runs
from matomo_archive_exporter.settings.settings import Settings

_TROUBLE: Final = ("unreachable", "timeout", "lost_connection")
_WEDGED_AFTER: Final = 60.0
"""Seconds beyond all time limits after which a step of a reading counts as never to end."""


class Target:
    """Everything that belongs to one database; nothing of it lives elsewhere."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.interval = settings.collect.interval
        """seconds between readings in force"""
        self._reading_since: float | None = None
        self._reading_lives_until = 0.0
        self._queue_memory = queue.QueueMemory()
        self._owners = OwnerWatch(settings.archiver.proc_path)
        self.queue = Collector("queue", self._read_queue, self._queue_families, _queue_warnings)
        self.runs = Collector(
            "runs",
            lambda connection, _: runs.read(connection),
            runs_metrics.run_families,
            lambda reading: reading.warnings,
        )
        self.outlook = Outlook(settings, self.queue, self.runs)
        self._observation = Observation(settings, self.queue)
        # The last one that needs it asks for tables that may be closed to it, after which the
        # connection is given up.
        self.collectors: tuple[Collector[Any], ...] = (
            self.queue,
            self.runs,
            Collector(
                "archives",
                lambda connection, _: archives.read(connection),
                runs_metrics.archive_families,
            ),
            self._observation.durations,
            Collector(
                "overlaps",
                self.outlook.read_overlaps,
                overlaps_metrics.families,
                pace=self.outlook.overlaps_pace,
            ),
            Collector(
                "forecast",
                self.outlook.read_forecast,
                forecast_metrics.families,
                lambda reading: reading.warnings,
                warning_reason="unsupported_version",
                pace=self.outlook.forecast_pace,
            ),
            *self._observation.collectors_without_database(),
        )

    def close(self) -> None:
        """Let go of files that are open."""
        self._observation.close()

    @property
    def max_age(self) -> float:
        """Seconds after which values vanish."""
        return self.settings.collect.max_age or 10 * self.interval

    @property
    def step_limit(self) -> float:
        """Seconds that one step of a reading may take, beyond all time limits."""
        database = self.settings.database
        return database.connect_timeout + database.statement_timeout + _WEDGED_AFTER

    def reading_begins(self) -> None:
        """What is read from now on counts as new until the reading ends."""
        self._reading_since = time.monotonic()
        self.reading_lives()

    def reading_lives(self) -> None:
        """The reading under way has made another step."""
        self._reading_lives_until = time.monotonic() + self.step_limit

    def reading_has_read(self, collector: Collector[Any]) -> None:
        """One of its collectors is done. If the server is in trouble, nothing is held any longer:
        to wait for it must not make values last.
        """
        if collector.failed_for in _TROUBLE:
            self._reading_since = None

    def reading_ends(self) -> None:
        """The age of what was read counts from now on."""
        now = time.monotonic()
        for collector in self.collectors:
            if collector.last_good is not None and self._is_of_this_reading(collector):
                collector.last_good = replace(collector.last_good, at=now)
        self._reading_since = None

    def _is_of_this_reading(self, collector: Collector[Any]) -> bool:
        begun, found = self._reading_since, collector.last_good
        return begun is not None and found is not None and found.at >= begun

    def _max_age(self, collector: Collector[Any]) -> float:
        """Seconds for which values of one collector are shown.

        Those that are costly have longer intervals in force. What the reading under way has found
        does not expire before its end, unless it is stuck.
        """
        interval = max(self.interval, collector.pace.period if collector.pace else 0.0)
        usual = self.settings.collect.max_age or 10 * interval
        if collector.last_good is None or not self._is_of_this_reading(collector):
            return usual
        return max(usual, self._reading_lives_until - collector.last_good.at)

    def is_up(self, now: float) -> bool | None:
        """Whether the last reading read the queue, lately; None before the first."""
        if self.queue.is_readable is None:
            return None
        return self.queue.is_readable and self.queue.is_fresh(now, self._max_age(self.queue))

    def states(self, now: float) -> list[CollectorState]:
        """How each collector fares that was read before."""
        return [
            collector.state(now, self._max_age(collector))
            for collector in self.collectors
            if collector.is_readable is not None
        ]

    def families(self, *, with_process: bool = True) -> Iterable[Metric]:
        """All that is known now; `with_process` adds what Python says of its own process."""
        now = time.monotonic()
        parts: list[Iterable[Metric]] = [
            exporter_metrics.up(self.is_up(now)),
            self._info(now),
            *(reading.families for reading in self._fresh(now)),
            exporter_metrics.families(self.states(now), self.interval, dropped()),
        ]
        if with_process:
            parts.append(exporter_metrics.process_families())
        return without_empty(chain.from_iterable(parts))

    def _fresh(self, now: float) -> Iterator[Reading[Any]]:
        for collector in self.collectors:
            reading = collector.fresh(now, self._max_age(collector))
            if reading is not None:
                yield reading

    def _info(self, now: float) -> Iterator[Metric]:
        """Which Matomo: its server is known from reading the queue, its version from the runs."""
        queue_reading = self.queue.fresh(now, self._max_age(self.queue))
        runs_reading = self.runs.fresh(now, self._max_age(self.runs))
        version = runs_reading.value.matomo_version if runs_reading else ""
        if queue_reading is not None:
            server = queue_reading.value.server
            yield queue_metrics.info(server, version, self.settings.database.adapter)

    def next_expiry(self) -> float:
        """Monotonic time at which the next value that is shown becomes too old."""
        now = time.monotonic()
        ends = (c.last_good.at + self._max_age(c) for c in self.collectors if c.last_good)
        return min((end for end in ends if end >= now), default=float("inf"))

    def _read_queue(self, connection: Connection, server: Server) -> queue.QueueReading:
        if not self.queue.is_readable:
            self._owners.interrupt()
        reading = queue.read(
            connection,
            server,
            self._queue_memory,
            recovery_timeout=self.settings.archiver.failure_recovery_timeout,
            by_site=self.settings.collect.top_sites > 0,
            by_owner=self._owners.is_on,
        )
        owners = self._owners.judge(reading.facts.owned, server.unix_now)
        return replace(reading, owners=owners)

    def _queue_families(self, reading: queue.QueueReading) -> Iterator[Metric]:
        return queue_metrics.families(
            reading,
            top_reports=self.settings.collect.top_reports,
            top_sites=self.settings.collect.top_sites,
        )


def _queue_warnings(reading: queue.QueueReading) -> Iterator[str]:
    for number in sorted(reading.facts.unknown_periods):
        yield f"archive_invalidations has rows of period {number}, which Matomo has not"
