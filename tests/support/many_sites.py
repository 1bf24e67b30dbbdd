"""Instances with many like sites, and the forecast of a run over them; nothing of a database.

As in the runs of `tests/recordings/memory-of-sites.csv`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation import rearchiving
from matomo_archive_exporter.matomo.simulation.daily_rows import Archive, VisitDays
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.rearchiving import Reach
from matomo_archive_exporter.matomo.simulation.site_planner import SitePlanner, SiteVisits
from matomo_archive_exporter.readings.simulation.archiver_config import Archiver
from matomo_archive_exporter.readings.simulation.forecast import (
    Circumstances,
    Known,
    plan_of,
    present_of,
)
from matomo_archive_exporter.readings.simulation.site_state import Clock, Found

PDO, MYSQLI = "PDO\\MYSQL", "MYSQLI"
NOW = datetime.fromisoformat("2026-11-28 05:00:00")
LAST_DAYS = ReArchiving(
    None, "Actions", "Actions_hits", int(datetime(2026, 11, 25, tzinfo=UTC).timestamp()), None
)
"""a re-archiving of three days at all sites"""
DIGITS = 4
_PREFIX = len("matomo_")


@dataclass(frozen=True, slots=True)
class ManySites:
    """So many sites with so many segments, of which the first few are for site 1 only.

    `age` is that of the archives of today and yesterday, None where there are none; `visits` are
    those of each site, None where it never had any; `shared` is the list that archivers share.
    """

    sites: int
    segments: int = 0
    for_site_1_only: int = 0
    visits: VisitDays | None = None
    age: timedelta | None = None
    rearchivings: tuple[ReArchiving, ...] = ()
    shared: frozenset[int] = frozenset()

    @property
    def instance(self) -> Instance:
        """Its sites and segments."""
        sites = {n: Site(n, None, "UTC") for n in range(1, self.sites + 1)}
        segments = (
            Segment(f"{n:032x}", f"a=={n}", 1 if n <= self.for_site_1_only else None)
            for n in range(1, self.segments + 1)
        )
        return Instance(sites, tuple(segments))

    @property
    def found(self) -> Found:
        """What is known of its visits and archives."""
        none = SiteVisits(None, VisitDays(yesterday=False, today=False))
        some = none if self.visits is None else SiteVisits(NOW - timedelta(hours=20), self.visits)
        visits = dict.fromkeys(range(1, self.sites + 1), some)
        return Found(dict(self._archives()), visits)

    def _archives(self) -> Iterator[tuple[tuple[int, int, date, str], Archive]]:
        if self.age is None:
            return
        today = NOW.date().toordinal()
        periods = [
            (DAY, today - 1),
            *((p, covering(p, today)[0]) for p in (DAY, WEEK, MONTH, YEAR)),
        ]
        archive = Archive(NOW - self.age, 1)
        for site in range(1, self.sites + 1):
            for segment in ("", *self.instance.hashes_of(site)):
                for period, first in periods:
                    yield (site, period, date.fromordinal(first), f"done{segment}"), archive


def forecast(
    these: ManySites, matomo_version: str = "5.8.0", archiver: Archiver | None = None
) -> Forecast:
    """The run over them, from an empty queue, with children that answer and write no archive."""
    return over(circumstances(these, matomo_version, archiver or Archiver(PDO)), these.found)


def over(at: Circumstances, found: Found) -> Forecast:
    """The run over sites of which none has a row, with children that only answer."""
    planner = SitePlanner(present_of(at, found))
    forecaster = Forecaster(plan_of(at, _PREFIX, knows_visits=True))
    for idsite in at.instance.sites:
        plan = replace(planner.plan(idsite, "", {}), today=None)
        if at.takes(idsite):
            forecaster.add(plan)
        else:
            forecaster.add_waiting(plan.work.rearchived)
    return forecaster.result()


def circumstances(these: ManySites, matomo_version: str, archiver: Archiver) -> Circumstances:
    """All that decides on the forecast of a run over them."""
    behaviour = version.behaviour(matomo_version, archiver.adapter)
    instance = these.instance
    reach = Reach(NOW.date(), segments_at_own_sites_only=behaviour.expands_segments_at_own_sites)
    expansions = tuple(
        rearchiving.expansion(entry, instance, reach, DIGITS) for entry in these.rearchivings
    )
    known = Known(matomo_version, these.rearchivings, shared_sites=these.shared)
    return Circumstances(
        archiver, behaviour, known, Clock(NOW), instance, reach, expansions, 0, DIGITS
    )


def with_limit(archiver: Archiver, limit: str) -> Archiver:
    """The same with a memory_limit in megabytes or gigabytes, such as 64M."""
    unit = {"M": 1 << 20, "G": 1 << 30}[limit[-1]]
    return replace(archiver, memory_limit=int(limit[:-1]) * unit)
