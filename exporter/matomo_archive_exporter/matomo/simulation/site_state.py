"""The state of a site when its turn begins: archives, visits, and days to build again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from matomo_archive_exporter.matomo.instance import Site
from matomo_archive_exporter.matomo.time_zone import local_date


@dataclass(frozen=True, slots=True)
class Archive:
    """The newest archive under a done flag: when it was written (UTC), and the flag's value."""

    archived: datetime
    value: int


Archives = Mapping[tuple[int, int, date, str], Archive]
"""The newest by site, period, first day and done flag without a plugin; of yesterday the day alone
is asked for, of today its week, month and year too."""


@dataclass(frozen=True, slots=True)
class SiteVisits:
    """The `first` visit ever (UTC), None without any; whether there were some on two days."""

    first: datetime | None = None
    yesterday: bool = False
    today: bool = False


@dataclass(frozen=True, slots=True)
class SiteState:
    """A site at a moment, `now` in UTC.

    `archives` is empty where the archive tables are not to be read: then none will do, and more
    rows come out than Matomo adds. So it is with `visits` None, taken as visits on both days.
    """

    site: Site
    now: datetime
    segments: Collection[str] = ()
    """hashes of the segments that are archived for it"""
    archives: Archives = field(default_factory=dict)
    visits: SiteVisits | None = None
    remembered: Collection[date] = ()
    """days with visits that were tracked late (option report_to_invalidate)"""
    in_progress: Collection[str] = ()
    """done flags whose row for yesterday is in progress since after that day's end"""

    @property
    def today(self) -> date:
        """The site's own day."""
        return local_date(self.now, self.site.timezone)
