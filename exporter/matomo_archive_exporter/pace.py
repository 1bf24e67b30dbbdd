"""How often a costly reading may be made, so that it takes no more than its share of the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from matomo_archive_exporter.readings.connection import Connection


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
        """Around one such reading, whether it comes to its end or not."""
        begun, before = time.monotonic(), connection.busy
        try:
            yield
        finally:
            busy = connection.busy - before
            self._busy += busy
            self.period = max(busy / self.share, (time.monotonic() - begun) / self.own)
            self._due = begun + self.period

    def take_busy(self) -> float:
        """Seconds inside the database since this was last asked."""
        busy, self._busy = self._busy, 0.0
        return busy
