"""How long archives took: the newest of each period and scope, and a histogram of each period."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matomo_archive_exporter.matomo.done_flag import Scope
from matomo_archive_exporter.matomo.period import PeriodLabel

BOUNDS = (1, 5, 15, 60, 300, 900, 3600)
"""Upper ends of the histogram's buckets in seconds, each included; one more bucket has no end."""


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


def bucket(seconds: float) -> int:
    """Number of the first bucket that holds so many seconds."""
    return bisect_left(BOUNDS, seconds)


def part(archive: FinishedArchive) -> Part:
    """One archive as a part of a histogram."""
    return Part(archive.period, bucket(archive.seconds), 1, archive.seconds)


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
