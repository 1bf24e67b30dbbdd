"""Deaths of core:archive by memory, from the several lines that each one leaves.

A death shows as PHP's own fatal error, displayed, logged or both, mostly an ERROR line of Matomo
with the process id, mostly a second fatal error from the shutdown handler, and at last
`Matomo encountered an error` on standard output (Matomo 5.2.0).
Several archivers can die into one file, so the lines of one moment are counted together.
"""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Self

from matomo_archive_exporter.matomo.archiver.log_line import Notice, unix

_DEATH_WINDOW = 10
"""Seconds in which all lines of a death are written, with room to spare."""
_FATALS_OF_A_DEATH = 2
_MOST_AT_ONCE = 1000
"""Archivers that are counted apart: those of one moment are searched line by line."""


@dataclass(frozen=True, slots=True)
class DeathWindow:
    """Lines that tell of a death, or of several at once."""

    displayed: int = 0
    logged: int = 0
    encountered: int = 0
    pids: Set[bytes] = field(default_factory=frozenset)
    first_stamp: bytes = b""
    """the first one seen at the death or after it"""

    @property
    def deaths(self) -> int:
        """The number of archivers that must have died to leave these lines."""
        fatals = max(self.displayed, self.logged)
        return max(len(self.pids), self.encountered, -(-fatals // _FATALS_OF_A_DEATH))

    def with_notice(self, notice: Notice) -> Self:
        """Add a line without the id of its process."""
        if notice == "encountered":
            return replace(self, encountered=self.encountered + 1)
        if notice == "logged":
            return replace(self, logged=self.logged + 1)
        return replace(self, displayed=self.displayed + 1)

    def with_error(self, pid: bytes, stamp: bytes) -> Self:
        """Add Matomo's line."""
        pids = self.pids | {pid} if len(self.pids) < _MOST_AT_ONCE else self.pids
        return replace(self, pids=pids, first_stamp=self.first_stamp or stamp)

    def seen_by(self, stamp: bytes) -> "DeathWindow | None":
        """The moment as of a line with that stamp; None when it has passed."""
        if not self.first_stamp:
            return replace(self, first_stamp=stamp)
        if stamp == self.first_stamp:
            return self
        then, now = unix(self.first_stamp), unix(stamp)
        has_passed = then is None or now is None or now - then > _DEATH_WINDOW
        return None if has_passed else self
