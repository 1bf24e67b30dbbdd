"""The newest archives of all plugins of each site's yesterday and today, and of all around today.

The next run depends on them: it leaves alone what was archived lately. They are found by the index
on idsite, date1, date2 and period, one period at a time for many sites, packed into one row.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.simulation.site_state import Archive
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.indexes import ARCHIVES_BY_SITE, rows_by
from matomo_archive_exporter.readings.runs.archives import numeric_tables

# "done" or "done<hash>": the second range ends before any other letter than those of a hash.
# Matomo's names are of one case, so the collation plays no role.
_PACKED = """
SELECT COUNT(*), GROUP_CONCAT(CONCAT_WS(',', idsite, SUBSTRING(name, 5),
           CAST(IFNULL(value, 0) AS SIGNED), TIMESTAMPDIFF(SECOND, '1970-01-01', ts_archived), '')
       ORDER BY ts_archived, idarchive SEPARATOR ' ')
FROM {table}
WHERE idsite IN ({sites}) AND date1 = %s AND date2 = %s AND period = %s
AND (name = 'done' OR name >= 'done0' AND name < 'doneg') AND LOCATE('.', name) = 0
AND ts_archived >= '1970-01-01'"""

# MariaDB makes a join of lists of 1,000 and more.
_SITES_AT_ONCE = 500
_MOST_BYTES = 8_000_000
"""of one answer; a client may get 16 MB"""
_END = ","
"""of an entry that is whole"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)

Archives = dict[tuple[int, int, date, str], Archive]
PeriodDates = tuple[int, int, int]
"""A period's number, its first and its last day as ordinals."""


def read(
    connection: Connection, today: Mapping[int, date], most_bytes: int = _MOST_BYTES
) -> Archives | None:
    """Archives by site, period, first day and done flag, for each site's today; None if unreadable.

    Under each flag the newest, with any value. Raises ReadingError for all but a missing grant,
    table or index. A month that has no table (or is not to be seen) has no archives.
    """
    found: Archives = {}
    try:
        tables = set(numeric_tables(connection))
        connection.rows(f"SET SESSION group_concat_max_len = {most_bytes}")
        for period_dates, sites in _sites_by_period_dates(today).items():
            begins = date.fromordinal(period_dates[1])
            table = f"{connection.prefix}archive_numeric_{begins:%Y_%m}"
            if table in tables:
                for start in range(0, len(sites), _SITES_AT_ONCE):
                    some = sites[start : start + _SITES_AT_ONCE]
                    found.update(_archives(connection, table, period_dates, some))
    except ReadingError as error:
        if error.withholds:
            connection.has_failed = connection.is_lost
            return None
        raise
    return found


def _sites_by_period_dates(today: Mapping[int, date]) -> dict[PeriodDates, list[int]]:
    """Which sites' yesterday, today and week, month and year of today each interval is."""
    sites_of_day: defaultdict[date, list[int]] = defaultdict(list)
    for site, day in today.items():
        sites_of_day[day].append(site)
    found: defaultdict[PeriodDates, list[int]] = defaultdict(list)
    for day, sites in sites_of_day.items():
        number = day.toordinal()
        found[DAY, number - 1, number - 1] += sites
        for period in (DAY, WEEK, MONTH, YEAR):
            found[(period, *covering(period, number))] += sites
    return found


def _archives(
    connection: Connection, table: str, period_dates: PeriodDates, sites: list[int]
) -> Iterator[tuple[tuple[int, int, date, str], Archive]]:
    """Archives of these sites for one period, the newest last."""
    period, first, last = period_dates
    begins, ends = date.fromordinal(first), date.fromordinal(last)
    statement = _PACKED.format(table="{table}", sites=",".join(map(str, sites)))
    values = (begins, ends, period)
    ((count, packed),) = rows_by(connection, ARCHIVES_BY_SITE, table, statement, values)
    entries = str(packed).split(" ") if count else []
    if not _is_whole(entries, count):
        if len(sites) == 1:
            raise ReadingError("bad_data", f"too many archives of site {sites[0]} for one period")
        half = len(sites) // 2
        yield from _archives(connection, table, period_dates, sites[:half])
        yield from _archives(connection, table, period_dates, sites[half:])
        return
    for entry in entries:
        site, hash_, value, seconds, _ = entry.split(",")
        archived = _EPOCH + timedelta(seconds=int(seconds))
        yield (int(site), period, begins, f"done{hash_}"), Archive(archived, int(value))


def _is_whole(entries: list[str], count: int) -> bool:
    """Whether the server did not cut the packed entries off."""
    return len(entries) == count and (not entries or entries[-1].endswith(_END))
