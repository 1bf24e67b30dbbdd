"""Queued rows that wait for rows in progress, by the process that works on those."""

from dataclasses import dataclass

import pytest

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.overlaps.held_back import HeldBack
from matomo_archive_exporter.matomo.queue.owner import Owner
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.overlaps import overlaps
from matomo_archive_exporter.readings.simulation import instance
from tests.conftest import Database
from tests.support.schemas import create_tables

A, B = "a" * 32, "b" * 32
WEB = ("web-1", "4242")
DAY = ("2026-11-04", "2026-11-04", 1)
WEEK = ("2026-11-02", "2026-11-08", 2)
MONTH = ("2026-11-01", "2026-11-30", 3)
YEAR = ("2026-01-01", "2026-12-31", 4)
RANGE = ("2026-10-20", "2026-11-10", 5)
ANOTHER_WEEK = ("2026-11-09", "2026-11-15", 2)
LARGER = (WEEK, MONTH, YEAR, RANGE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the queue; one with an owner is in progress since `minutes`."""

    where: tuple[str, str, int]
    name: str = "done"
    owner: tuple[str, str] | None = None
    minutes: int = 60
    site: int = 1
    report: str | None = None


@pytest.fixture
def matomo(database: Database) -> Database:
    """The tables of a Matomo 5.3.0 or later."""
    create_tables(database.connection, "5.3")
    return database


def add(database: Database, *rows: Row) -> None:
    for row in rows:
        started = f"NOW() - INTERVAL {row.minutes} MINUTE" if row.owner else "NULL"
        host, process = row.owner or (None, None)
        with database.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO matomo_archive_invalidations (idsite, date1, date2, period, name,"
                " report, status, processing_host, process_id, ts_invalidated, ts_started)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s,"
                f" UTC_TIMESTAMP() - INTERVAL 1 DAY, {started})",
                (
                    *(row.site, *row.where, row.name, row.report),
                    *(1 if row.owner else 0, host or None, process or None),
                ),
            )
    database.connection.commit()


def held_back(database: Database, matomo_version: str = "5.8.0") -> tuple[HeldBack, ...] | None:
    with connect(database.settings) as connection:
        behaviour = version.behaviour(matomo_version, "MYSQLI")
        at = server.read(connection)
        found = overlaps.read(connection, at, instance.read(connection), behaviour)
    return found.held_back


def waiting(database: Database) -> dict[Owner, int]:
    return {held.owner: held.waiting for held in held_back(database) or ()}


def queued(*where: tuple[str, str, int], name: str = "done") -> list[Row]:
    return [Row(place, name) for place in where]


def test_a_row_in_progress_holds_back_the_larger_periods_around_it(matomo: Database) -> None:
    add(matomo, Row(DAY, owner=WEB), *queued(*LARGER, ANOTHER_WEEK))
    assert waiting(matomo) == {Owner(*WEB): 4}


def test_a_row_that_two_rows_of_a_process_hold_back_counts_once(matomo: Database) -> None:
    tuesday = ("2026-11-03", "2026-11-03", 1)
    add(matomo, Row(DAY, owner=WEB), Row(tuesday, owner=WEB, minutes=59), *queued(WEEK))
    (held,) = held_back(matomo) or ()
    assert (held.owner, held.rows, held.waiting, held.reset) == (Owner(*WEB), 2, 1, 2)


def test_the_first_process_comes_first_with_the_time_of_its_first_row(matomo: Database) -> None:
    other = ("web-2", "7")
    add(matomo, Row(DAY, owner=WEB), Row(DAY, owner=WEB, name=f"done{A}", minutes=50))
    add(matomo, Row(MONTH, owner=other, minutes=180), *queued(WEEK, YEAR))
    first, second = held_back(matomo) or ()
    assert (first.owner, first.waiting) == (Owner(*other), 1)
    assert (second.owner, second.waiting) == (Owner(*WEB), 2)
    assert second.started - first.started == 120 * 60


@pytest.mark.parametrize(
    ("started", "name", "waits"),
    [
        ("done", f"done{A}", True),
        (f"done{A}", "done", True),
        (f"done{A}", f"done{A}.Goals", True),
        (f"done{A}", f"done{B}", False),
        ("done.Goals", "done.Actions", True),
    ],
)
def test_only_different_segments_do_not_hold_each_other_back(
    matomo: Database, started: str, name: str, waits: bool
) -> None:
    add(matomo, Row(DAY, started, WEB), Row(WEEK, name))
    assert (waiting(matomo) == {Owner(*WEB): 1}) is waits


@pytest.mark.parametrize(
    "row",
    [
        Row(DAY),
        Row(("2026-11-05", "2026-11-05", 1)),
        Row(WEEK, site=2),
    ],
    ids=["identical: it is dropped", "another day", "another site"],
)
def test_these_are_not_held_back(matomo: Database, row: Row) -> None:
    add(matomo, Row(DAY, owner=WEB), row)
    assert held_back(matomo) == ()


def test_smaller_periods_are_not_held_back_but_others_of_the_same_are(matomo: Database) -> None:
    add(matomo, Row(WEEK, owner=WEB), Row(DAY), Row(WEEK, "done.Goals"))
    assert waiting(matomo) == {Owner(*WEB): 1}


def test_another_report_of_the_same_archive_waits(matomo: Database) -> None:
    add(matomo, Row(DAY, "done.Goals", WEB), Row(DAY, "done.Goals", report="1"))
    assert waiting(matomo) == {Owner(*WEB): 1}


def test_rows_without_an_owner_are_counted_without_a_name(matomo: Database) -> None:
    add(matomo, Row(DAY, owner=("", "")), Row(WEEK))
    (held,) = held_back(matomo) or ()
    assert (held.is_named, held.waiting, held.reset) == (False, 1, 0)


def test_the_time_for_a_reset_is_text_of_the_column_in_every_zone(matomo: Database) -> None:
    matomo.run("SET time_zone = '+10:00'")
    add(matomo, Row(DAY, owner=WEB), Row(WEEK))
    matomo.run(
        "UPDATE matomo_archive_invalidations SET ts_started = '2026-11-04 05:20:00'"
        " WHERE status = 1"
    )
    (held,) = held_back(matomo) or ()
    assert held.reset_before == "2026-11-04 05:20:01"


def test_a_reset_counts_the_rows_of_the_host_that_started_before(matomo: Database) -> None:
    add(matomo, Row(DAY, owner=WEB), Row(WEEK))
    older, newer = (
        Row(DAY, owner=("web-1", "9"), minutes=90, site=2),
        Row(DAY, owner=("web-1", "10"), minutes=1, site=3),
    )
    add(matomo, older, newer, Row(DAY, owner=("web-2", "4242"), minutes=90, site=4))
    (held,) = held_back(matomo) or ()
    assert (held.rows, held.reset) == (1, 2)


@pytest.mark.parametrize(
    ("matomo_version", "known"), [("5.2.2", False), ("5.3.0", True), ("6.0.0-b1", True)]
)
def test_rows_in_progress_hold_back_others_from_5_3_on(
    matomo: Database, matomo_version: str, known: bool
) -> None:
    add(matomo, Row(DAY, owner=WEB), Row(WEEK))
    assert (held_back(matomo, matomo_version) is not None) is known


def test_without_the_columns_nothing_is_known(database: Database) -> None:
    create_tables(database.connection, "5.2.0")
    assert held_back(database) is None


def test_with_nothing_in_progress_nothing_is_held_back(matomo: Database) -> None:
    add(matomo, *queued(DAY, WEEK))
    assert held_back(matomo) == ()
