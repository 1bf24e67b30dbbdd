"""How long archives took: the newest of each period and scope, a histogram of each period, and how
many an archiver works off.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matomo_archive_exporter.matomo.calendar import PeriodLabel
from matomo_archive_exporter.matomo.done_flag import Scope

BOUNDS = (1, 5, 15, 60, 300, 900, 3600)
"""Upper ends of the histogram's buckets in seconds, each included; one more bucket has no end."""
_ENOUGH = 600.0
"""seconds of work before a rate is known"""
_MOST = 7200.0
"""seconds of work that count; older ones fade"""


@dataclass(frozen=True, slots=True)
class FinishedArchive:
    """An archive that took `seconds` and was finished `at` Unix seconds."""

    period: PeriodLabel
    scope: Scope
    seconds: float
    at: int


Newest = Mapping[tuple[PeriodLabel, Scope], FinishedArchive]


@dataclass(frozen=True, slots=True)
class Part:
    """Finished archives of one period and one bucket, and the seconds they took together."""

    period: PeriodLabel
    bucket: int
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Archives by bucket, each counted in one bucket only, and the seconds of them all."""

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    seconds: float = 0.0

    def plus(self, part: Part) -> "Histogram":
        at = part.bucket
        counts = (*self.counts[:at], self.counts[at] + part.count, *self.counts[at + 1 :])
        return Histogram(counts, self.seconds + part.seconds)


def part(archive: FinishedArchive) -> Part:
    """One archive as a part of a histogram, in the first bucket that holds its seconds."""
    return Part(archive.period, bisect_left(BOUNDS, archive.seconds), 1, archive.seconds)


def with_parts(
    histograms: Mapping[PeriodLabel, Histogram], parts: Iterable[Part]
) -> dict[PeriodLabel, Histogram]:
    found = dict(histograms)
    for some in parts:
        found[some.period] = found.get(some.period, Histogram()).plus(some)
    return found


def with_newer(known: Newest, archives: Iterable[FinishedArchive]) -> Newest:
    """The newest of both by period and scope; of the same second the later one given."""
    found = dict(known)
    for archive in archives:
        key = archive.period, archive.scope
        if key not in found or archive.at >= found[key].at:
            found[key] = archive
    return found


@dataclass(frozen=True, slots=True)
class ArchiveRate:
    """How fast rows leave the queue, as seen from reading to reading: so many removed in so many
    seconds of an archiver's work.
    """

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
