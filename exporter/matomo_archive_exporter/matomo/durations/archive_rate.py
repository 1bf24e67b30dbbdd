"""How fast rows leave the queue while an archiver works, as seen from reading to reading."""

from dataclasses import dataclass

_ENOUGH = 600.0
"""seconds of work before a rate is told"""
_MOST = 7200.0
"""seconds of work that count; older ones fade"""


@dataclass(frozen=True, slots=True)
class ArchiveRate:
    """Rows removed during so many seconds of an archiver's work."""

    seconds: float = 0.0
    removed: float = 0.0

    @property
    def per_hour(self) -> float | None:
        """None while too little work was seen."""
        if self.seconds < _ENOUGH or self.removed <= 0:
            return None
        return self.removed * 3600 / self.seconds

    def seen(self, seconds: float, removed: int, *, was_working: bool) -> "ArchiveRate":
        """After another reading: time in which no row was in progress does not count."""
        if not was_working or seconds <= 0:
            return self
        kept = min(1.0, _MOST / (self.seconds + seconds))
        return ArchiveRate((self.seconds + seconds) * kept, (self.removed + removed) * kept)
