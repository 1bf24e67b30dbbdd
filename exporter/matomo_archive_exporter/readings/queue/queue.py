"""The queue, table `archive_invalidations`, counted in SQL and in pieces.

Pieces are not one snapshot: rows go while they are read. Nothing above the highest id that the
reading began with is counted, so rows that come meanwhile are left to the next.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from matomo_archive_exporter.matomo.queue.owner import Owners
from matomo_archive_exporter.matomo.queue.queue import QueueFacts, QueueGroup, summarise
from matomo_archive_exporter.matomo.queue.turnover import Turnover, advance
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.indexes import has_columns
from matomo_archive_exporter.readings.database.pieces import pieces
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.queue import owners
from matomo_archive_exporter.readings.queue.queue_groups import (
    TABLE,
    Groups,
    HashCollisionError,
    Hashes,
)

_HIGHEST = "SELECT MAX(idinvalidation) FROM {table}"

_ADDED = """
SELECT COUNT(*) FROM {table} WHERE idinvalidation > %s AND idinvalidation <= %s"""

_SITES = """
SELECT COUNT(*), SUM(is_queued), MAX(idsite)
FROM (SELECT s.idsite, (SELECT 1 FROM {table} q WHERE q.idsite = s.idsite
                        AND NOT (q.status <=> 1) LIMIT 1) AS is_queued
      FROM (SELECT DISTINCT idsite FROM {table} WHERE idsite > %s
            ORDER BY idsite LIMIT {limit}) s) sites"""
_SITES_AT_ONCE = 2000

_SITE_ROWS = """
SELECT idsite, COUNT(*) FROM {table} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %s AND idinvalidation <= %s AND NOT (status <=> 1)
GROUP BY idsite ORDER BY NULL"""


@dataclass(slots=True)
class QueueMemory:
    """Memory from one reading of a queue to the next."""

    turnover: Turnover | None = None
    hashes: Hashes = field(default_factory=Hashes)


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
    owners: Owners | None = None
    """what is proven of those who work on rows; None while nothing can be"""


def read(
    connection: Connection,
    server: Server,
    memory: QueueMemory,
    *,
    recovery_timeout: float,
    by_site: bool = False,
    by_owner: bool = False,
) -> QueueReading:
    """The whole queue; `memory.turnover` advances only when all of it could be read.

    `recovery_timeout` is Matomo's archive_failure_recovery_timeout in seconds (5.2.0 and later; a
    day before), compared with the true age of a start. `by_owner` asks for the owners of rows in
    progress, where the table has them (5.3.0 and later).
    """
    highest = int(connection.row(_statement(connection, _HIGHEST))[0] or 0)
    above = _count_above(connection, memory.turnover, highest)
    recovery = server.unix_now - int(recovery_timeout)
    with_owners = by_owner and has_columns(connection, TABLE, owners.COLUMNS)
    groups = Groups(connection, memory.hashes, highest, server.utc_now, recovery, with_owners)
    try:
        facts, site_rows, total = _count(connection, groups, by_site)
    except HashCollisionError:
        facts, site_rows, total = _count(connection, groups, by_site)
    sites = _count_sites(connection)
    before = memory.turnover
    memory.turnover = (
        Turnover(total, highest) if before is None else advance(before, total, highest, above)
    )
    return QueueReading(facts, sites, site_rows, memory.turnover, server)


def _count(
    connection: Connection, groups: Groups, by_site: bool
) -> tuple[QueueFacts, dict[int, int], int]:
    """The whole queue, its rows by site, and their number. Each row counts once, even if it changes
    meanwhile.
    """
    statement, site_rows, totals = _statement(connection, _SITE_ROWS), Counter[int](), list[int]()

    def every_group() -> Iterator[QueueGroup]:
        for piece, found in groups.all():
            totals.append(piece.rows)
            yield from found
            if by_site:
                bounds = (piece.after, piece.upto)
                site_rows.update(dict(connection.rows(statement, bounds)))

    return summarise(every_group()), site_rows, sum(totals)


def _count_sites(connection: Connection) -> int:
    statement = _statement(connection, _SITES, limit=_SITES_AT_ONCE)
    total, after = 0, -1
    while True:
        found, queued, last = connection.row(statement, (after,))
        total += int(queued or 0)
        if found < _SITES_AT_ONCE:
            return total
        after = last


def _count_above(connection: Connection, before: Turnover | None, highest: int) -> int:
    """Rows with ids that the last reading had not seen, counted before all others.

    So each of them that is gone by then has both come and gone.
    """
    if before is None:
        return 0
    statement, total = _statement(connection, _ADDED), 0
    for piece in pieces(connection, TABLE, "idinvalidation", highest, before.highest):
        piece.rows = int(connection.row(statement, (piece.after, piece.upto))[0])
        total += piece.rows
    return total


def _statement(connection: Connection, text: str, **parts: object) -> str:
    return text.format(table=connection.table(TABLE), **parts)
