"""When a target is read again, so that readings take no more than their share of the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.settings.options import CollectSettings

COSTLY_SHARE: Final = 0.5
"""of the duty cycle: for costly readings, so that the queue itself is read as often as asked"""
_COSTLY_READINGS: Final = 2
LONGEST_PAUSE: Final = 300.0
"""Seconds after which what failed is tried again, however long it took."""
_FIRST_RETRY: Final = 1.0
_MAX_AGE: Final = 10
"""intervals in force after which values vanish"""


@dataclass(slots=True)
class DutyCycle:
    """One costly reading, which has a part of the duty cycle to itself.

    `database_share` is that of the time inside the database, `wall_share` that of all time it
    takes, the exporter's own work included.
    """

    database_share: float
    wall_share: float
    interval: float = 0.0
    """seconds from one to the next in force"""
    _database_seconds: float = 0.0
    _due: float = 0.0

    @classmethod
    def of_costly(cls, collect: CollectSettings) -> "DutyCycle":
        """Of one of the costly readings."""
        cycle = collect.duty_cycle
        return cls(cycle * COSTLY_SHARE / _COSTLY_READINGS, cycle)

    @property
    def is_due(self) -> bool:
        """Whether another one would keep within the share."""
        return time.monotonic() >= self._due

    @contextmanager
    def measured(self, connection: Connection) -> Iterator[None]:
        """Around one such reading. One that fails says nothing of how long a whole one takes."""
        begun, busy, waited = time.monotonic(), connection.busy, connection.waited
        succeeded = False
        try:
            yield
            succeeded = True
        finally:
            inside = connection.busy - busy
            took = time.monotonic() - begun - (connection.waited - waited)
            self._database_seconds += inside
            interval = max(inside / self.database_share, took / self.wall_share)
            longest = max(self.interval, LONGEST_PAUSE)
            self._due = begun + (interval if succeeded else min(interval, longest))
            self.interval = interval if succeeded else self.interval

    def take_database_seconds(self) -> float:
        """Seconds inside the database since this was last asked."""
        seconds, self._database_seconds = self._database_seconds, 0.0
        return seconds


@dataclass(slots=True)
class Spent:
    """Seconds inside the database, without those of costly readings, which keep their own account.

    `succeeded` is what successful readings took; `total` includes those that failed.
    """

    succeeded: float = 0.0
    total: float = 0.0

    def add(self, database_seconds: float, *, succeeded: bool) -> None:
        """One more reading."""
        self.total += database_seconds
        self.succeeded += database_seconds if succeeded else 0.0


@dataclass(slots=True)
class Schedule:
    """When readings of one target begin, and after how long their values vanish."""

    collect: CollectSettings
    interval: float = field(init=False)
    """seconds between readings in force"""
    _failures: int = 0

    def __post_init__(self) -> None:
        self.interval = self.collect.interval

    def max_age(self, duty_cycle: DutyCycle | None = None) -> float:
        """Seconds after which values vanish. Those that are costly may have longer intervals."""
        interval = max(self.interval, duty_cycle.interval if duty_cycle else 0.0)
        return self.collect.max_age or _MAX_AGE * interval

    def note(self, spent: Spent, *, succeeded: bool) -> None:
        """Of a reading that took so long inside the database."""
        self._failures = 0 if succeeded else self._failures + 1
        self.interval = interval_in_force(
            self.collect.interval,
            self.interval,
            self._min_interval(spent.succeeded),
            succeeded=succeeded,
        )

    def next_wait(self, spent: Spent, elapsed: float) -> float:
        """Seconds from the end of that reading, `elapsed` after it began, to the next one."""
        min_interval = self._min_interval(spent.total)
        return next_wait(self.interval, elapsed, min_interval, self._failures)

    def _min_interval(self, database_seconds: float) -> float:
        return database_seconds / (self.collect.duty_cycle * (1 - COSTLY_SHARE))


def interval_in_force(
    usual: float, before: float, min_interval: float, *, succeeded: bool
) -> float:
    """Seconds between readings after one whose share of the time asks for `min_interval`.

    A reading that broke off says nothing of how long a whole one takes: it changes nothing.
    """
    return max(usual, min_interval) if succeeded else before


def next_wait(interval: float, elapsed: float, min_interval: float, failures: int) -> float:
    """Seconds from the end of a reading that took `elapsed` to the beginning of the next.

    Readings begin `interval` apart. After failures they come sooner, from one second on and
    doubling up to the interval; never so soon that more than the allowed share of the time is
    spent in the database, for which the reading's own share asks `min_interval`. What failed may
    ask for some minutes at most: nothing would be known for as long.
    """
    usual = interval if failures == 0 else min(_FIRST_RETRY * 2 ** min(failures - 1, 30), interval)
    pause = max(usual, min(min_interval, max(interval, LONGEST_PAUSE)))
    return max(pause - elapsed, 0.0 if failures == 0 else min(_FIRST_RETRY, interval))
