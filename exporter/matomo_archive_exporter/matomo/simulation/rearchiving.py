"""The rows into which scheduled re-archivings will be expanded by the next run of core:archive.

Seen in runs of Matomo 5.2.0 and 5.8.0: an entry covers the days from its start to yesterday (UTC),
capped by rearchive_reports_in_past_last_n_months, with the weeks, months and years that hold them,
for all its sites, and once for each segment: before 5.4.0 also at sites for which that segment is
not archived.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import md5
from urllib.parse import unquote_plus

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation, named
from matomo_archive_exporter.matomo.simulation.memory import Expanding
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.run_inputs import RunInputs


@dataclass(frozen=True, slots=True)
class Expansion:
    """One entry, expanded: names times periods, for `sites` or, if None, for all."""

    sites: frozenset[int] | None
    rows: tuple[Invalidation, ...]
    months: int
    """calendar months from its first to its last day"""
    names_segments: bool = True
    """whether it asks each of its sites for the segments that are archived for it"""
    at_own_sites_only: bool = False
    """whether it has a segment's rows only where that segment is archived (5.4.0 and later)"""

    def rows_of(self, segments: Collection[str]) -> Iterator[Invalidation]:
        """The rows for one of its sites, for which these segments (hashes) are archived."""
        is_chosen = self.names_segments and self.at_own_sites_only
        for row in self.rows:
            if not is_chosen or not row.segment or row.segment in segments:
                yield row

    def concerns(self, idsite: int) -> bool:
        """Whether it has rows for this site."""
        return self.sites is None or idsite in self.sites


def expansion(entry: ReArchiving, inputs: RunInputs, digits: int) -> Expansion:
    """The rows of any of its sites; `digits` are those of the ids that rows will get.

    Rows of periods that ended before a site was created are not made: that is for the caller.
    """
    days = _days(entry, inputs)
    periods = sorted(_periods(days), key=lambda p: (p[1], p[0]))
    rows = tuple(
        named(name, entry.report or "", period, first, last, digits)
        for name in _names(entry, inputs)
        for period, first, last in periods
    )
    excludes_segments = inputs.config.rearchive_exclude_segments
    return Expansion(
        None if entry.sites is None else frozenset(entry.sites),
        rows,
        len(_covering(MONTH, days)),
        names_segments=entry.segment is None and not excludes_segments and bool(rows),
        at_own_sites_only=inputs.behaviour.expands_segments_at_own_sites,
    )


def expanding(expansions: Sequence[Expansion], instance: Instance) -> Expanding | None:
    """The size of the expansion of all entries; None where they expand to nothing.

    An entry with one segment of its own asks no site for its segments, nor does any where
    rearchive_reports_in_past_exclude_segments is set.
    """
    every = [e for e in expansions if e.rows]
    if not every:
        return None
    naming = [e for e in every if e.names_segments]
    sites = [site for site in instance.sites if any(e.concerns(site) for e in every)]
    asked = [site for site in sites if any(e.concerns(site) for e in naming)]
    return Expanding(
        sites=len(sites),
        lists=sum(bool(instance.hashes_of(site)) for site in asked),
        segments=len(instance.segments),
        months=max(e.months for e in every),
    )


def sites_of(entry: ReArchiving, instance: Instance) -> int:
    """The number of the instance's sites that an entry concerns."""
    if entry.sites is None:
        return len(instance.sites)
    return len(instance.sites.keys() & set(entry.sites))


def rows_of_a_site(entry: ReArchiving, inputs: RunInputs) -> int:
    """The number of rows of an entry for each of its sites."""
    return len(list(_names(entry, inputs))) * len(_periods(_days(entry, inputs)))


def _periods(days: range) -> list[tuple[int, int, int]]:
    return [(period, *at) for period in (DAY, WEEK, MONTH, YEAR) for at in _covering(period, days)]


def _days(entry: ReArchiving, inputs: RunInputs) -> range:
    yesterday = inputs.clock.utc_day.toordinal() - 1
    earliest = _earliest(date.fromordinal(yesterday), inputs.config.rearchive_last_n_months)
    start = earliest if entry.start is None else max(_ordinal(entry.start), earliest or 0)
    return range(start or yesterday + 1, yesterday + 1)


def _earliest(yesterday: date, last_n_months: int) -> int | None:
    """The first of the month so many months before; None where there is no such limit."""
    if not last_n_months:
        return None
    year, month = divmod(yesterday.year * 12 + yesterday.month - 1 - last_n_months, 12)
    return date(max(year, 1), month + 1, 1).toordinal()


def _ordinal(seconds: int) -> int:
    """The day of a time in Unix seconds; one beyond all calendars is as good as the last day."""
    try:
        return datetime.fromtimestamp(seconds, UTC).date().toordinal()
    except (ValueError, OverflowError, OSError):
        return date.max.toordinal()


def _covering(period: int, days: range) -> list[tuple[int, int]]:
    return list(dict.fromkeys(covering(period, day) for day in days))


def _names(entry: ReArchiving, inputs: RunInputs) -> Iterator[str]:
    plugin = f".{entry.plugin}" if entry.plugin else ""
    for hash_ in _hashes(entry, inputs):
        yield f"done{hash_}{plugin}"


def _hashes(entry: ReArchiving, inputs: RunInputs) -> Iterable[str]:
    if entry.segment is not None:
        return (segment_hash(entry.segment),)
    segments = () if inputs.config.rearchive_exclude_segments else inputs.instance.segments
    return dict.fromkeys(("", *(segment.hash for segment in segments)))


def segment_hash(definition: str) -> str:
    """The hash of a segment in done flags; "" for all visits."""
    if not definition:
        return ""
    return md5(unquote_plus(definition).encode(), usedforsecurity=False).hexdigest()
