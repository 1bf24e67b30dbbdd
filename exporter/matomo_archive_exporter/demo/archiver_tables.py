"""The reads and writes of Matomo 5.2.0's core:archive in its tables."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import date
from typing import Any, cast

from mysql.connector.cursor import MySQLCursor

from matomo_archive_exporter.demo.batch import QueuedRow
from matomo_archive_exporter.demo.periods import Period, covering
from matomo_archive_exporter.demo.schema import ARCHIVE_NUMERIC, of_month

SHARED_LIST = "SharedSiteIdsToArchive_AllWebsites"
DONE_OK, DONE_PARTIAL = 1, 5  # values of a done flag: everything, one plugin or report

SET_OPTION = """\
INSERT INTO matomo_option (option_name, option_value, autoload) VALUES (%s, %s, 0)
ON DUPLICATE KEY UPDATE option_value = VALUES(option_value)"""
STAMP = """\
INSERT INTO matomo_option (option_name, option_value, autoload) VALUES (%s, UNIX_TIMESTAMP(), 0)
ON DUPLICATE KEY UPDATE option_value = VALUES(option_value)"""
# Newest start first, small periods before large ones, all visits before plugins and segments.
QUEUED = """\
SELECT idinvalidation, name, date1, date2, period FROM matomo_archive_invalidations
WHERE idsite = %s AND status != 1 AND ts_invalidated <= UTC_TIMESTAMP()
ORDER BY date1 DESC, period ASC, CHAR_LENGTH(name) ASC, idinvalidation DESC"""
# NOW() is the session's time; every other time of the archiver is UTC.
START = """\
UPDATE matomo_archive_invalidations SET status = 1, ts_started = NOW()
WHERE idinvalidation = %s AND status = 0"""
DELETE = "DELETE FROM matomo_archive_invalidations WHERE idinvalidation = %s"
DONE_FLAG = """\
INSERT INTO matomo_archive_numeric_YYYY_MM
    (idarchive, name, idsite, date1, date2, period, ts_archived, value)
SELECT COALESCE(MAX(idarchive), 0) + 1, %s, %s, %s, %s, %s, UTC_TIMESTAMP(), %s
FROM matomo_archive_numeric_YYYY_MM"""

PERIOD_TABLE = """\
CREATE OR REPLACE TEMPORARY TABLE matomo_demo_period
    (period TINYINT UNSIGNED NOT NULL, date1 DATE NOT NULL, date2 DATE NOT NULL)"""
PERIOD_ROW = "INSERT INTO matomo_demo_period (period, date1, date2) VALUES (%s, %s, %s)"

# For all visits and for each segment of the site that is archived by itself; an identical row that
# is still queued suppresses the new one.
ORDINARY_ROWS = """\
INSERT INTO matomo_archive_invalidations
    (name, idsite, date1, date2, period, ts_invalidated, status)
SELECT CONCAT('done', flag.hash), site.idsite, i.date1, i.date2, i.period, UTC_TIMESTAMP(), 0
FROM matomo_site site
    CROSS JOIN matomo_demo_period i
    JOIN (
        SELECT '' AS hash, 0 AS enable_only_idsite
        UNION ALL
        SELECT hash, enable_only_idsite FROM matomo_segment WHERE auto_archive = 1 AND deleted = 0
    ) flag ON flag.enable_only_idsite IN (0, site.idsite)
WHERE site.idsite = %s AND NOT EXISTS (
    SELECT 1 FROM matomo_archive_invalidations other
    WHERE other.idsite = site.idsite AND other.date1 = i.date1 AND other.date2 = i.date2
        AND other.period = i.period AND other.name = CONCAT('done', flag.hash)
        AND other.status = 0 AND other.report IS NULL)"""


class ArchiverTables:
    """The archiver's statements over one cursor (autocommit). Raises mysql.connector.Error."""

    def __init__(self, cursor: MySQLCursor) -> None:
        self._cursor = cursor

    def begin_run(self) -> None:
        """Note the start; go on with the sites that an earlier run left, else with all sites."""
        self._execute(STAMP, "LastFullArchivingStartTime")
        if not self._sites_left():
            self._execute("SELECT idsite FROM matomo_site ORDER BY idsite")
            self._leave_sites([str(idsite) for (idsite,) in self._rows()])

    def complete_run(self) -> None:
        self._execute(STAMP, "LastCompletedFullArchiving")

    def take_site(self) -> int | None:
        """Take the first site off the shared list; None when there is none left."""
        sites = self._sites_left()
        if not sites:
            return None
        self._leave_sites(sites[1:])
        return int(sites[0])

    def begin_site(self, idsite: int, today: date) -> list[QueuedRow]:
        """Add the site's rows for today; then all its queued rows, in the archiver's order."""
        queue_ordinary_rows(self._cursor, [idsite], [today])
        self._execute(QUEUED, idsite)
        return [QueuedRow(*row) for row in self._rows()]

    def start(self, row: QueuedRow) -> bool:
        """Put the row in progress; False when somebody else took or deleted it."""
        self._execute(START, row.idinvalidation)
        return self._cursor.rowcount > 0

    def finish(self, row: QueuedRow, idsite: int) -> None:
        """Write the done flag of what the row asked for, then delete the row."""
        value = DONE_PARTIAL if "." in row.name else DONE_OK
        month = f"{row.date1:%Y_%m}"
        self._cursor.execute(of_month(ARCHIVE_NUMERIC, month))
        flag = (row.name, idsite, row.date1, row.date2, row.period, value)
        self._cursor.execute(of_month(DONE_FLAG, month), flag)
        self._execute(DELETE, row.idinvalidation)

    def _sites_left(self) -> list[str]:
        self._execute("SELECT option_value FROM matomo_option WHERE option_name = %s", SHARED_LIST)
        return [idsite for (ids,) in self._rows() for idsite in ids.split(",") if idsite]

    def _leave_sites(self, sites: list[str]) -> None:
        """The option goes when the list is empty."""
        if sites:
            self._execute(SET_OPTION, SHARED_LIST, ",".join(sites))
        else:
            self._execute("DELETE FROM matomo_option WHERE option_name = %s", SHARED_LIST)

    def _execute(self, statement: str, *values: int | str) -> None:
        self._cursor.execute(statement, values)

    def _rows(self) -> list[tuple[Any, ...]]:
        return cast(list[tuple[Any, ...]], self._cursor.fetchall())


def queue_ordinary_rows(cursor: MySQLCursor, sites: Iterable[int], days: Sequence[date]) -> None:
    """Queue `days` with their weeks, months and years for each of `sites`.

    Matomo does so for the site's today and yesterday, where it finds no usable archive.
    """
    fill_periods(cursor, covering(iter(days)))
    for idsite in sites:
        cursor.execute(ORDINARY_ROWS, (idsite,))


def fill_periods(cursor: MySQLCursor, periods: Sequence[Period]) -> None:
    """Put `periods`, and no others, into the temporary table that is joined with the sites."""
    cursor.execute(PERIOD_TABLE)
    cursor.executemany(PERIOD_ROW, [astuple(period) for period in periods])
