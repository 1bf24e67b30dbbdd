"""Durations of archives from the queue and the archive tables alone: sampled, in whole seconds.

A row seen in progress says when its archive was begun (`ts_started`). Once the row has gone, its
done flag says that it was finished, and the newest record of the same archive when: Matomo writes
records in batches, each with its time in `ts_archived`, and the done flag itself with the first
of them (4.x and 5.x); nothing but its value is changed at the end.

No index of `archive_invalidations` knows the status. A small table is looked through whole, a
large one a part each time; sites that had rows in progress are looked at by their index, at the
newest dates, where the archiver begins.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from matomo_archive_exporter.matomo.durations.durations import FinishedArchive
from matomo_archive_exporter.matomo.durations.started_row import (
    StartedRow,
    Starts,
    finished,
    gone,
    still_started,
)
from matomo_archive_exporter.readings.database.connection import Connection, Row
from matomo_archive_exporter.readings.database.pieces import Piece, pieces
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.runs.archives import numeric_tables

TABLE = "archive_invalidations"

_LONGEST_GAP = 900
"""Seconds between two looks after which a row that has gone is not asked for: its archive may have
been built again. Matomo leaves an archive alone for as long (time_before_today_archive_considered_
outdated)."""
_MOST_SECONDS = 0.2
_MOST_ROWS = 200
"""remembered at most; a run of core:archive has three at a time unless told otherwise"""
_MOST_SITES = 5
_DATES_OF_A_SITE = 2_000

_COLUMNS = "idinvalidation, idsite, period, date1, date2, name, UNIX_TIMESTAMP(ts_started)"

_STARTS = """
SELECT idinvalidation, IF(status = 1, UNIX_TIMESTAMP(ts_started), NULL) FROM {table}
WHERE idinvalidation IN ({ids})"""

_HIGHEST = "SELECT MAX(idinvalidation) FROM {table}"

_IN_PIECE = """
SELECT COUNT(*), COALESCE(SUM(status = 1), 0) FROM {table} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %s AND idinvalidation <= %s"""

_ROWS = f"""
SELECT {_COLUMNS} FROM {{table}} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %s AND idinvalidation <= %s AND status = 1 AND ts_started IS NOT NULL
ORDER BY idinvalidation DESC LIMIT {_MOST_ROWS}"""  # noqa: S608 - constants

_ROWS_OF_SITE = f"""
SELECT {_COLUMNS} FROM (SELECT * FROM {{table}} WHERE idsite = %s
                        ORDER BY date1 DESC, period DESC LIMIT {_DATES_OF_A_SITE}) newest
WHERE status = 1 AND ts_started IS NOT NULL LIMIT {_MOST_ROWS}"""  # noqa: S608 - constants

# Finished (1), finished and to be rebuilt (4), finished for one plugin or report (5).
_ENDED = """
SELECT (SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', MAX(ts_archived)) FROM {month}
        WHERE idarchive = done.idarchive)
FROM {month} done
WHERE idsite = %s AND date1 = %s AND date2 = %s AND period = %s AND name = %s
AND value IN (1, 4, 5) AND ts_archived >= %s ORDER BY ts_archived, idarchive LIMIT 1"""


@dataclass(slots=True)
class SampledMemory:
    """Rows seen in progress by id, when (Unix seconds), and the id that was looked at last."""

    rows: dict[int, StartedRow] = field(default_factory=dict)
    looked_at: int = 0
    cursor: int = -1


def read(
    connection: Connection, server: Server, memory: SampledMemory, *, are_in_progress: bool
) -> tuple[FinishedArchive, ...]:
    """Archives of rows that have gone since; then remember those in progress, if there are any."""
    starts = _starts(connection, memory)
    is_too_late = server.unix_now - memory.looked_at > _LONGEST_GAP
    done = [] if is_too_late else _finished(connection, gone(memory.rows, starts))
    rows = still_started(memory.rows, starts)
    if are_in_progress:
        rows |= _in_progress(connection, memory)
    memory.rows = dict(list(rows.items())[-_MOST_ROWS:])
    memory.looked_at = server.unix_now
    return tuple(done)


def _starts(connection: Connection, memory: SampledMemory) -> Starts:
    if not memory.rows:
        return {}
    rows = _ask(connection, _STARTS, ids=", ".join(map(str, memory.rows)))
    return {number: None if started is None else int(started) for number, started in rows}


def _finished(connection: Connection, rows: list[StartedRow]) -> list[FinishedArchive]:
    months = set(numeric_tables(connection)) if rows else set()
    ends = [(row, _ended(connection, row, months)) for row in rows]
    found = [finished(row, ended) for row, ended in ends if ended is not None]
    return [archive for archive in found if archive is not None]


def _ended(connection: Connection, row: StartedRow, months: set[str]) -> int | None:
    """Unix seconds of the last record of the first archive that was built since the row's start."""
    month = f"{connection.prefix}archive_numeric_{row.date1:%Y_%m}"
    if month not in months:
        return None
    since = datetime.fromtimestamp(row.started, UTC).replace(tzinfo=None)
    values = (row.idsite, row.date1, row.date2, row.period, row.name, since)
    rows = connection.rows(_ENDED.format(month=f"`{month}`"), values)
    return None if not rows or rows[0][0] is None else int(rows[0][0])


def _in_progress(connection: Connection, memory: SampledMemory) -> dict[int, StartedRow]:
    """Rows in progress: all of a table that can be looked through in the time allowed."""
    begun_at = memory.cursor
    found = _through_table(connection, memory)
    if begun_at != -1 or memory.cursor != -1:
        sites = {row.idsite: None for row in (*memory.rows.values(), *found.values())}
        for idsite in list(sites)[-_MOST_SITES:]:
            found |= _started(_ask(connection, _ROWS_OF_SITE, (idsite,)))
    return found


def _through_table(connection: Connection, memory: SampledMemory) -> dict[int, StartedRow]:
    """Continue after the last reading, to the end or to the time limit."""
    found: dict[int, StartedRow] = {}
    until = connection.busy + _MOST_SECONDS
    highest = int(_ask(connection, _HIGHEST)[0][0] or 0)
    for piece in pieces(connection, TABLE, "idinvalidation", highest, memory.cursor):
        found |= _of_piece(connection, piece)
        memory.cursor = piece.upto
        if connection.busy > until and piece.upto < highest:
            return found
    memory.cursor = -1
    return found


def _of_piece(connection: Connection, piece: Piece) -> dict[int, StartedRow]:
    bounds = piece.after, piece.upto
    ((rows, in_progress),) = _ask(connection, _IN_PIECE, bounds)
    piece.rows = int(rows)
    return _started(_ask(connection, _ROWS, bounds)) if in_progress else {}


def _started(rows: list[Row]) -> dict[int, StartedRow]:
    return {
        int(number): StartedRow(int(idsite), int(period), date1, date2, name, int(started))
        for number, idsite, period, date1, date2, name, started in rows
        if date1 is not None and date2 is not None
    }


def _ask(
    connection: Connection, statement: str, values: tuple[object, ...] = (), **parts: object
) -> list[Row]:
    return connection.rows(statement.format(table=connection.table(TABLE), **parts), values)
