"""The schedule of readings, which keeps them within their share of the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.settings.options import CollectSettings

COSTLY_SHARE: Final = 0.5
"""of the duty cycle for costly readings, so that the queue is read at every interval"""
_COSTLY_READINGS: Final = 3
"""overlaps, the forecast, and the rest of the run that is going on"""
LONGEST_PAUSE: Final = 300.0
"""Seconds after which a failed reading is tried again, however long it took."""
_FIRST_RETRY: Final = 1.0
_MAX_AGE: Final = 10
"""intervals in force after which values vanish"""


@dataclass(slots=True)
class DutyCycle:
    """One costly reading with its own part of the duty cycle.

    `database_share` limits its time inside the database, `wall_share` all its time, with the
    exporter's own work.
    """

    database_share: float
    wall_share: float
    interval: float = 0.0
    """seconds in force from one reading to the next"""
    basis: object = None
    """the inputs of the last one, if it succeeded"""
    _database_seconds: float = 0.0
    _due: float = 0.0

    @classmethod
    def of_costly(cls, collect: CollectSettings) -> "DutyCycle":
        cycle = collect.duty_cycle
        return cls(cycle * COSTLY_SHARE / _COSTLY_READINGS, cycle)

    @property
    def is_due(self) -> bool:
        """Whether another reading would keep within the share."""
        return time.monotonic() >= self._due

    @contextmanager
    def measured(self, connection: Connection, basis: object = None) -> Iterator[None]:
        """Measure one reading. A failed one does not change the interval."""
        self.basis = None
        begun, busy, waited = time.monotonic(), connection.busy, connection.waited
        succeeded = False
        try:
            yield
            self.basis, succeeded = basis, True
        finally:
            inside = connection.busy - busy
            took = time.monotonic() - begun - (connection.waited - waited)
            self._database_seconds += inside
            interval = max(inside / self.database_share, took / self.wall_share)
            longest = max(self.interval, LONGEST_PAUSE)
            self._due = begun + (interval if succeeded else min(interval, longest))
            self.interval = interval if succeeded else self.interval

    def take_database_seconds(self) -> float:
        """Seconds inside the database since the last call."""
        seconds, self._database_seconds = self._database_seconds, 0.0
        return seconds


@dataclass(slots=True)
class Spent:
    """Seconds inside the database without costly readings, which have their own duty cycles.

    `succeeded` counts successful readings, `total` also failed ones.
    """

    succeeded: float = 0.0
    total: float = 0.0

    def add(self, database_seconds: float, *, succeeded: bool) -> None:
        self.total += database_seconds
        self.succeeded += database_seconds if succeeded else 0.0


@dataclass(slots=True)
class Schedule:
    """The times when readings of one target begin and when their values vanish."""

    collect: CollectSettings
    interval: float = field(init=False)
    """seconds between readings in force"""
    _failures: int = 0

    def __post_init__(self) -> None:
        self.interval = self.collect.interval

    def max_age(self, duty_cycle: DutyCycle | None = None) -> float:
        """Seconds after which values vanish; longer for costly readings with longer intervals."""
        interval = max(self.interval, duty_cycle.interval if duty_cycle else 0.0)
        return self.collect.max_age or _MAX_AGE * interval

    def note(self, spent: Spent, *, succeeded: bool) -> None:
        """Record a reading's seconds inside the database. A failed one does not change the
        interval: its time is not that of a whole reading.
        """
        self._failures = 0 if succeeded else self._failures + 1
        if succeeded:
            self.interval = max(self.collect.interval, self._min_interval(spent.succeeded))

    def next_wait(self, spent: Spent, elapsed: float) -> float:
        """Seconds from the end of that reading, `elapsed` after it began, to the next one."""
        min_interval = self._min_interval(spent.total)
        return next_wait(self.interval, elapsed, min_interval, self._failures)

    def _min_interval(self, database_seconds: float) -> float:
        return database_seconds / (self.collect.duty_cycle * (1 - COSTLY_SHARE))


def next_wait(interval: float, elapsed: float, min_interval: float, failures: int) -> float:
    """Seconds from the end of a reading that took `elapsed` to the start of the next.

    Readings start `interval` apart. After failures they come sooner: after one second, doubling up
    to the interval. `min_interval` keeps the time in the database within its share; after a failure
    it counts for at most some minutes, because no values are known meanwhile.
    """
    usual = interval if failures == 0 else min(_FIRST_RETRY * 2 ** min(failures - 1, 30), interval)
    pause = max(usual, min(min_interval, max(interval, LONGEST_PAUSE)))
    return max(pause - elapsed, 0.0 if failures == 0 else min(_FIRST_RETRY, interval))
