"""The rows that a site's turn in core:archive queues before it works: today and yesterday.

As in Matomo 5.2.0 (CronArchive::invalidateArchivedReportsForSitesThatNeedToBeArchivedAgain): the
days that late visits were tracked for, then today, then yesterday, each with its week, month and
year, for all visits and for each segment, unless the day's archive will do. Days without visits
are left out before 5.4.0. Before 5.2.0 yesterday is told from UTC's clock, which differs for some
hours a day in zones far from it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.instance import Instance, Site
from matomo_archive_exporter.matomo.time_zone import local_date

TIME_TO_LIVE = 900
"""seconds for which today's archive will do (time_before_today_archive_considered_outdated)"""

_ALL_VISITS = "done"
_OF_A_FLAG = 5
"""rows: today and yesterday, their week, month and year; more at an edge"""
# Values of a done flag: 1 finished, 3 so in old times, 4 to be rebuilt, 5 a part of the reports.
_FINISHED = frozenset({1, 3})
_FINISHED_OR_TO_BE_REBUILT = frozenset({1, 3, 4, 5})


@dataclass(frozen=True, slots=True)
class Archive:
    """The newest archive under a done flag: when it was written (UTC), and the flag's value."""

    archived: datetime
    value: int


Archives = Mapping[tuple[int, int, date, str], Archive]
"""The newest by site, period, first day and done flag without a plugin; of yesterday the day alone
is asked for, of today its week, month and year too."""


@dataclass(frozen=True, slots=True)
class VisitDays:
    """Whether a site had visits on its own yesterday and today."""

    yesterday: bool
    today: bool


@dataclass(frozen=True, slots=True)
class SiteNow:
    """A site when its turn begins, `now` in UTC.

    `archives` is empty where the archive tables are not to be read: then none will do, and more
    rows come out than Matomo adds. So it is with `visits` None, taken as visits on both days.
    """

    site: Site
    now: datetime
    segments: Collection[str] = ()
    """hashes of the segments that are archived for it"""
    archives: Archives = field(default_factory=dict)
    visits: VisitDays | None = None
    queues_unvisited_days: bool = False
    """today and yesterday are queued without visits too (5.4.0 and later)"""
    remembered: Collection[date] = ()
    """days with visits that were tracked late (option report_to_invalidate)"""
    in_progress: Collection[str] = ()
    """done flags whose row for yesterday is in progress since after that day's end"""
    periods: Collection[int] = (DAY, WEEK, MONTH, YEAR)
    """those that are enabled"""
    time_to_live: int = TIME_TO_LIVE

    @property
    def today(self) -> date:
        """The site's own day."""
        return local_date(self.now, self.site.timezone)


@dataclass(frozen=True, slots=True)
class DailyRow:
    """A row to be queued; days are ordinals, the last one included."""

    name: str
    period: int
    date1: int
    date2: int


def daily_rows(at: SiteNow) -> tuple[DailyRow, ...]:
    """The rows of a turn in the order in which Matomo inserts them, each once.

    Those of which an identical one is queued before, it leaves out.
    """
    return tuple(dict.fromkeys(row for row in _rows(at) if not _is_before_creation(row, at.site)))


def most_daily_rows(instance: Instance) -> int:
    """About how many rows the turns of all sites queue where no archive will do."""
    return sum(_OF_A_FLAG * (1 + len(instance.hashes_of(site))) for site in instance.sites)


def is_usable(archive: Archive | None, now: datetime, time_to_live: int = TIME_TO_LIVE) -> bool:
    """Whether an archive of a period that covers today keeps a queued row of it from being built.

    QueueConsumer::usableArchiveExists asks for a finished one that is young enough.
    """
    return (
        archive is not None and archive.value in _FINISHED and _is_young(archive, now, time_to_live)
    )


def _is_young(archive: Archive, now: datetime, time_to_live: int) -> bool:
    return archive.archived >= now - timedelta(seconds=time_to_live)


def _is_before_creation(row: DailyRow, site: Site) -> bool:
    """Matomo compares the first second of the last day, as if that day were one of UTC."""
    created = site.created
    last_day = datetime.combine(date.fromordinal(row.date2), datetime.min.time())
    return created is not None and last_day < created


def _rows(at: SiteNow) -> Iterator[DailyRow]:
    today = at.today
    yesterday = today - timedelta(days=1)
    for day in sorted(at.remembered, reverse=True):
        yield from _rows_of_day(at, day)
    if at.visits is None or at.visits.today or at.queues_unvisited_days:
        yield from _rows_of_day(at, today)
    if at.visits is None or at.visits.yesterday or at.queues_unvisited_days:
        yield from _rows_of_day(at, yesterday, any_age=True)


def _rows_of_day(at: SiteNow, day: date, *, any_age: bool = False) -> Iterator[DailyRow]:
    """The rows for one day; yesterday's archive may be of any age, and its rows in progress."""
    periods = _periods(at, day)
    running = at.in_progress if any_age else ()
    is_rebuilt = _ALL_VISITS not in running and not _will_do(at, day, _ALL_VISITS, any_age=any_age)
    if is_rebuilt:
        for period, first, last in periods:
            yield DailyRow(_ALL_VISITS, period, first, last)
            yield from _rows_of_archived_segments(at, period, first, last)
    # To invalidate all visits invalidates the segments' archives as well, which matters to a day
    # that is over.
    is_invalid = is_rebuilt and day != at.today
    for flag in _segment_flags(at):
        is_wanted = is_invalid or not _will_do(at, day, flag, any_age=any_age)
        if is_wanted and flag not in running:
            yield from (DailyRow(flag, *period) for period in periods)


def _rows_of_archived_segments(
    at: SiteNow, period: int, first: int, last: int
) -> Iterator[DailyRow]:
    """Segments of which the period has an archive are queued with all visits."""
    for flag in _segment_flags(at):
        if (at.site.idsite, period, date.fromordinal(first), flag) in at.archives:
            yield DailyRow(flag, period, first, last)


def _segment_flags(at: SiteNow) -> list[str]:
    return [f"{_ALL_VISITS}{hash_}" for hash_ in sorted(at.segments)]


def _periods(at: SiteNow, day: date) -> list[tuple[int, int, int]]:
    """The day and its week, month and year, up to the first that is not enabled.

    Together come those whose archives are in the same table: that of the month of the first day.
    """
    found: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for period in (DAY, WEEK, MONTH, YEAR):
        if period != DAY and period not in at.periods:
            break
        first, last = covering(period, day.toordinal())
        begins = date.fromordinal(first)
        found.setdefault((begins.year, begins.month), []).append((period, first, last))
    return [period for table in found.values() for period in table]


def _will_do(at: SiteNow, day: date, flag: str, *, any_age: bool) -> bool:
    """Whether the day's archive makes new rows needless.

    Only the newest counts, whatever its value. Yesterday's has to be written since the site's
    midnight, today's may be one that is to be rebuilt.
    """
    archive = at.archives.get((at.site.idsite, DAY, day, flag))
    if archive is None or not (any_age or _is_young(archive, at.now, at.time_to_live)):
        return False
    if day == at.today:
        return archive.value in _FINISHED_OR_TO_BE_REBUILT
    is_of_today = local_date(archive.archived, at.site.timezone) == at.today
    is_yesterday = day == at.today - timedelta(days=1)
    return archive.value in _FINISHED and (is_of_today or not is_yesterday)
