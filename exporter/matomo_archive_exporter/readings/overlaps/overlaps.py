"""Overlaps, duplicates and orphans in the queue, exactly, without a look at most rows.

The queue is counted by intervals, all of one site's as one text. Sites with the same text, of which
a mass re-archiving makes many, are worked out once. Only intervals that the counts leave open are
read row by row.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from matomo_archive_exporter.matomo.calendar import LABELS, PeriodLabel
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.overlaps.held_back import HeldBack
from matomo_archive_exporter.matomo.overlaps.orphans import REASONS, Home, Reason, homes, orphans
from matomo_archive_exporter.matomo.overlaps.overlap import blocked, duplicates, unresolved
from matomo_archive_exporter.matomo.overlaps.overlap_intervals import (
    STARTED,
    PeriodGroup,
    unpack,
)
from matomo_archive_exporter.matomo.version import Behaviour
from matomo_archive_exporter.readings.database import indexes
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.overlaps import held_back
from matomo_archive_exporter.readings.overlaps.interval_rows import SiteDetails, read_into
from matomo_archive_exporter.readings.overlaps.interval_scan import IntervalScan
from matomo_archive_exporter.readings.overlaps.interval_statement import archived_segments
from matomo_archive_exporter.readings.queue.queue_groups import TABLE

_SITES_AT_ONCE = 200
"""sites of which rows are read together"""


@dataclass(frozen=True, slots=True)
class OverlapsReading:
    """Rows of the queue that do not come to be archived as they stand."""

    blocked: Mapping[PeriodLabel, int]
    """queued, selectable rows that overlap an unfinished one before them"""
    duplicates: int
    orphans: Mapping[Reason, int]
    held_back: tuple[HeldBack, ...] | None = None
    """queued rows that wait for rows in progress, by process; None where that is not known: before
    5.3.0, in which rows in progress hold back none"""


def read(
    connection: Connection, server: Server, instance: Instance, behaviour: Behaviour
) -> OverlapsReading:
    """The whole queue, by the rules of the instance's version."""
    index = indexes.forced(connection, indexes.QUEUE_BY_SITE, f"{connection.prefix}{TABLE}")
    by_site = f"{connection.table(TABLE)} {index}"
    scan = IntervalScan(connection, by_site, archived_segments(instance), server.utc_now)
    counter = OverlapCounter(connection, by_site, server.utc_now, behaviour, homes(instance))
    for idsite, text in scan.sites():
        counter.add(idsite, text)
    counter.resolve()
    reading = counter.reading()
    if not behaviour.in_progress_blocks:
        return reading
    held = held_back.read(connection, server.utc_now, counter.started_sites)
    return replace(reading, held_back=held)


@dataclass(frozen=True, slots=True)
class SiteCounts:
    """The counts that all sites with the same text have in common."""

    blocked: Counter[int]
    duplicates: int
    foreign: int
    oldest_end: int
    """last day of the interval that ends first"""


@dataclass(slots=True)
class OverlapCounter:
    """The counts so far, and the sites whose rows are still to be read."""

    connection: Connection
    table: str
    now: str
    behaviour: Behaviour
    homes: Mapping[int, Home]
    _blocked: Counter[int] = field(default_factory=Counter)
    _duplicates: int = 0
    _orphans: Counter[Reason] = field(default_factory=Counter)
    _counted: dict[bytes, SiteCounts] = field(default_factory=dict)
    _open: dict[int, tuple[PeriodGroup, ...]] = field(default_factory=dict)
    started_sites: list[int] = field(default_factory=list)
    """those with rows in progress"""

    def add(self, idsite: int, text: str) -> None:
        digest = blake2b(text.encode(), digest_size=16).digest()
        counts = self._counted.get(digest)
        if counts is None:
            intervals = unpack(text)
            if unresolved(intervals, {}, self.behaviour):
                self._postpone(idsite, intervals)
                return
            counts = self._counted[digest] = SiteCounts(
                blocked(intervals, {}, self.behaviour),
                duplicates(intervals, {}),
                sum(interval.foreign for interval in intervals),
                min(interval.date2 for interval in intervals),
            )
        self._blocked += counts.blocked
        self._duplicates += counts.duplicates
        home = self.homes.get(idsite)
        if home is None or counts.oldest_end < home.first_day:
            self._orphans += orphans(unpack(text), {}, home)
        else:
            self._orphans["segment_not_archived"] += counts.foreign

    def _postpone(self, idsite: int, intervals: tuple[PeriodGroup, ...]) -> None:
        self._open[idsite] = intervals
        if any(interval.kinds & STARTED for interval in intervals):
            self.started_sites.append(idsite)
        if len(self._open) >= _SITES_AT_ONCE:
            self.resolve()

    def resolve(self) -> None:
        """Read the rows that decide about the sites put off, and count those."""
        details: dict[int, SiteDetails] = {}
        while wanted := [
            (idsite, interval)
            for idsite, intervals in self._open.items()
            for interval in unresolved(intervals, details.get(idsite, {}), self.behaviour)
        ]:
            read_into(details, self.connection, self.table, self.now, wanted)
        for idsite, intervals in self._open.items():
            rows = details.get(idsite, {})
            self._blocked += blocked(intervals, rows, self.behaviour)
            self._duplicates += duplicates(intervals, rows)
            self._orphans += orphans(intervals, rows, self.homes.get(idsite))
        self._open.clear()

    def reading(self) -> OverlapsReading:
        return OverlapsReading(
            {label: self._blocked[number] for number, label in LABELS.items()},
            self._duplicates,
            {reason: self._orphans[reason] for reason in REASONS},
        )
