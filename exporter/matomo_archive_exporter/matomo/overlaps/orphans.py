"""Queued rows that Matomo deletes without an archive, and why.

QueueConsumer deletes them as it meets them (4.0.0 and later); those of deleted sites go once a day.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.overlaps.overlap_intervals import Details, PeriodGroup, RowGroup

Reason = Literal["site_deleted", "segment_not_archived", "before_site_creation"]
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Home:
    """The facts of a site that decide about its rows."""

    segments: frozenset[str]
    """hashes of the segments that are archived for it"""
    first_day: int
    """periods that end before this day, such as 20240131, are older than the site; 0 for none"""


def homes(instance: Instance) -> dict[int, Home]:
    """These facts by site id."""
    everywhere = frozenset(s.hash for s in instance.segments if s.site is None)
    own: dict[int, set[str]] = {}
    for segment in instance.segments:
        if segment.site is not None:
            own.setdefault(segment.site, set()).add(segment.hash)
    return {
        idsite: Home(everywhere | own.get(idsite, everywhere), _as_packed(site.first_day))
        for idsite, site in instance.sites.items()
    }


def _as_packed(day: int) -> int:
    """An ordinal day in the notation of the rows: 20240131; 0 for none."""
    if not day:
        return 0
    at = date.fromordinal(day)
    return at.year * 10_000 + at.month * 100 + at.day


def orphans(
    intervals: Sequence[PeriodGroup], details: Details, home: Home | None
) -> Counter[Reason]:
    """Orphaned rows of one site, each by the first reason that applies."""
    found: Counter[Reason] = Counter()
    for interval in intervals:
        rows = details.get(interval.key)
        if rows is not None:
            for row in rows:
                if row.is_queued and (reason := _reason(row, home)):
                    found[reason] += row.rows
        elif home is None:
            found["site_deleted"] += interval.rows
        else:
            found["segment_not_archived"] += interval.foreign
            if interval.date2 < home.first_day:
                found["before_site_creation"] += interval.rows - interval.foreign
    return found


def _reason(row: RowGroup, home: Home | None) -> Reason | None:
    if home is None:
        return "site_deleted"
    if row.segment and row.segment not in home.segments:
        return "segment_not_archived"
    return "before_site_creation" if row.date2 < home.first_day else None
