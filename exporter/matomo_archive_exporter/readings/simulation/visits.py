"""Which sites had visits on their yesterday and today, and each one's first ever, from log_visit.

The table may have 10^9 rows, so only what its index on idsite and visit_last_action_time gives at
once is asked for: the two ends of each site, and where the
last visit does not tell of a day, one visit of that day. Sites are asked for by a range of ids, not
by a list: of a long list MariaDB makes a join, and reads every visit.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.indexes import VISITS_BY_TIME, rows_by
from matomo_archive_exporter.readings.simulation.visit_seeks import Window, with_visit

VisitWindows = Mapping[int, tuple[str, str, str]]
"""By site when its yesterday begins, when its today begins, and when today ends or the present is
reached: DATETIME texts in UTC, the last one excluded."""

_LAST = """
SELECT idsite, CAST(MAX(visit_last_action_time) AS CHAR)
FROM {table}
WHERE idsite BETWEEN %s AND %s GROUP BY idsite"""
_FIRST = _LAST.replace("MAX(", "MIN(")

_SITES_AT_ONCE = 1_000
_KEEP_FIRST = 3600.0
"""seconds; imports make first visits older, purges younger"""


@dataclass(frozen=True, slots=True)
class Visits:
    """What is known of visits; `first` is UTC and lacks the sites that never had any."""

    first: dict[int, datetime]
    yesterday: frozenset[int]
    today: frozenset[int]


@dataclass(slots=True)
class VisitsMemory:
    """What one reading leaves for the next: first visits, and days that are known to have some."""

    first: dict[int, datetime] = field(default_factory=dict)
    asked: frozenset[int] = frozenset()
    """sites whose first visit was asked for"""
    until: float = 0.0
    """monotonic time at which first visits are asked for anew"""
    visited: frozenset[Window] = frozenset()


def read(
    connection: Connection, windows: VisitWindows, memory: VisitsMemory | None = None
) -> Visits | None:
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
    yesterday = frozenset(n for n, (begin, end, _) in windows.items() if (n, begin, end) in days)
    today = frozenset(n for n, (_, begin, end) in windows.items() if (n, begin, end) in days)
    first = {site: memory.first[site] for site in windows if site in memory.first}
    return Visits(first, yesterday, today)


def _days(
    connection: Connection, windows: VisitWindows, known: frozenset[Window]
) -> frozenset[Window]:
    """Those of the windows that have visits."""
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
    return frozenset(found | with_visit(connection, unsure))


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
