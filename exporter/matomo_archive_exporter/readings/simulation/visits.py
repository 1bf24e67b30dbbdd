"""Which sites had visits on their yesterday and today, and each one's first ever, from log_visit.

The table may have 10^9 rows, so only what its index on idsite and visit_last_action_time gives at
once is asked for: the two ends of each site, and where the
last visit does not tell of a day, one visit of that day. Sites are asked for by a range of ids, not
by a list: of a long list MariaDB makes a join, and reads every visit.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from matomo_archive_exporter.matomo.simulation.site_state import SiteVisits
from matomo_archive_exporter.readings.database.connection import Connection, Parameters
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.indexes import VISITS_BY_TIME, rows_by

Window = tuple[int, str, str]
"""A site, and from when until before when: DATETIME texts in UTC."""
VisitWindows = Mapping[int, tuple[str, str, str]]
"""By site when its yesterday begins, when its today begins, and when today ends or the present is
reached: DATETIME texts in UTC, the last one excluded."""

_LAST = """
SELECT idsite, CAST(MAX(visit_last_action_time) AS CHAR)
FROM {table}
WHERE idsite BETWEEN %s AND %s GROUP BY idsite"""
_FIRST = _LAST.replace("MAX(", "MIN(")

# Their literals let the server plan each seek alone.
_SEEK = """
(SELECT idsite FROM {table}
 WHERE idsite = %s AND visit_last_action_time >= %s AND visit_last_action_time < %s LIMIT 1)"""
_SEEKS_AT_ONCE = 200

# A quarter of the cost for each site, if all sites between the first and the last are wanted.
_RANGE = """
SELECT idsite FROM (
    SELECT idsite, MIN(visit_last_action_time) FROM {table}
    WHERE idsite BETWEEN %s AND %s AND visit_last_action_time >= %s AND visit_last_action_time < %s
    GROUP BY idsite) found"""
_RANGE_IS_WORTH = 4

_SITES_AT_ONCE = 1_000
_KEEP_FIRST = 3600.0
"""seconds; imports make first visits older, purges younger"""


@dataclass(slots=True)
class VisitsMemory:
    """Memory from one reading to the next: first visits, and days that are known to have some."""

    first: dict[int, datetime] = field(default_factory=dict)
    asked: frozenset[int] = frozenset()
    """sites whose first visit was asked for"""
    until: float = 0.0
    """monotonic time at which first visits are read again"""
    visited: frozenset[Window] = frozenset()


def read(
    connection: Connection, windows: VisitWindows, memory: VisitsMemory | None = None
) -> dict[int, SiteVisits] | None:
    """Visits of these sites; None where the grant, the table or its index is missing.

    Raises ReadingError for all else.
    """
    memory = VisitsMemory() if memory is None else memory
    try:
        days = _days(connection, windows, memory.visited)
        _remember_first(connection, memory, frozenset(windows), days)
    except ReadingError as error:
        if error.withholds:
            connection.has_failed = connection.is_lost
            return None
        raise
    memory.visited = days
    return {
        n: SiteVisits(memory.first.get(n), (n, yesterday, today) in days, (n, today, end) in days)
        for n, (yesterday, today, end) in windows.items()
    }


def _days(
    connection: Connection, windows: VisitWindows, known: frozenset[Window]
) -> frozenset[Window]:
    """The windows that have visits."""
    last = dict(_ends(connection, _LAST, sorted(windows)))
    found: set[Window] = set()
    unsure: set[Window] = set()
    for window in _windows(windows):
        site, begin, end = window
        at = last.get(site, "")
        if begin <= at < end or (window in known and at >= begin):
            found.add(window)
        elif at >= end:
            unsure.add(window)
    return frozenset(found | _with_visit(connection, unsure))


def _windows(windows: VisitWindows) -> Iterator[Window]:
    for site, (yesterday, today, end) in windows.items():
        yield site, yesterday, today
        yield site, today, end


def _ends(
    connection: Connection, statement: str, sites: Sequence[int]
) -> Iterator[tuple[int, str]]:
    """The first or last visit of these sites, in order, and of others between them."""
    for start in range(0, len(sites), _SITES_AT_ONCE):
        some = sites[start : start + _SITES_AT_ONCE]
        table, bounds = f"{connection.prefix}log_visit", (some[0], some[-1])
        found = rows_by(connection, VISITS_BY_TIME, table, statement, bounds)
        yield from ((int(n), str(at)) for n, at in found)


def _remember_first(
    connection: Connection, memory: VisitsMemory, sites: frozenset[int], days: frozenset[Window]
) -> None:
    """Bring first visits up to date: of all sites each hour, of new sites and first visits now."""
    if time.monotonic() >= memory.until:
        memory.until = time.monotonic() + _KEEP_FIRST
        memory.first, memory.asked = {}, frozenset()
    begun = {site for site, _, _ in days if site not in memory.first}
    for site, at in _ends(connection, _FIRST, sorted((sites - memory.asked) | begun)):
        try:
            memory.first[site] = datetime.fromisoformat(at)
        except ValueError:  # a date that cannot be
            continue
    memory.asked = sites


def _with_visit(connection: Connection, windows: Collection[Window]) -> set[Window]:
    """The windows with a visit."""
    every = sorted({site for site, _, _ in windows})
    sites_of: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for site, begin, end in windows:
        sites_of[begin, end].append(site)
    found: set[Window] = set()
    for (begin, end), sites in sites_of.items():
        sites.sort()
        for start in range(0, len(sites), _SITES_AT_ONCE):
            some = sites[start : start + _SITES_AT_ONCE]
            between = bisect_left(every, some[-1]) - bisect_left(every, some[0]) + 1
            look = _in_range if len(some) * _RANGE_IS_WORTH > between else _one_by_one
            found.update((site, begin, end) for site in look(connection, some, begin, end))
    return found & set(windows)


def _in_range(connection: Connection, sites: list[int], begin: str, end: str) -> Iterator[int]:
    return _sites(connection, _RANGE, (sites[0], sites[-1], begin, end))


def _one_by_one(connection: Connection, sites: list[int], begin: str, end: str) -> Iterator[int]:
    for start in range(0, len(sites), _SEEKS_AT_ONCE):
        some = sites[start : start + _SEEKS_AT_ONCE]
        values = tuple(value for site in some for value in (site, begin, end))
        yield from _sites(connection, " UNION ALL ".join([_SEEK] * len(some)), values)


def _sites(connection: Connection, statement: str, values: Parameters) -> Iterator[int]:
    table = f"{connection.prefix}log_visit"
    return (int(row[0]) for row in rows_by(connection, VISITS_BY_TIME, table, statement, values))
