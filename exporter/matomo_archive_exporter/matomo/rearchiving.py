"""The rows into which scheduled re-archivings will be expanded by the next run of core:archive.

Seen in runs of Matomo 5.2.0: an entry covers the days from its start to yesterday (UTC), capped by
rearchive_reports_in_past_last_n_months, with the weeks, months and years that hold them, for all
its sites, and once for each segment: also at sites for which that segment is not archived.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import md5
from urllib.parse import unquote_plus

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.invalidation import Invalidation, named
from matomo_archive_exporter.matomo.rearchive_list import ReArchiving


@dataclass(frozen=True, slots=True)
class Expansion:
    """One entry, expanded: names times periods, for `sites` or, if None, for all."""

    sites: frozenset[int] | None
    rows: tuple[Invalidation, ...]
    months: int
    """calendar months from its first to its last day"""

    def concerns(self, idsite: int) -> bool:
        """Whether it has rows for this site."""
        return self.sites is None or idsite in self.sites

    def sites_of(self, instance: Instance) -> int:
        """How many sites it concerns."""
        return sum(self.concerns(idsite) for idsite in instance.sites)


def expansion(
    entry: ReArchiving,
    instance: Instance,
    *,
    today: date,
    last_n_months: int,
    exclude_segments: bool,
    digits: int,
) -> Expansion:
    """The rows of any of its sites; `today` in UTC, `digits` those of the ids that rows will get.

    Rows of periods that ended before a site was created are not made: that is for the caller.
    """
    days = _days(entry, today, last_n_months)
    periods = [
        (period, *at) for period in (DAY, WEEK, MONTH, YEAR) for at in _covering(period, days)
    ]
    rows = tuple(
        named(name, entry.report or "", period, first, last, digits)
        for name in _names(entry, instance, exclude_segments=exclude_segments)
        for period, first, last in sorted(periods, key=lambda p: (p[1], p[0]))
    )
    sites = None if entry.sites is None else frozenset(entry.sites)
    return Expansion(sites, rows, len(_covering(MONTH, days)))


def _days(entry: ReArchiving, today: date, last_n_months: int) -> range:
    yesterday = today.toordinal() - 1
    earliest = _earliest(date.fromordinal(yesterday), last_n_months)
    if entry.start is None:
        start = earliest
    else:
        start = datetime.fromtimestamp(entry.start, UTC).date().toordinal()
        start = max(start, earliest or start)
    return range(start or yesterday + 1, yesterday + 1)


def _earliest(yesterday: date, last_n_months: int) -> int | None:
    """The first of the month so many months before; None where there is no such limit."""
    if not last_n_months:
        return None
    year, month = divmod(yesterday.year * 12 + yesterday.month - 1 - last_n_months, 12)
    return date(year, month + 1, 1).toordinal()


def _covering(period: int, days: range) -> list[tuple[int, int]]:
    return list(dict.fromkeys(covering(period, day) for day in days))


def _names(entry: ReArchiving, instance: Instance, *, exclude_segments: bool) -> Iterator[str]:
    plugin = f".{entry.plugin}" if entry.plugin else ""
    for hash_ in _hashes(entry, instance, exclude_segments=exclude_segments):
        yield f"done{hash_}{plugin}"


def _hashes(entry: ReArchiving, instance: Instance, *, exclude_segments: bool) -> Iterable[str]:
    if entry.segment is not None:
        return (segment_hash(entry.segment),)
    segments = () if exclude_segments else instance.segments
    return dict.fromkeys(("", *(segment.hash for segment in segments)))


def segment_hash(definition: str) -> str:
    """What stands for a segment in done flags; "" for all visits."""
    if not definition:
        return ""
    return md5(unquote_plus(definition).encode(), usedforsecurity=False).hexdigest()
