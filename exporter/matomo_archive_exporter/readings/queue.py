"""The queue, table `archive_invalidations`, counted in SQL and in pieces.

Nearly every row of a backlog is ordinary: queued, never started, with a time that has come. Those
are counted by one hash of name and report, the cheapest way to group them. The few others are read
again with all their times. Pieces are not one snapshot; nothing above the highest id that the
reading began with is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from matomo_archive_exporter.matomo.queue import QueueFacts, QueueGroup, summarise
from matomo_archive_exporter.matomo.turnover import Turnover, advance, begin
from matomo_archive_exporter.readings.connection import Connection, Row
from matomo_archive_exporter.readings.pieces import Piece, pieces
from matomo_archive_exporter.readings.server import Server

# Matomo's plugin names end well before: `done`, 32 characters of hash, a dot and 60 of name.
_WIDTH = 100
_BUCKETS = 1024
_ORDINARY = "status = 0 AND ts_started IS NULL AND ts_invalidated <= %(now)s"

_HIGHEST = "SELECT MAX(idinvalidation) FROM {table}"

_ADDED = """
SELECT COUNT(*) FROM {table} WHERE idinvalidation > %s AND idinvalidation <= %s"""

# Rows that are not ordinary fall into buckets below _BUCKETS, by their id, nearly always alone.
# One id stands for a group: further columns would cost more than to look its row up.
_ORDINARY_GROUPS = f"""
SELECT IF({_ORDINARY}, {_BUCKETS} + 256 * CRC32(CONCAT_WS('\\n', name, report)) + period,
          MOD(idinvalidation, {_BUCKETS})) AS bucket,
       idinvalidation, COUNT(*), TIMESTAMPDIFF(SECOND, '1970-01-01', MIN(ts_invalidated))
FROM {{table}} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %(after)s AND idinvalidation <= %(upto)s
GROUP BY bucket ORDER BY NULL"""  # noqa: S608 - constants

_NAMES = f"""
SELECT idinvalidation, LEFT(name, {_WIDTH}), LEFT(report, {_WIDTH}) FROM {{table}}
WHERE idinvalidation IN ({{ids}})"""  # noqa: S608 - constants

_FULL_GROUPS = f"""
SELECT status, period, LEFT(name, {_WIDTH}), LEFT(report, {_WIDTH}), COUNT(*),
       SUM(ts_invalidated IS NULL), COALESCE(SUM(ts_invalidated > %(now)s), 0),
       SUM(ts_started IS NULL), COALESCE(SUM(UNIX_TIMESTAMP(ts_started) < %(recovery)s), 0),
       TIMESTAMPDIFF(SECOND, '1970-01-01',
                     MIN(IF(ts_invalidated <= %(now)s, ts_invalidated, NULL))),
       MIN(UNIX_TIMESTAMP(ts_started)), MAX(UNIX_TIMESTAMP(ts_started))
FROM {{table}} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %(after)s AND idinvalidation <= %(upto)s AND {{which}}
GROUP BY status, period, BINARY name, BINARY report ORDER BY NULL"""  # noqa: S608 - constants

_SITES = """
SELECT COUNT(*), SUM(is_queued), MAX(idsite)
FROM (SELECT s.idsite, (SELECT 1 FROM {table} q WHERE q.idsite = s.idsite
                        AND NOT (q.status <=> 1) LIMIT 1) AS is_queued
      FROM (SELECT DISTINCT idsite FROM {table} WHERE idsite > %s
            ORDER BY idsite LIMIT {limit}) s) sites"""
_SITES_AT_ONCE = 2000

_SITE_ROWS = """
SELECT idsite, COUNT(*) FROM {table} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %(after)s AND idinvalidation <= %(upto)s AND NOT (status <=> 1)
GROUP BY idsite ORDER BY NULL"""


@dataclass(slots=True)
class QueueMemory:
    """What one reading of a queue leaves for the next."""

    turnover: Turnover | None = None
    hashed: dict[int, tuple[str, str]] = field(default_factory=dict)
    """name and report first seen under each hash"""
    is_exact: bool = False
    """two names were seen under one hash: count by the names themselves from now on"""


@dataclass(frozen=True, slots=True)
class QueueReading:
    """The queue at one moment."""

    facts: QueueFacts
    sites: int
    """sites with at least one queued row"""
    site_rows: dict[int, int]
    """queued rows by site, if asked for"""
    turnover: Turnover
    server: Server


class _HashCollisionError(Exception):
    """Two pairs of name and report have the same CRC32."""


def read(
    connection: Connection, server: Server, memory: QueueMemory,
    *, recovery_timeout: float, by_site: bool = False,
) -> QueueReading:  # fmt: skip
    """The whole queue; `memory` is brought up to date only when all of it could be read.

    `recovery_timeout` is Matomo's archive_failure_recovery_timeout in seconds (5.2.0 and later; a
    day before), compared with the true age of a start.
    """
    highest = int(connection.row(_statement(connection, _HIGHEST))[0] or 0)
    values = {"now": server.utc_now, "recovery": server.unix_now - int(recovery_timeout)}
    try:
        facts, site_rows = _count(connection, memory, highest, values, by_site)
    except _HashCollisionError:
        memory.is_exact = True
        facts, site_rows = _count(connection, memory, highest, values, by_site)
    sites = _count_sites(connection)
    memory.turnover = _turnover(connection, memory.turnover, facts.total, highest)
    return QueueReading(facts, sites, site_rows, memory.turnover, server)


def _count(
    connection: Connection, memory: QueueMemory, highest: int,
    values: dict[str, Any], by_site: bool,
) -> tuple[QueueFacts, dict[int, int]]:  # fmt: skip
    site_rows: dict[int, int] = {}

    def groups() -> Iterator[QueueGroup]:
        for piece in pieces(connection, "archive_invalidations", "idinvalidation", highest):
            yield from _groups(connection, memory, piece, values)
            if by_site:
                _add_site_rows(connection, piece, site_rows)

    return summarise(groups()), site_rows


def _groups(
    connection: Connection, memory: QueueMemory, piece: Piece, values: dict[str, Any]
) -> Iterator[QueueGroup]:
    values = values | {"after": piece.after, "upto": piece.upto}
    found = None if memory.is_exact else _quick_groups(connection, memory, values)
    if found is None:
        found = list(_full_groups(connection, "TRUE", values))
    piece.rows = sum(group.rows for group in found)
    yield from found


def _quick_groups(
    connection: Connection, memory: QueueMemory, values: dict[str, Any]
) -> list[QueueGroup] | None:
    """Groups by hash; None when the row that stood for one was deleted before it was looked up."""
    rows = connection.rows(_statement(connection, _ORDINARY_GROUPS), values)
    ordinary = [row for row in rows if row[0] >= _BUCKETS]
    names = _names(connection, ordinary)
    if len(names) < len(ordinary):
        return None
    groups = [_ordinary_group(row, names[row[1]], memory) for row in ordinary]
    others = [row for row in rows if row[0] < _BUCKETS]
    if others:
        groups += _full_groups(connection, _which(others), values)
    return groups


def _names(connection: Connection, groups: list[Row]) -> dict[int, tuple[str, str | None]]:
    if not groups:
        return {}
    ids = ", ".join(str(int(row[1])) for row in groups)
    return {
        number: (name, report)
        for number, name, report in connection.rows(_statement(connection, _NAMES, ids=ids))
    }


def _which(others: list[Row]) -> str:
    """The rows that are not ordinary: by their ids while each is alone in its bucket."""
    if all(row[2] == 1 for row in others):
        return f"idinvalidation IN ({', '.join(str(int(row[1])) for row in others)})"
    return f"NOT COALESCE({_ORDINARY}, FALSE)"


def _ordinary_group(row: Row, names: tuple[str, str | None], memory: QueueMemory) -> QueueGroup:
    bucket, _, count, oldest = row
    name, report = names
    hashed, period = divmod(bucket - _BUCKETS, 256)
    pair = (name, report or "")
    if memory.hashed.setdefault(hashed, pair) != pair:
        raise _HashCollisionError
    return QueueGroup(
        status=0, period=period, name=name, report=report, rows=count,
        without_start=count, oldest_invalidated=oldest,
    )  # fmt: skip


def _full_groups(
    connection: Connection, which: str, values: dict[str, Any]
) -> Iterator[QueueGroup]:
    for row in connection.rows(_statement(connection, _FULL_GROUPS, which=which), values):
        status, period, name, report, *figures = row
        yield QueueGroup(status, period, name, report, *map(_number, figures))


def _number(value: Any) -> Any:
    """Sums come as Decimal; times may be NULL."""
    return None if value is None else int(value)


def _add_site_rows(connection: Connection, piece: Piece, site_rows: dict[int, int]) -> None:
    values = {"after": piece.after, "upto": piece.upto}
    for idsite, count in connection.rows(_statement(connection, _SITE_ROWS), values):
        site_rows[idsite] = site_rows.get(idsite, 0) + count


def _count_sites(connection: Connection) -> int:
    statement = _statement(connection, _SITES, limit=_SITES_AT_ONCE)
    total, after = 0, -1
    while True:
        found, queued, last = connection.row(statement, (after,))
        total += int(queued or 0)
        if found < _SITES_AT_ONCE:
            return total
        after = last


def _turnover(
    connection: Connection, before: Turnover | None, total: int, highest: int
) -> Turnover:
    if before is None:
        return begin(total, highest)
    above = connection.row(_statement(connection, _ADDED), (before.highest, highest))[0]
    return advance(before, total, highest, int(above))


def _statement(connection: Connection, text: str, **parts: object) -> str:
    return text.format(table=connection.table("archive_invalidations"), **parts)
