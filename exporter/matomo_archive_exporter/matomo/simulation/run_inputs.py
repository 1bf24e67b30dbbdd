"""The inputs of a run of core:archive, except its queue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from matomo_archive_exporter.matomo.instance import Instance, Site
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.site_state import Archives, SiteState, SiteVisits
from matomo_archive_exporter.matomo.time_zone import day_begins, local_date
from matomo_archive_exporter.matomo.version import Behaviour


@dataclass(frozen=True, slots=True)
class Clock:
    """The present: `now` in UTC, or midday of `day` wherever a site may be."""

    now: datetime
    day: date | None = None

    def at(self, site: Site) -> datetime:
        """The moment at a site, in UTC."""
        if self.day is None:
            return self.now
        return day_begins(self.day, site.timezone) + timedelta(hours=12)

    def today(self, site: Site) -> date:
        """The site's own day."""
        return self.day or local_date(self.now, site.timezone)

    def end(self, site: Site) -> datetime:
        """The end of what there can be of that day, in UTC."""
        if self.day is None:
            return self.now + timedelta(seconds=1)
        return day_begins(self.day + timedelta(days=1), site.timezone)

    @property
    def utc_day(self) -> date:
        """The day in UTC."""
        return self.day or self.now.date()


@dataclass(frozen=True, slots=True)
class RunInputs:
    """The instance, its configuration and its sites before a run; passed whole.

    `visits` is None where nothing is known of them, `archives` is empty where archive tables cannot
    be read.
    """

    config: ArchiverConfig
    behaviour: Behaviour
    instance: Instance
    clock: Clock
    rearchivings: tuple[ReArchiving, ...] | None = ()
    """the scheduled ones; None where they cannot be read, and the forecast lacks them"""
    remembered: Mapping[int, Collection[date]] = field(default_factory=dict)
    """days of each site that are to be invalidated because visits were tracked late"""
    shared_sites: frozenset[int] = frozenset()
    """ids in the list that archivers share: the run takes these, all where there are none"""
    archives: Archives = field(default_factory=dict)
    visits: Mapping[int, SiteVisits] | None = None

    def takes(self, idsite: int) -> bool:
        """Whether the run takes this site."""
        return not self.shared_sites or idsite in self.shared_sites

    def state_of(self, idsite: int) -> SiteState:
        """The state of one site when its turn begins."""
        site = self.instance.sites[idsite]
        return SiteState(
            site,
            self.clock.at(site),
            self.instance.hashes_of(idsite),
            self.archives,
            None if self.visits is None else self.visits[idsite],
            self.remembered.get(idsite, ()),
        )
