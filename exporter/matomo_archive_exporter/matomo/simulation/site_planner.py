"""From what is known of an instance to the work of each of its sites."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.instance import Instance, Site
from matomo_archive_exporter.matomo.simulation.bounded_cache import Lately
from matomo_archive_exporter.matomo.simulation.daily_rows import (
    Archives,
    OwnRow,
    SiteNow,
    VisitDays,
    is_usable,
    own_rows,
)
from matomo_archive_exporter.matomo.simulation.forecast import SitePlan
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation, named
from matomo_archive_exporter.matomo.simulation.packed_rows import Names, earliest, unpack
from matomo_archive_exporter.matomo.simulation.planned_rows import (
    NO_VISITS,
    SiteFacts,
    SiteWork,
    VersionRules,
    site_work,
)
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion
from matomo_archive_exporter.matomo.time_zone import day_begins, local_date

Works = tuple[SiteWork, SiteWork | None]
"""A site's work if its rows count as visited; and if none has visits, where that is not known."""


@dataclass(frozen=True, slots=True)
class SiteVisits:
    """A site's visits: its first ever (UTC), None if it never had one; those of two days."""

    first: datetime | None
    days: VisitDays


@dataclass(frozen=True, slots=True)
class Present:
    """What is known of the instance now. Times are UTC.

    `day` stands for every site's today instead of what `now` is there. `visits` is None where
    nothing is known of them, `archives` is empty where archive tables cannot be read.
    """

    instance: Instance
    now: datetime
    rules: VersionRules
    queues_unvisited_days: bool = False
    """today and yesterday are queued without visits too (5.4.0 and later)"""
    expansions: Sequence[Expansion] = ()
    archives: Archives = field(default_factory=dict)
    visits: Mapping[int, SiteVisits] | None = None
    remembered: Mapping[int, Collection[date]] = field(default_factory=dict)
    """days of each site that are to be invalidated because visits were tracked late"""
    day: date | None = None
    new_digits: int = 1


class SitePlanner:
    """Plans one site after the other; sites that are alike are worked out once."""

    def __init__(self, present: Present) -> None:
        self._present = present
        self._works: Lately[Works] = Lately()

    def plan(self, idsite: int, packed: str, names: Names, *, is_begun: bool = False) -> SitePlan:
        """The plan for a site of the instance, from its rows as the database packs them.

        A turn that `is_begun` has queued its own rows before.
        """
        site = self._present.instance.sites[idsite]
        segments = self._present.instance.hashes_of(idsite)
        concerned = tuple(e.concerns(idsite) for e in self._present.expansions)
        now = self._now(site)
        today = local_date(now, site.timezone)
        own = () if is_begun else own_rows(self._site_now(site, segments, now))
        facts = self._facts(site, segments, today, now, self._earliest(packed))
        facts = replace(facts, usable=_without_invalidated(facts.usable, own))
        if self._present.queues_unvisited_days:
            facts = replace(facts, unvisited=self._unvisited(idsite, today))
        text = blake2b(packed.encode(), digest_size=16).digest()
        key = (text, facts, own, concerned)

        def work_out() -> tuple[Works, int]:
            works = self._works_of(packed, names, facts, own, concerned)
            return works, len(works[0].rows)

        works = self._works.get(key, work_out)
        return SitePlan(
            idsite,
            key,
            *works,
            facts.today,
            lists_segments=bool(segments) and self._lists_segments(idsite, works[0]),
            was_listed=bool(segments) and self.is_listed(idsite),
            is_begun=is_begun,
        )

    def is_listed(self, idsite: int) -> bool:
        """Whether the expansion of a re-archiving asks for the segments of this site."""
        return any(e.names_segments and e.concerns(idsite) for e in self._present.expansions)

    def _lists_segments(self, idsite: int, work: SiteWork) -> bool:
        """Before 5.4.0 a turn asks for segments only with visits, late ones, or a segment's row."""
        present = self._present
        if present.queues_unvisited_days or present.visits is None:
            return True
        days = present.visits[idsite].days
        is_visited = days.today or days.yesterday or idsite in present.remembered
        return is_visited or work.looks_at_segments

    def _unvisited(self, idsite: int, today: date) -> frozenset[int]:
        visits, number = self._present.visits, today.toordinal()
        if visits is None:
            return frozenset()
        days = visits[idsite].days
        has_visits = ((number, days.today), (number - 1, days.yesterday))
        return frozenset(day for day, is_visited in has_visits if not is_visited)

    def _now(self, site: Site) -> datetime:
        day = self._present.day
        if day is None:
            return self._present.now
        return day_begins(day, site.timezone) + timedelta(hours=12)

    def _earliest(self, packed: str) -> int:
        """The first day of all rows: what happened before it makes no difference."""
        days = [earliest(packed)]
        days += [row.date1 for e in self._present.expansions for row in e.rows[:1]]
        return min(days)

    def _facts(
        self, site: Site, segments: frozenset[str], today: date, now: datetime, earliest_day: int
    ) -> SiteFacts:
        created = _first_day(site.created)
        visits = self._present.visits
        first = None if visits is None else visits[site.idsite].first
        visited = 0 if visits is None else NO_VISITS
        if first is not None:
            visited = local_date(first, site.timezone).toordinal()
        return SiteFacts(
            segments=segments,
            created=created if created > earliest_day else 0,
            first_visit=visited if visited > earliest_day else 0,
            today=today.toordinal(),
            usable=frozenset(self._usable(site.idsite, segments, today, now)),
        )

    def _usable(
        self, idsite: int, segments: Iterable[str], today: date, now: datetime
    ) -> Iterable[tuple[str, int, int]]:
        archives = self._present.archives
        if archives:
            for period in (DAY, WEEK, MONTH, YEAR):
                first, _ = covering(period, today.toordinal())
                for segment in ("", *segments):
                    at = (idsite, period, date.fromordinal(first), f"done{segment}")
                    if is_usable(archives.get(at), now):
                        yield segment, period, first

    def _site_now(self, site: Site, segments: frozenset[str], now: datetime) -> SiteNow:
        visits = self._present.visits
        days = None if visits is None else visits[site.idsite].days
        remembered = self._present.remembered.get(site.idsite, ())
        return SiteNow(
            site,
            now,
            segments,
            self._present.archives,
            days,
            remembered=remembered,
            queues_unvisited_days=self._present.queues_unvisited_days,
        )

    def _works_of(
        self,
        packed: str,
        names: Names,
        facts: SiteFacts,
        own: Sequence[OwnRow],
        concerned: Sequence[bool],
    ) -> Works:
        table, rules = unpack(packed, names), self._present.rules
        added = [
            row
            for is_concerned, e in zip(concerned, self._present.expansions, strict=True)
            for row in (e.rows_of(facts.segments) if is_concerned else ())
            if row.date2 >= facts.created
        ]
        owned = [self._row(row) for row in own]
        work = site_work(table, facts, rules, added, owned)
        if self._present.visits is not None:
            return work, None
        if not self._present.queues_unvisited_days:
            owned = []
        return work, site_work(table, replace(facts, first_visit=NO_VISITS), rules, added, owned)

    def _row(self, row: OwnRow) -> Invalidation:
        digits = self._present.new_digits
        return named(row.name, "", row.period, row.date1, row.date2, digits)


def _without_invalidated(
    usable: frozenset[tuple[str, int, int]], own: Sequence[OwnRow]
) -> frozenset[tuple[str, int, int]]:
    """To queue a row is to invalidate the archive that it is for; all visits, those of segments."""
    queued = {(row.name, row.period, row.date1) for row in own}
    return frozenset(
        (segment, period, first)
        for segment, period, first in usable
        if not {("done", period, first), (f"done{segment}", period, first)} & queued
    )


def _first_day(created: datetime | None) -> int:
    """Periods that end before are not archived: the first second of their last day counts."""
    if created is None:
        return 0
    return created.toordinal() + (created.time() != datetime.min.time())
