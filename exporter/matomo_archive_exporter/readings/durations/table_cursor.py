"""The position in table `archiving_metrics`, by id.

Matomo purges rows from the start and those of deleted sites anywhere; a table that is emptied gives
its ids a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matomo_archive_exporter.readings.database.connection import Connection, Row

TABLE = "archiving_metrics"
FINISHED = "TIMESTAMPDIFF(SECOND, '1970-01-01', ts_finished)"
"""Unix seconds in SQL"""

_ROWS_AT_ONCE = 10_000
_LOOK_BACK = 100
"""Ids before the last one that are looked at again: a row with a lower id can come later."""

_ENDS = f"""
(SELECT metadataid, {FINISHED} FROM {{table}} ORDER BY metadataid DESC LIMIT 1)
UNION ALL (SELECT metadataid, {FINISHED} FROM {{table}} WHERE metadataid = %s)
ORDER BY metadataid DESC"""  # noqa: S608 - constants

_NTH = """
SELECT metadataid FROM {table} WHERE metadataid > %s ORDER BY metadataid LIMIT 1 OFFSET {offset}"""

_TAIL = f"""
SELECT metadataid, {FINISHED} FROM {{table}}
WHERE metadataid > %s AND metadataid <= %s"""  # noqa: S608 - constants

_BEFORE = f"""
SELECT MAX(IF({FINISHED} < %s, metadataid, NULL)), MIN(metadataid)
FROM (SELECT metadataid, ts_finished FROM {{table}}
      ORDER BY metadataid DESC LIMIT {_ROWS_AT_ONCE}) newest"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class TableCursor:
    """The position in the table: id `last`, whose archive finished at `finished` (Unix seconds).

    Rows up to id `floor` are never counted; `seen` are the ids between it and `last` that were.
    """

    last: int
    floor: int
    finished: int | None = None
    seen: frozenset[int] = frozenset()


def ends_of(connection: Connection, last: int) -> Sequence[Row]:
    """Id and time of the last row that there is, then of row `last` if it is there."""
    return ask(connection, _ENDS, (last,))


def was_renumbered(cursor: TableCursor, ends: Sequence[Row]) -> bool:
    """Whether ids were given a second time: the table was emptied and its counter with it.

    A lower end alone does not say so: rows of deleted sites are purged wherever they are.
    """
    if not ends or cursor.finished is None:
        return False
    (highest, finished), *at_last = ends
    if any(row[1] != cursor.finished for row in at_last):
        return True
    return bool(highest < cursor.last and finished is not None and finished > cursor.finished)


def behind(connection: Connection, since: int) -> TableCursor:
    """Behind the last row that finished before `since`, at most one step from the end."""
    ((before, first),) = ask(connection, _BEFORE, (since,))
    last = int(before if before is not None else (first or 1) - 1)
    return TableCursor(last, last)


def step_end(connection: Connection, last: int, highest: int) -> int:
    """Numbers that lie close together need no look at the rows."""
    if highest - last <= _ROWS_AT_ONCE:
        return highest
    rows = ask(connection, _NTH, (last,), offset=_ROWS_AT_ONCE - 1)
    return min(int(rows[0][0]), highest) if rows else highest


def moved(connection: Connection, cursor: TableCursor, upto: int) -> TableCursor:
    """The cursor after everything up to an id was counted."""
    now = tail(connection, upto, cursor.floor)
    return replace(now, finished=cursor.finished) if now.finished is None else now


def tail(connection: Connection, last: int, floor: int) -> TableCursor:
    """A cursor behind all rows that there are up to id `last`, those above `floor` looked at."""
    floor = max(floor, last - _LOOK_BACK)
    times: dict[int, int | None] = dict(ask(connection, _TAIL, (floor, last)))
    return TableCursor(last, floor, times.get(last), frozenset(times))


def ask(
    connection: Connection, statement: str, values: tuple[object, ...] = (), **parts: object
) -> list[Row]:
    return connection.rows(statement.format(table=connection.table(TABLE), **parts), values)
