"""The rows that core:archive adds to its queue when the turn of a site begins."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import date

from mysql.connector.cursor import MySQLCursor

from matomo_archive_exporter.demo.periods import Period, covering
from matomo_archive_exporter.demo.schema import named

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


def queue_ordinary_rows(
    cursor: MySQLCursor, prefix: str, sites: Iterable[int], days: Sequence[date]
) -> None:
    """Queue `days` with their weeks, months and years for each of `sites`.

    Matomo does so for the site's today and yesterday, where it finds no usable archive.
    """
    fill_periods(cursor, prefix, covering(iter(days)))
    for idsite in sites:
        cursor.execute(named(ORDINARY_ROWS, prefix), (idsite,))


def fill_periods(cursor: MySQLCursor, prefix: str, periods: Sequence[Period]) -> None:
    """Put `periods`, and no others, into the temporary table that is joined with the sites."""
    cursor.execute(named(PERIOD_TABLE, prefix))
    cursor.executemany(named(PERIOD_ROW, prefix), [astuple(period) for period in periods])
