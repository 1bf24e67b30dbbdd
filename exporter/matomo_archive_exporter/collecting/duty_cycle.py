"""How often a costly reading may be made, so that it takes no more than its share of the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from matomo_archive_exporter.readings.database.connection import Connection

LONGEST_PAUSE: Final = 300.0
"""Seconds after which what failed is tried again, however long it took."""


@dataclass(slots=True)
class Pace:
    """One costly reading, which has a part of the duty cycle to itself.

    `share` is that of the time inside the database, `own` that of all time it takes, ours included.
    """

    share: float
    own: float
    period: float = 0.0
    """seconds from one to the next in force"""
    _busy: float = 0.0
    _due: float = 0.0

    @property
    def is_due(self) -> bool:
        """Whether another one would keep within the share."""
        return time.monotonic() >= self._due

    @contextmanager
    def taken(self, connection: Connection) -> Iterator[None]:
        """Around one such reading. One that fails says nothing of how long a whole one takes."""
        begun, busy, waited = time.monotonic(), connection.busy, connection.waited
        is_whole = False
        try:
            yield
            is_whole = True
        finally:
            busy = connection.busy - busy
            own = time.monotonic() - begun - (connection.waited - waited)
            self._busy += busy
            period = max(busy / self.share, own / self.own)
            self._due = begun + (period if is_whole else min(period, self._longest_pause))
            self.period = period if is_whole else self.period

    @property
    def _longest_pause(self) -> float:
        return max(self.period, LONGEST_PAUSE)

    def take_busy(self) -> float:
        """Seconds inside the database since this was last asked."""
        busy, self._busy = self._busy, 0.0
        return busy
