"""One Matomo database: its settings, its collectors, and their values now."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final, TypeVar

from prometheus_client.core import Metric

from matomo_archive_exporter.collecting.archiver import ArchiverCollectors
from matomo_archive_exporter.collecting.collector import (
    Collector,
    DatabaseCollector,
    LocalCollector,
    Reading,
)
from matomo_archive_exporter.collecting.current_run import CurrentRunCollector, Sources
from matomo_archive_exporter.collecting.expensive import ExpensiveCollectors
from matomo_archive_exporter.collecting.queue import QueueCollectors
from matomo_archive_exporter.collecting.schedule import Schedule
from matomo_archive_exporter.log_writer import dropped
from matomo_archive_exporter.metrics import exporter as exporter_metrics
from matomo_archive_exporter.metrics import queue as queue_metrics
from matomo_archive_exporter.metrics.exporter import CollectorState
from matomo_archive_exporter.metrics.family import merged, without_empty
from matomo_archive_exporter.settings.settings import Settings

T = TypeVar("T")

_CONNECTION_FAILURES: Final = ("unreachable", "timeout", "lost_connection")
_NO_SOURCES: Final = ("queue", "archives", "forecast")
"""Collectors without a line `not read`: the advice needs the queue, does not use the archives, and
its verdict gives the reason of a missing forecast."""
_WEDGED_AFTER: Final = 60.0
"""Seconds beyond all time limits after which a step of a reading counts as stuck."""


class Target:
    """Everything that belongs to one database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.schedule = Schedule(settings.collect)
        self._reading_since: float | None = None
        self._reading_lives_until = 0.0
        cheap = QueueCollectors(settings)
        self.queue, self.runs, self.archives = cheap.queue, cheap.runs, cheap.archives
        self.expensive = ExpensiveCollectors(settings, self.queue, self.runs)
        self._archiver = ArchiverCollectors(settings, self.queue)
        sources = Sources(self.queue, self.runs, self.expensive.forecast, self._archiver)
        self.current_run = CurrentRunCollector(settings, sources).collector
        # The last ones read tables that may lack a grant; a failure there costs the connection.
        self.on_database: tuple[DatabaseCollector[object], ...] = (
            self.queue,
            self.runs,
            self.archives,
            self._archiver.durations,
            self.expensive.overlaps,
            self.expensive.forecast,
            self.current_run,
        )
        self.local: tuple[LocalCollector[object], ...] = tuple(self._archiver.local)

    @property
    def collectors(self) -> tuple[Collector[object], ...]:
        return (*self.on_database, *self.local)

    @property
    def not_read(self) -> tuple[str, ...]:
        """Sources of the advice that could not be read, with the reason."""
        failed = (c for c in self.collectors if c.message and c.name not in _NO_SOURCES)
        return tuple(f"{collector.name}: {collector.message}" for collector in failed)

    def close(self) -> None:
        self._archiver.close()

    @property
    def step_limit(self) -> float:
        """Seconds after which one step of a reading counts as stuck."""
        database = self.settings.database
        return database.connect_timeout + database.statement_timeout + _WEDGED_AFTER

    def reading_begins(self) -> None:
        """Values read from now on count as new until the reading ends."""
        self._reading_since = time.monotonic()
        self.reading_lives()

    def reading_lives(self) -> None:
        """The reading under way has made another step."""
        self._reading_lives_until = time.monotonic() + self.step_limit

    def reading_has_read(self, collector: Collector[object]) -> None:
        """One of its collectors is done. A server in trouble holds no values any longer: a wait
        must not make them last.
        """
        if collector.failed_for in _CONNECTION_FAILURES:
            self._reading_since = None

    def reading_ends(self) -> None:
        """The age of the values counts from now on."""
        now = time.monotonic()
        for collector in self.collectors:
            if collector.last_good is not None and self._is_of_this_reading(collector.last_good):
                collector.last_good = replace(collector.last_good, at=now)
        self._reading_since = None

    def _is_of_this_reading(self, found: Reading[object]) -> bool:
        return self._reading_since is not None and found.at >= self._reading_since

    def _max_age(self, collector: Collector[object]) -> float:
        """Seconds for which values of one collector are shown.

        Values of the reading under way do not expire before its end, unless it is stuck.
        """
        cycle = None if collector.is_read_each_time else collector.duty_cycle
        usual, found = self.schedule.max_age(cycle), collector.last_good
        if found is None or not self._is_of_this_reading(found):
            return usual
        return max(usual, self._reading_lives_until - found.at)

    def is_up(self, now: float) -> bool | None:
        """Whether the last reading read the queue, lately; None before the first."""
        if self.queue.is_readable is None:
            return None
        fresh = self.queue.fresh(now, self._max_age(self.queue))
        return self.queue.is_readable and fresh is not None

    def states(self, now: float) -> list[CollectorState]:
        """The state of each collector that was read before."""
        return [
            collector.state(now, self._max_age(collector))
            for collector in self.collectors
            if collector.is_readable is not None
        ]

    def families(self, *, with_process: bool = True) -> Iterable[Metric]:
        """All values now; `with_process` adds Python's metrics of its own process."""
        now = time.monotonic()
        readings = (c.fresh(now, self._max_age(c)) for c in self.collectors)
        parts: list[Iterable[Metric]] = [
            exporter_metrics.up(self.is_up(now)),
            self._info(now),
            *(reading.families for reading in readings if reading is not None),
            self._of_exporter(now),
        ]
        if with_process:
            parts.append(exporter_metrics.process_families())
        return without_empty(merged(chain.from_iterable(parts)))

    def _of_exporter(self, now: float) -> Iterator[Metric]:
        url = self.settings.web.external_url
        return exporter_metrics.families(self.states(now), self.schedule.interval, dropped(), url)

    def fresh_value(self, collector: Collector[T]) -> T | None:
        """The value of a collector, while it is young enough to show."""
        found = collector.fresh(time.monotonic(), self._max_age(collector))
        return found.value if found else None

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
