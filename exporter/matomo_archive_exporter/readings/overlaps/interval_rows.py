"""The rows of single intervals, told apart by name and report where counts do not decide a case."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matomo_archive_exporter.matomo.overlaps.overlap_intervals import Key, PeriodGroup, RowGroup
from matomo_archive_exporter.readings.database.connection import Connection, Row
from matomo_archive_exporter.readings.overlaps.interval_statement import STATE, date_text

_ROWS = f"""
SELECT idsite, date1 + 0, period, date2 + 0, name, COALESCE(report, '') AS what, {STATE} AS state,
       COUNT(*), MAX(idinvalidation)
FROM {{table}}
WHERE (idsite, date1, period) IN ({{which}})
GROUP BY idsite, date1, period, date2, name, what, state ORDER BY NULL"""  # noqa: S608 - constants

_MOST_INTERVALS = 200
"""in one statement; from here on servers estimate where they looked before"""
_MOST_ROWS = 20_000

SiteDetails = dict[Key, list[RowGroup]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An interval of a site."""

    idsite: int
    interval: PeriodGroup


def read_into(
    details: dict[int, SiteDetails],
    connection: Connection,
    table: str,
    now: str,
    wanted: Iterable[Wanted],
) -> None:
    """Add the rows of the intervals to `details` by site, an empty list where there are none left.

    `table` is the queue with its index by site. Rows may have gone since the intervals were
    counted, or others may have come.
    """
    for some in _together(wanted):
        for one in some:
            details.setdefault(one.idsite, {})[one.interval.key] = []
        for idsite, *columns in _ask(connection, table, now, some):
            row = RowGroup(*columns)
            details[idsite][row.date1, row.period].append(row)


def _ask(connection: Connection, table: str, now: str, some: list[Wanted]) -> list[Row]:
    which = ", ".join(
        f"({one.idsite}, '{date_text(one.interval.date1)}', {one.interval.period})" for one in some
    )
    statement = _ROWS.format(table=table, which=which)
    return connection.rows(statement, {"now": now})


def _together(wanted: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    some, rows = list[Wanted](), 0
    for one in wanted:
        if some and (len(some) == _MOST_INTERVALS or rows + one.interval.rows > _MOST_ROWS):
            yield some
            some, rows = [], 0
        some.append(one)
        rows += one.interval.rows
    if some:
        yield some
