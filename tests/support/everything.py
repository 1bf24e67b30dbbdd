"""A small Matomo database with values for every metric, odd rows included.

All times are fixed, and those of started rows hold on a server whose time zone is UTC.
"""

from pathlib import Path

from mysql.connector.abstracts import MySQLConnectionAbstract

from matomo_archive_exporter.demo.schema import ARCHIVE_NUMERIC, of_month
from tests.support.recordings import Table, insert
from tests.support.schemas import create_tables

_REARCHIVE_LIST = (
    Path(__file__).parents[1] / "samples" / "ReArchiveList-2-plus-custom-report-with-segment.bin"
)
_SEGMENT = "done8ed8a79e4fab70fb95c781aa3c6b327e"  # md5 of countryCode==de
_THEN, _LATER, _AHEAD = "2024-12-20 08:00:00", "2024-12-20 09:30:00", "2037-01-01 00:00:00"

_QUEUE_COLUMNS = (
    *("name", "idsite", "period", "date1", "date2"),
    *("ts_invalidated", "ts_started", "status", "report"),
)
_DAY, _WEEK = (1, "2024-12-19", "2024-12-19"), (2, "2024-12-16", "2024-12-22")
_MONTH, _YEAR = (3, "2024-12-01", "2024-12-31"), (4, "2024-01-01", "2024-12-31")
_RANGE, _UNKNOWN = (5, "2024-12-01", "2024-12-19"), (9, "2024-12-19", "2024-12-19")

_QUEUE = (
    # Ordinary rows: every period, all visits and a segment.
    *(("done", 1, *dates, _LATER, None, 0, None) for dates in (_DAY, _WEEK, _MONTH, _YEAR)),
    (_SEGMENT, 1, *_DAY, _LATER, None, 0, None),
    (_SEGMENT, 1, *_RANGE, _LATER, None, 0, ""),
    # The hits backfill, one plugin, and one report of a plugin by its number.
    *(("done.Actions", site, *_DAY, _THEN, None, 0, "Actions_hits") for site in (1, 2, 3)),
    ("done.Goals", 2, *_MONTH, _LATER, None, 0, None),
    ("done.CustomReports", 2, *_WEEK, _LATER, None, 0, "12"),
    # In progress: without a start, past the recovery timeout, and by a clock that is ahead.
    ("done", 3, *_DAY, _THEN, None, 1, None),
    ("done", 3, *_WEEK, _THEN, "2024-12-18 10:00:00", 1, None),
    ("done.Actions", 3, *_MONTH, _THEN, _AHEAD, 1, "Actions_hits"),
    # Rows that no archiver selects.
    ("done", 4, *_DAY, _THEN, None, None, None),
    ("done", 4, *_WEEK, None, None, 0, None),
    ("done", 4, *_MONTH, _AHEAD, None, 0, None),
    # Unexpected rows.
    ("done", 5, *_UNKNOWN, _LATER, None, 0, None),
    *(('done.Ünï"c\\ö\nde', 5, *dates, _LATER, None, 0, "{}") for dates in (_DAY, _WEEK)),
    ("of no known shape", 5, *_DAY, _LATER, None, 0, None),
)

_OPTIONS = {
    "version_core": "5.2.0",
    "LastFullArchivingStartTime": "1734681600",
    "LastCompletedFullArchiving": "1734681900",
    "SharedSiteIdsToArchive_AllWebsites": "3,4,5",
    "ReArchiveList": _REARCHIVE_LIST.read_text(encoding="utf-8"),
    "k3Xz_report_to_invalidate_3_2024-12-18_4711": "1",
    "bY07_report_to_invalidate_3_2024-12-18_4712": "1",
    "Q9wd_report_to_invalidate_5_2024-12-18_4711": "1",
}

_ARCHIVE_COLUMNS = (
    *("idarchive", "name", "idsite", "period", "date1", "date2"),
    *("ts_archived", "value"),
)
_ARCHIVES = (
    (1, "done", 1, *_DAY, "2024-12-20 02:00:00", 1),
    (2, "done", 1, *_WEEK, "2024-12-20 02:01:00", 4),
    (3, "done", 1, *_MONTH, "2024-12-20 02:02:00", 1),
    (4, "done.Goals", 1, *_MONTH, "2024-12-20 05:00:00", 1),
    (5, _SEGMENT, 1, *_RANGE, "2024-12-20 02:04:00", 1),
)

_SITE_COLUMNS = (
    *("idsite", "name", "main_url", "ts_created", "timezone", "currency", "group", "type"),
    *("sitesearch_keyword_parameters", "sitesearch_category_parameters", "excluded_ips"),
    *("excluded_parameters", "excluded_user_agents", "excluded_referrers"),
)
_SITES = tuple(
    (site, f"Site {site}", "https://example.org", "2024-12-17 10:00:00", "UTC", "EUR", *[""] * 8)
    for site in (1, 2, 3, 4)
)
_SEGMENT_COLUMNS = ("name", "definition", "hash", "login", "enable_only_idsite", "auto_archive")
_SEGMENTS = (("Germany", "countryCode==de", _SEGMENT.removeprefix("done"), "admin", 1, 1),)


def load(connection: MySQLConnectionAbstract) -> None:
    """Create the tables of a Matomo 5.2.0 in the connection's database and fill them."""
    create_tables(connection)
    insert(connection, "matomo_archive_invalidations", Table(_QUEUE_COLUMNS, _QUEUE))
    options = tuple(_OPTIONS.items())
    insert(connection, "matomo_site", Table(_SITE_COLUMNS, _SITES))
    insert(connection, "matomo_segment", Table(_SEGMENT_COLUMNS, _SEGMENTS))
    insert(connection, "matomo_option", Table(("option_name", "option_value"), options))
    with connection.cursor() as cursor:
        cursor.execute(of_month(ARCHIVE_NUMERIC, "2024_12"))
    insert(connection, "matomo_archive_numeric_2024_12", Table(_ARCHIVE_COLUMNS, _ARCHIVES))
