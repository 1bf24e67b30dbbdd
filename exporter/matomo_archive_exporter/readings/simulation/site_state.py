"""What is known of an instance right now, beside its queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from matomo_archive_exporter.matomo.instance import Instance, Site
from matomo_archive_exporter.matomo.simulation.daily_rows import VisitDays
from matomo_archive_exporter.matomo.simulation.site_planner import SiteVisits
from matomo_archive_exporter.matomo.time_zone import day_begins, local_date
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.simulation import recent_archives, visits


@dataclass(frozen=True, slots=True)
class Clock:
    """The present: `now` in UTC, or midday of `day` wherever a site may be."""

    now: datetime
    day: date | None = None

    def today(self, site: Site) -> date:
        """The site's own day."""
        return self.day or local_date(self.now, site.timezone)

    def end(self, site: Site) -> datetime:
        """The end of what there can be of that day, in UTC."""
        if self.day is None:
            return self.now + timedelta(seconds=1)
        return day_begins(self.day + timedelta(days=1), site.timezone)


@dataclass(frozen=True, slots=True)
class Found:
    """Archives that may still do, and visits; None where the grant for either is missing."""

    archives: recent_archives.Archives | None = None
    visits: Mapping[int, SiteVisits] | None = None


def read(
    connection: Connection, instance: Instance, clock: Clock, memory: visits.VisitsMemory
) -> Found:
    """Both, where they can be read."""
    today = {idsite: clock.today(site) for idsite, site in instance.sites.items()}
    return Found(
        archives=recent_archives.read(connection, today),
        visits=_visits(connection, instance, clock, memory),
    )


def _visits(
    connection: Connection, instance: Instance, clock: Clock, memory: visits.VisitsMemory
) -> Mapping[int, SiteVisits] | None:
    windows = {idsite: _windows(site, clock) for idsite, site in instance.sites.items()}
    found = visits.read(connection, windows, memory)
    if found is None:
        return None
    return {
        idsite: SiteVisits(
            found.first.get(idsite), VisitDays(idsite in found.yesterday, idsite in found.today)
        )
        for idsite in instance.sites
    }


def _windows(site: Site, clock: Clock) -> tuple[str, str, str]:
    today = clock.today(site)
    begins = day_begins(today, site.timezone)
    yesterday = day_begins(today - timedelta(days=1), site.timezone)
    return str(yesterday), str(begins), str(clock.end(site))
