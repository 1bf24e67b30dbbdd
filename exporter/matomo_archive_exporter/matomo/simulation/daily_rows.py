"""The rows that a site's turn in core:archive queues before it works: today and yesterday.

As in Matomo 5.2.0 (CronArchive::invalidateArchivedReportsForSitesThatNeedToBeArchivedAgain): the
days that late visits were tracked for, then today, then yesterday, each with its week, month and
year, for all visits and for each segment, unless the day's archive will do. Days without visits
are left out before 5.4.0. Before 5.2.0 yesterday is that of UTC's clock, which differs for some
hours a day in zones far from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.simulation.site_state import Archive, SiteState
from matomo_archive_exporter.matomo.time_zone import local_date
from matomo_archive_exporter.matomo.version import Behaviour

_TIME_TO_LIVE = timedelta(minutes=15)
"""for which today's archive will do (time_before_today_archive_considered_outdated)"""
_ALL_VISITS = "done"
_OF_A_FLAG = 5
"""rows: today and yesterday, their week, month and year; more at an edge"""
# Values of a done flag: 1 finished, 3 finished (old versions), 4 to be rebuilt, 5 some reports.
_FINISHED = frozenset({1, 3})
_FINISHED_OR_TO_BE_REBUILT = frozenset({1, 3, 4, 5})


@dataclass(frozen=True, slots=True)
class DailyRow:
    """A row to be queued; days are ordinals, the last one included."""

    name: str
    period: int
    date1: int
    date2: int


def daily_rows(at: SiteState, behaviour: Behaviour) -> tuple[DailyRow, ...]:
    """The rows of a turn in the order in which Matomo inserts them, each once.

    Those of which an identical one is queued before, it leaves out.
    """
    first_day = at.site.first_day
    return tuple(dict.fromkeys(row for row in _rows(at, behaviour) if row.date2 >= first_day))


def most_daily_rows(instance: Instance) -> int:
    """The approximate number of rows that all sites queue if no archive is usable."""
    return sum(_OF_A_FLAG * (1 + len(instance.hashes_of(site))) for site in instance.sites)


def is_usable(archive: Archive | None, now: datetime) -> bool:
    """Whether an archive of a period that covers today keeps a queued row of it from being built.

    QueueConsumer::usableArchiveExists asks for a finished one that is young enough.
    """
    return archive is not None and archive.value in _FINISHED and _is_young(archive, now)


def _is_young(archive: Archive, now: datetime) -> bool:
    return archive.archived >= now - _TIME_TO_LIVE


def _rows(at: SiteState, behaviour: Behaviour) -> Iterator[DailyRow]:
    takes_all = at.visits is None or behaviour.works_unvisited_days
    for day in sorted(at.remembered, reverse=True):
        yield from _rows_of_day(at, day)
    if takes_all or (at.visits is not None and at.visits.today):
        yield from _rows_of_day(at, at.today)
    if takes_all or (at.visits is not None and at.visits.yesterday):
        yield from _rows_of_day(at, at.today - timedelta(days=1), any_age=True)


def _rows_of_day(at: SiteState, day: date, *, any_age: bool = False) -> Iterator[DailyRow]:
    """The rows for one day; yesterday's archive may be of any age, and its rows in progress."""
    periods = _periods(day)
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
    at: SiteState, period: int, first: int, last: int
) -> Iterator[DailyRow]:
    """Queue the segments that have an archive of the period together with all visits."""
    for flag in _segment_flags(at):
        if (at.site.idsite, period, date.fromordinal(first), flag) in at.archives:
            yield DailyRow(flag, period, first, last)


def _segment_flags(at: SiteState) -> list[str]:
    return [f"{_ALL_VISITS}{hash_}" for hash_ in sorted(at.segments)]


def _periods(day: date) -> list[tuple[int, int, int]]:
    """The day and its week, month and year.

    Together come those whose archives are in the same table: that of the month of the first day.
    """
    found: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for period in (DAY, WEEK, MONTH, YEAR):
        first, last = covering(period, day.toordinal())
        begins = date.fromordinal(first)
        found.setdefault((begins.year, begins.month), []).append((period, first, last))
    return [period for table in found.values() for period in table]


def _will_do(at: SiteState, day: date, flag: str, *, any_age: bool) -> bool:
    """Whether the day's archive makes new rows needless.

    Only the newest counts, with any value. Yesterday's has to be written since the site's
    midnight, today's may be one that is to be rebuilt.
    """
    archive = at.archives.get((at.site.idsite, DAY, day, flag))
    if archive is None or not (any_age or _is_young(archive, at.now)):
        return False
    if day == at.today:
        return archive.value in _FINISHED_OR_TO_BE_REBUILT
    is_of_today = local_date(archive.archived, at.site.timezone) == at.today
    is_yesterday = day == at.today - timedelta(days=1)
    return archive.value in _FINISHED and (is_of_today or not is_yesterday)
