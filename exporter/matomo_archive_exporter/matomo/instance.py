"""A Matomo instance as its archiver sees it: sites and segments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time


@dataclass(frozen=True, slots=True)
class Site:
    """A site; `created` is UTC, without a zone of its own, None where the column is empty."""

    idsite: int
    created: datetime | None
    timezone: str

    @property
    def first_day(self) -> int:
        """Its first day, as an ordinal: periods that end before are older than the site.

        Matomo compares the first second of a period's last day with the moment of creation, as if
        that day were one of UTC (4.0.0 and later), so only a site created at midnight has the day
        of its creation. 0 where no period is too old.
        """
        if self.created is None:
            return 0
        return self.created.toordinal() + (self.created.time() != time.min)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stored segment that the archiver builds by itself; `site` is None for all sites."""

    hash: str
    definition: str
    site: int | None


@dataclass(frozen=True, slots=True)
class Instance:
    """Sites by id, and the segments that are archived for them.

    A segment counts while it is not deleted and has `auto_archive` 1; `enable_only_idsite` NULL or
    0 means all sites (Matomo 4.0.0 and later).
    """

    sites: Mapping[int, Site] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()

    def hashes_of(self, idsite: int) -> frozenset[str]:
        """Hashes of the segments that are archived for this site."""
        return frozenset(s.hash for s in self.segments if s.site in (None, idsite))

    @property
    def sites_with_segment(self) -> int:
        """The number of sites with a segment that is archived for them."""
        return sum(bool(self.hashes_of(site)) for site in self.sites)
