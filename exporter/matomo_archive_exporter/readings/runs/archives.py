"""The time of the newest archive by period, from the archive tables: `archive_numeric_<YYYY_MM>`.

A period's archive is in the table of the month of its first day, and Matomo may archive an old
month again at any time, so every table is read. The index on period and ts_archived bounds the
cost: its ends are read first, and a table's newest entries only where they could be newer than the
known ones.
"""

import re
from dataclasses import dataclass

from matomo_archive_exporter.matomo.calendar import LABELS, PeriodLabel, unix_seconds
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.indexes import ARCHIVES_BY_PERIOD, rows_by

_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name LIKE %s"""
_NAME = re.compile(r"archive_numeric_\d{4}_\d{2}")

_ENDS = """
SELECT period, CAST(MAX(ts_archived) AS CHAR) FROM {table}
WHERE period BETWEEN 1 AND 5 GROUP BY period"""

# Done flags of all plugins, finished (1) or finished and to be rebuilt (4).
_ROWS_AT_ONCE = 5_000
_NEWEST = f"""
SELECT CAST(MAX(IF(name LIKE 'done%%' AND LOCATE('.', name) = 0 AND value IN (1, 4),
                   ts_archived, NULL)) AS CHAR),
       CAST(MIN(ts_archived) AS CHAR), COUNT(*)
FROM (SELECT name, value, ts_archived FROM {{table}}
      WHERE period = %s AND ts_archived <= %s
      ORDER BY ts_archived DESC LIMIT {_ROWS_AT_ONCE}) newest"""  # noqa: S608 - constants
_STEPS = 20


@dataclass(frozen=True, slots=True)
class ArchivesReading:
    """Unix seconds of the newest finished archive of each period; no entry where none was found."""

    last_archived: dict[PeriodLabel, int]


def read(connection: Connection) -> ArchivesReading:
    """The newest of all months. Raises ReadingError when no archive table can be seen."""
    best: dict[int, str] = {}
    unsure: set[int] = set()
    for table in numeric_tables(connection):
        for number, newest in rows_by(connection, ARCHIVES_BY_PERIOD, table, _ENDS):
            known = best.get(number, "")
            if newest is not None and newest > known:
                found = _newest_done(connection, table, number, newest, known)
                unsure |= {number} if found is None else set()
                best[number] = max(found or "", known)
    seconds = {n: unix_seconds(text) for n, text in best.items() if text and n not in unsure}
    return ArchivesReading({LABELS[n]: at for n, at in seconds.items() if at is not None})


def numeric_tables(connection: Connection) -> list[str]:
    """The archive tables that this user may see, newest month first."""
    prefix = connection.prefix
    pattern = f"{prefix}archive_numeric_%".replace("_", "\\_")
    names = [str(row[0]) for row in connection.rows(_TABLES, (pattern,))]
    tables = sorted((n for n in names if _NAME.fullmatch(n[len(prefix) :])), reverse=True)
    if not tables:
        raise ReadingError(
            "missing_privilege",
            f"no table {prefix}archive_numeric_YYYY_MM is visible: a SELECT grant is missing, or"
            " Matomo has not archived anything yet",
        )
    return tables


def _newest_done(
    connection: Connection, table: str, number: int, upto: str, better_than: str
) -> str | None:
    """DATETIME text of the newest done flag, "" if none is newer than `better_than`.

    None after _STEPS steps without an answer, or where more rows than one step takes share a
    second: then the truth is not known.
    """
    for _ in range(_STEPS):
        values = (number, upto)
        ((found, oldest, rows),) = rows_by(connection, ARCHIVES_BY_PERIOD, table, _NEWEST, values)
        if found is not None:
            return str(found)
        if rows < _ROWS_AT_ONCE or oldest <= better_than:
            return ""
        if oldest == upto:
            break
        upto = oldest
    return None
