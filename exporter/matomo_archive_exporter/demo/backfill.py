"""Fill a database with what Matomo 5.2.0 holds after it queued its backfill of hits."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

from mysql.connector.connection import MySQLConnection
from mysql.connector.cursor import MySQLCursor

from matomo_archive_exporter.demo.daily_rows import fill_periods, queue_ordinary_rows
from matomo_archive_exporter.demo.periods import Period, backfill, covering, days_between
from matomo_archive_exporter.demo.schema import create_statements, named

SITES_WITH_ORDINARY_ROWS = 5
DAYS_ALREADY_ARCHIVED = 8

SITES = """\
INSERT INTO matomo_site (idsite, name, main_url, ts_created, sitesearch_keyword_parameters,
    sitesearch_category_parameters, timezone, currency, excluded_ips, excluded_parameters,
    excluded_user_agents, excluded_referrers, `group`, `type`, creator_login)
VALUES (%s, %s, %s, %s, '', '', 'UTC', 'EUR', '', '', '', '', '', 'website', 'demo')"""

# enable_only_idsite 0: the segment belongs to all sites.
SEGMENTS = """\
INSERT INTO matomo_segment (name, definition, hash, login, enable_all_users, enable_only_idsite,
    auto_archive, ts_created, ts_last_edit, deleted)
VALUES ('From Germany', 'countryCode==de', MD5('countryCode==de'), 'demo', 1, 0, 1, %s, %s, 0),
    ('Firefox', 'browserCode==FF', MD5('browserCode==FF'), 'demo', 1, 2, 1, %s, %s, 0)"""

# A run has begun and not ended: its list of sites is still whole, ReArchiveList is expanded.
OPTIONS = """\
INSERT INTO matomo_option (option_name, option_value, autoload) VALUES
    ('version_core', '5.2.0', 1),
    ('version_Actions', '5.2.0', 1),
    ('install_version', '5.1.2', 0),
    ('MatomoUpdateHistory', '5.1.2,', 0),
    ('enableBrowserTriggerArchiving', '0', 1),
    ('LastFullArchivingStartTime', UNIX_TIMESTAMP() - 30, 0),
    ('LastCompletedFullArchiving', UNIX_TIMESTAMP() - 3600, 0),
    ('CronArchive.lastInvalidationTime', UNIX_TIMESTAMP() - 3700, 0),
    ('SharedSiteIdsToArchive_AllWebsites', %(site_ids)s, 0),
    ('SharedSiteIdsToArchive_AllWebsites_ResetQueueTime', (UNIX_TIMESTAMP() - 30) * 1000, 0),
    ('ReArchiveList', 'a:0:{}', 0),
    (CONCAT('k3Xz_report_to_invalidate_3_', %(late)s, '_4711'), '1', 0),
    (CONCAT('bY07_report_to_invalidate_3_', %(late)s, '_4712'), '1', 0),
    (CONCAT('Q9wd_report_to_invalidate_8_', %(late)s, '_4711'), '1', 0)"""

BACKFILL = """\
INSERT INTO matomo_archive_invalidations
    (name, idsite, date1, date2, period, ts_invalidated, status, report)
SELECT 'done.Actions', site.idsite, i.date1, i.date2, i.period, UTC_TIMESTAMP(), 0, 'Actions_hits'
FROM matomo_site site CROSS JOIN matomo_demo_period i
ORDER BY site.idsite, i.date1, i.period"""

# Archived two hours after the end of the period, or in the last run for what has not ended.
DONE_FLAGS = """\
INSERT INTO matomo_archive_numeric_YYYY_MM
    (idarchive, name, idsite, date1, date2, period, ts_archived, value)
SELECT ROW_NUMBER() OVER (ORDER BY i.date1, i.period, site.idsite), 'done', site.idsite,
    i.date1, i.date2, i.period,
    LEAST(i.date2 + INTERVAL 26 HOUR, UTC_TIMESTAMP() - INTERVAL 1 HOUR), 1
FROM matomo_site site CROSS JOIN matomo_demo_period i"""

# Every site has been visited since it was made, every day.
VISITS = """\
INSERT INTO matomo_log_visit (idsite, idvisitor, visit_last_action_time, config_id, location_ip)
SELECT idsite, '', at, '', '' FROM matomo_site CROSS JOIN (
    SELECT CAST(%(created)s AS DATETIME) AS at
    UNION ALL SELECT UTC_TIMESTAMP() - INTERVAL 1 DAY UNION ALL SELECT UTC_TIMESTAMP()) times"""


def no_progress(done: int, total: int) -> None:
    """For callers that do not want to know."""


def load(
    connection: MySQLConnection,
    sites: int = 700,
    today: date | None = None,
    prefix: str = "matomo_",
    progress: Callable[[int, int], None] = no_progress,
) -> None:
    """Create and fill the tables in the connection's database, which must not have them yet.

    Sites have the ids 1 to `sites`. `today` (default: the UTC day) places the backfill; times of
    day come from the server's clock. `progress` gets rows of the backfill loaded so far, and all.
    Raises mysql.connector.Error.
    """
    today = today or datetime.now(UTC).date()
    queued = backfill(today)
    recent = covering(days_between(today - timedelta(days=DAYS_ALREADY_ARCHIVED), today))
    months = sorted({period.archive_month for period in [*queued, *recent]})
    with closing(connection.cursor()) as cursor:
        for statement in create_statements(prefix, months):
            cursor.execute(statement)
        _describe_instance(cursor, sites, today, prefix)
        _add_done_flags(cursor, recent, prefix)
        _queue_backfill(cursor, queued, sites, prefix, progress)
        days = [today - timedelta(days=1), today]
        queue_ordinary_rows(cursor, prefix, range(1, SITES_WITH_ORDINARY_ROWS + 1), days)


def _describe_instance(cursor: MySQLCursor, sites: int, today: date, prefix: str) -> None:
    """Sites, segments and options."""
    created = f"{today.year - 3}-01-01 00:00:00"
    ids = range(1, sites + 1)
    rows = [(n, f"Site {n}", f"https://site-{n}.example.org", created) for n in ids]
    cursor.executemany(named(SITES, prefix), rows)
    cursor.execute(named(SEGMENTS, prefix), (created,) * 4)
    cursor.execute(named(VISITS, prefix), {"created": created})
    late = f"{today - timedelta(days=2)}"
    cursor.execute(named(OPTIONS, prefix), {"site_ids": ",".join(map(str, ids)), "late": late})


def _add_done_flags(cursor: MySQLCursor, recent: Sequence[Period], prefix: str) -> None:
    for month, periods in _by_archive_month(recent).items():
        fill_periods(cursor, prefix, periods)
        cursor.execute(named(DONE_FLAGS, prefix, month))


def _queue_backfill(
    cursor: MySQLCursor,
    queued: Sequence[Period],
    sites: int,
    prefix: str,
    progress: Callable[[int, int], None],
) -> None:
    """Archive table by archive table, as Matomo does: ids ascend by month, site and date."""
    done, total = 0, len(queued) * sites
    progress(done, total)
    for periods in _by_archive_month(queued).values():
        fill_periods(cursor, prefix, periods)
        cursor.execute(named(BACKFILL, prefix))
        done += len(periods) * sites
        progress(done, total)


def _by_archive_month(periods: Sequence[Period]) -> dict[str, list[Period]]:
    months: dict[str, list[Period]] = {}
    for period in periods:
        months.setdefault(period.archive_month, []).append(period)
    return months
