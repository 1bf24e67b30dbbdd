"""Whether sites had a visit within given times: one seek each in log_visit's index."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator

from matomo_archive_exporter.readings.database.connection import Connection, Parameters
from matomo_archive_exporter.readings.database.indexes import VISITS_BY_TIME, rows_by

Window = tuple[int, str, str]
"""A site, and from when until before when: DATETIME texts in UTC."""

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


def with_visit(connection: Connection, windows: Collection[Window]) -> set[Window]:
    """Those of the windows in which there was a visit."""
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
