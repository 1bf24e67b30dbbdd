"""The demo's database: what is loaded, and what the simulated archiver does to it."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from matomo_archive_exporter.demo.archiver import SimulatedArchiver
from matomo_archive_exporter.demo.backfill import load
from matomo_archive_exporter.demo.private_server import PrivateServer
from tests.support.process import wait_until

TODAY = date(2024, 12, 20)
SITES = 2
GERMANY = "done8ed8a79e4fab70fb95c781aa3c6b327e"  # md5 of countryCode==de

REMEMBER_STARTS = [
    "CREATE TABLE started (n INT AUTO_INCREMENT PRIMARY KEY, idsite INT, name VARCHAR(255),"
    " period INT, date1 DATE)",
    "CREATE TRIGGER remember AFTER UPDATE ON m_archive_invalidations FOR EACH ROW"
    " INSERT INTO started SELECT NULL, NEW.idsite, NEW.name, NEW.period, NEW.date1"
    " FROM DUAL WHERE OLD.status = 0 AND NEW.status = 1",
]

Rows = list[tuple[Any, ...]]
Query = Callable[[str], Rows]


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    with PrivateServer() as server:
        yield server


@pytest.fixture
def query(server: PrivateServer) -> Iterator[Query]:
    """A loaded database of two sites on 2024-12-20, prefix `m_`, and a way to ask it."""
    with closing(server.connect()) as connection, closing(connection.cursor()) as cursor:

        def query(statement: str) -> Rows:
            cursor.execute(statement)
            return cursor.fetchall()

        query("CREATE DATABASE matomo")
        query("USE matomo")
        load(connection, sites=SITES, today=TODAY, prefix="m_")
        yield query
        query("DROP DATABASE matomo")


def archiver(server: PrivateServer, speed: float) -> SimulatedArchiver:
    return SimulatedArchiver(
        lambda: server.connect("matomo"), "m_", speed, pause=60, today=lambda: TODAY
    )


@pytest.fixture
def finished_run(server: PrivateServer, query: Query) -> Query:
    """A database on which a whole run of the archiver has just ended."""
    for statement in REMEMBER_STARTS:
        query(statement)
    query("DELETE FROM m_option WHERE option_name = 'LastCompletedFullArchiving'")
    working = archiver(server, speed=5000)
    working.start()
    is_completed = "SELECT 1 FROM m_option WHERE option_name = 'LastCompletedFullArchiving'"
    wait_until(lambda: query(is_completed), "the run is over")
    working.stop()
    return query


def test_each_site_gets_202_days_30_weeks_7_months_and_1_year(query: Query) -> None:
    """1 June to 19 December 2024, with the week of 27 May."""
    found = query(
        "SELECT idsite, period, COUNT(*), MIN(date1), MAX(date2) FROM m_archive_invalidations"
        " WHERE name = 'done.Actions' AND report = 'Actions_hits' AND status = 0"
        " AND ts_started IS NULL GROUP BY idsite, period ORDER BY idsite, period"
    )
    assert found == [
        (site, period, count, first, last)
        for site in (1, 2)
        for period, count, first, last in [
            (1, 202, date(2024, 6, 1), date(2024, 12, 19)),
            (2, 30, date(2024, 5, 27), date(2024, 12, 22)),
            (3, 7, date(2024, 6, 1), date(2024, 12, 31)),
            (4, 1, date(2024, 1, 1), date(2024, 12, 31)),
        ]
    ]


def test_today_and_yesterday_wait_for_all_visits_and_for_the_segments_of_the_site(
    query: Query,
) -> None:
    """Two days, a week, a month and a year; the second segment belongs to site 2."""
    found = query(
        "SELECT idsite, LEFT(name, 6), COUNT(*) FROM m_archive_invalidations"
        " WHERE report IS NULL GROUP BY idsite, LEFT(name, 6) ORDER BY 1, 2"
    )
    assert found == [
        *[(1, "done", 5), (1, "done8e", 5)],
        *[(2, "done", 5), (2, "done37", 5), (2, "done8e", 5)],
    ]


def test_the_instance_is_a_5_2_0_in_the_middle_of_a_run(query: Query) -> None:
    options: dict[str, str] = dict(query("SELECT option_name, option_value FROM m_option"))
    assert options["version_core"] == "5.2.0"
    assert options["ReArchiveList"] == "a:0:{}"
    assert options["SharedSiteIdsToArchive_AllWebsites"] == "1,2"
    assert options["LastFullArchivingStartTime"] > options["LastCompletedFullArchiving"]
    assert sum("_report_to_invalidate_" in name for name in options) == 3


def test_recent_periods_are_archived_already(query: Query) -> None:
    """12 to 20 December, their two weeks, and the month, for two sites."""
    found = query(
        "SELECT period, COUNT(*) FROM m_archive_numeric_2024_12"
        " WHERE name = 'done' AND value = 1 AND ts_archived <= UTC_TIMESTAMP() GROUP BY period"
    )
    assert sorted(found) == [(1, 18), (2, 4), (3, 2)]


def test_the_archiver_takes_rows_in_matomos_order_and_leaves_overlapping_ones_for_later(
    finished_run: Query,
) -> None:
    """Batches of three: newest first, all visits before plugins before segments."""
    found = finished_run("SELECT name, period, date1 FROM started ORDER BY n LIMIT 12")
    assert [(name, period, day.day) for name, period, day in found] == [
        *[("done", 1, 20), ("done", 1, 19), ("done.Actions", 1, 18)],
        *[(GERMANY, 1, 20), ("done.Actions", 1, 19), ("done.Actions", 1, 17)],
        *[(GERMANY, 1, 19), ("done.Actions", 1, 16), ("done.Actions", 1, 15)],
        *[("done", 2, 16), ("done.Actions", 1, 14), ("done.Actions", 1, 13)],
    ]


def test_the_archiver_works_site_by_site(finished_run: Query) -> None:
    """240 rows of the backfill each, and 10 or 15 ordinary ones."""
    found = finished_run("SELECT idsite, COUNT(*), MIN(n), MAX(n) FROM started GROUP BY idsite")
    assert sorted(found) == [(1, 250, 1, 250), (2, 255, 251, 505)]


def test_a_finished_row_leaves_a_done_flag_with_a_utc_time(finished_run: Query) -> None:
    """Of two sites: 19 days, three weeks and the month of December; 5 means a partial archive."""
    found = finished_run(
        "SELECT period, value, COUNT(*) FROM m_archive_numeric_2024_12"
        " WHERE name = 'done.Actions' AND ts_archived > UTC_TIMESTAMP() - INTERVAL 1 MINUTE"
        " GROUP BY period, value ORDER BY period"
    )
    assert found == [(1, 5.0, 38), (2, 5.0, 6), (3, 5.0, 2)]


def test_a_batch_of_three_is_in_progress_while_the_archiver_works(
    server: PrivateServer, query: Query
) -> None:
    working = archiver(server, speed=0.1)
    working.start()
    in_progress = (
        "SELECT COUNT(*), MAX(TIMESTAMPDIFF(SECOND, ts_started, NOW()) < 20)"
        " FROM m_archive_invalidations WHERE status = 1"
    )
    wait_until(lambda: query(in_progress) == [(3, 1)], "three rows are in progress")
    before = time.monotonic()
    working.stop()
    assert not working.is_alive()
    assert time.monotonic() - before < 1.0
    assert query(in_progress) == [(3, 1)]


def test_the_next_run_begins_after_the_pause_with_the_rows_of_today(
    server: PrivateServer, query: Query
) -> None:
    """The first run is over at once: its queue and its list of sites are empty."""
    query("TRUNCATE m_archive_invalidations")
    query("UPDATE m_option SET option_value = '2' WHERE option_name LIKE 'SharedSiteIds%Sites'")
    for statement in REMEMBER_STARTS:
        query(statement)
    working = SimulatedArchiver(
        lambda: server.connect("matomo"), "m_", 5000, pause=0.1, today=lambda: TODAY
    )
    working.start()
    wait_until(lambda: query("SELECT COUNT(*) FROM started WHERE idsite = 1")[0][0] >= 8, "next")
    working.stop()
    found = query("SELECT idsite, period FROM started WHERE name = 'done' ORDER BY n LIMIT 8")
    assert found == [(2, 1), (2, 2), (2, 3), (2, 4), (1, 1), (1, 2), (1, 3), (1, 4)]


def test_a_database_that_goes_away_ends_the_archiver_with_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with PrivateServer() as server:
        with closing(server.connect()) as connection:
            for statement in ("CREATE DATABASE matomo", "USE matomo"):
                connection.cmd_query(statement)
            load(connection, 1, TODAY, "m_")
        working = SimulatedArchiver(lambda: server.connect("matomo"), "m_")
        working.start()
        time.sleep(0.3)
        with caplog.at_level(logging.WARNING):
            server.kill()
            working.join(5)
    assert not working.is_alive()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.messages[0].startswith("simulated archiver ended: ")
