"""The newest archives of all plugins of yesterday and today."""

from collections.abc import Iterable
from datetime import date, datetime

import pytest

from matomo_archive_exporter.matomo.simulation.site_state import Archive
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.simulation import recent_archives
from tests.conftest import Database
from tests.support.accounts import account
from tests.support.archive_rows import create_month, create_month_of_many
from tests.support.numbers import hex_digits

TODAY = date(2025, 3, 13)
SEGMENT = "done8ed8a79e4fab70fb95c781aa3c6b327e"
OLD, NEW = "2025-03-13 08:00:00", "2025-03-13 09:00:00"
COLUMNS = "idarchive, name, idsite, date1, date2, period, ts_archived, value"

Row = tuple[int, str, int, str, str, int, str | None, float | None]
"""idarchive, name, idsite, date1, date2, period, ts_archived, value"""


def add(database: Database, month: str, *rows: Row) -> None:
    """Add rows to the table of a month, which is made where it is missing."""
    create_month(database.connection, month)
    with database.connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO matomo_archive_numeric_{month} ({COLUMNS})"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def day(number: int, name: str, at: str | None = NEW, value: float | None = 1) -> Row:
    return (number, name, 1, "2025-03-13", "2025-03-13", 1, at, value)


def read(
    database: Database, sites: Iterable[int] = (1,), today: date = TODAY
) -> recent_archives.Archives:
    with connect(database.settings) as connection:
        found = recent_archives.read(connection, dict.fromkeys(sites, today))
    assert found is not None
    return found


def archive(at: str, value: int = 1) -> Archive:
    return Archive(datetime.fromisoformat(at), value)


def test_yesterday_and_today_are_found_and_the_periods_around_today(database: Database) -> None:
    add(
        database,
        "2025_03",
        (1, "done", 1, "2025-03-13", "2025-03-13", 1, "2025-03-13 01:00:00", 1),
        (2, "done", 1, "2025-03-12", "2025-03-12", 1, "2025-03-13 02:00:00", 4),
        (3, "done", 1, "2025-03-10", "2025-03-16", 2, "2025-03-13 03:00:00", 1),
        (4, "done", 1, "2025-03-01", "2025-03-31", 3, "2025-03-13 04:00:00", 1),
        (5, "done", 1, "2025-03-11", "2025-03-11", 1, "2025-03-13 05:00:00", 1),
        (6, "done", 1, "2025-03-03", "2025-03-09", 2, "2025-03-13 05:00:00", 1),
        (7, "done", 1, "2025-03-01", "2025-03-13", 5, "2025-03-13 05:00:00", 1),
    )
    add(
        database,
        "2025_01",
        (1, SEGMENT, 1, "2025-01-01", "2025-12-31", 4, "2025-03-13 06:00:00", 1),
    )
    assert read(database) == {
        (1, 1, date(2025, 3, 13), "done"): archive("2025-03-13 01:00:00"),
        (1, 1, date(2025, 3, 12), "done"): archive("2025-03-13 02:00:00", 4),
        (1, 2, date(2025, 3, 10), "done"): archive("2025-03-13 03:00:00"),
        (1, 3, date(2025, 3, 1), "done"): archive("2025-03-13 04:00:00"),
        (1, 4, date(2025, 1, 1), SEGMENT): archive("2025-03-13 06:00:00"),
    }


def test_a_week_lies_in_the_table_of_its_monday(database: Database) -> None:
    add(database, "2024_12", (1, "done", 1, "2024-12-30", "2025-01-05", 2, NEW, 1))
    add(database, "2025_01", (1, "done", 1, "2025-01-01", "2025-01-01", 1, NEW, 1))
    found = read(database, today=date(2025, 1, 2))
    assert set(found) == {
        (1, 2, date(2024, 12, 30), "done"),
        (1, 1, date(2025, 1, 1), "done"),
    }


def test_the_newest_under_a_flag_counts_with_any_value(database: Database) -> None:
    add(database, "2025_03", day(1, "done"), day(2, "done", OLD), day(3, SEGMENT, OLD))
    add(database, "2025_03", day(4, SEGMENT, NEW, 2), day(5, SEGMENT, OLD))
    assert read(database) == {
        (1, 1, TODAY, "done"): archive(NEW),
        (1, 1, TODAY, SEGMENT): archive(NEW, 2),
    }


def test_of_archives_of_the_same_second_the_later_counts(database: Database) -> None:
    add(database, "2025_03", day(9, "done", NEW, 2), day(8, "done"), day(10, "done", NEW, 4))
    assert read(database) == {(1, 1, TODAY, "done"): archive(NEW, 4)}


@pytest.mark.parametrize(
    "name", ["done.Goals", f"{SEGMENT}.Goals", "nb_visits", "Actions_hits", "donkey", "don"]
)
def test_plugins_and_figures_are_left_out(database: Database, name: str) -> None:
    add(database, "2025_03", day(1, name))
    assert read(database) == {}


def test_every_site_has_its_own_today(database: Database) -> None:
    sites = [(n, "done", n, "2025-03-13", "2025-03-13", 1, NEW, 1) for n in (1, 2, 3, 4)]
    add(database, "2025_03", *sites)
    days = {1: date(2025, 3, 12), 2: TODAY, 3: date(2025, 3, 14), 5: TODAY}
    with connect(database.settings) as connection:
        found = recent_archives.read(connection, days)
    assert found is not None
    assert {site for site, *_ in found} == {2, 3}


def test_a_row_without_a_value_counts_as_unfinished_and_one_without_a_time_not_at_all(
    database: Database,
) -> None:
    add(database, "2025_03", day(1, "done", NEW, None), day(2, SEGMENT, None))
    assert read(database) == {(1, 1, TODAY, "done"): archive(NEW, 0)}


def test_thousands_of_sites_are_read(database: Database) -> None:
    create_month_of_many(
        database.connection,
        "2025_03",
        2_000,
        idarchive="seq",
        name="'done'",
        idsite="seq",
        date1="'2025-03-13'",
        date2="'2025-03-13'",
        ts_archived=f"'{NEW}'",
    )
    found = read(database, range(1, 2_001))
    assert set(found) == {(site, 1, TODAY, "done") for site in range(1, 2_001)}


def test_archives_that_exceed_one_answer_are_read_in_parts(database: Database) -> None:
    create_month_of_many(
        database.connection,
        "2025_03",
        100,
        name=f"CONCAT('done', {hex_digits('seq')})",
        idsite="1 + seq MOD 10",
        date1="'2025-03-13'",
        date2="'2025-03-13'",
        ts_archived=f"'{NEW}'",
    )
    with connect(database.settings) as connection:
        found = recent_archives.read(
            connection, dict.fromkeys(range(1, 11), TODAY), most_bytes=1_024
        )
    assert found is not None
    assert len(found) == 100
    assert {site: sum(key[0] == site for key in found) for site in range(1, 11)} == dict.fromkeys(
        range(1, 11), 10
    )


def test_a_site_that_does_not_fit_at_all_is_an_error(database: Database) -> None:
    create_month_of_many(
        database.connection,
        "2025_03",
        100,
        name=f"CONCAT('done', {hex_digits('seq')})",
        date1="'2025-03-13'",
        date2="'2025-03-13'",
    )
    with (
        connect(database.settings) as connection,
        pytest.raises(ReadingError, match="too many archives of site 1"),
    ):
        recent_archives.read(connection, {1: TODAY}, most_bytes=1_024)


def test_an_index_of_the_same_beginning_will_do_under_any_name(database: Database) -> None:
    add(database, "2025_03", day(1, "done"))
    database.run(
        "ALTER TABLE matomo_archive_numeric_2025_03 DROP INDEX index_idsite_dates_period,"
        " ADD INDEX other (idsite, date1, date2, period, ts_archived)"
    )
    assert read(database) == {(1, 1, TODAY, "done"): archive(NEW)}


def test_without_the_index_archives_are_not_known(database: Database) -> None:
    add(database, "2025_03", day(1, "done"))
    database.run("DROP INDEX index_idsite_dates_period ON matomo_archive_numeric_2025_03")
    with connect(database.settings) as connection:
        assert recent_archives.read(connection, {1: TODAY}) is None


@pytest.mark.parametrize("columns", ["", "name, period, ts_archived, value"])
def test_without_the_grant_archives_are_not_known(matomo: Database, columns: str) -> None:
    add(matomo, "2025_03", day(1, "done"))
    with account(matomo, "no_usable") as user:
        user.may_select("matomo_option")
        if columns:
            user.may_select("matomo_archive_numeric_2025_03", columns=columns)
        with connect(user.settings) as connection:
            assert recent_archives.read(connection, {1: TODAY}) is None


def test_the_columns_that_are_read_are_all_that_has_to_be_granted(matomo: Database) -> None:
    add(matomo, "2025_03", day(1, "done"))
    with account(matomo, "columns") as user:
        user.may_select("matomo_archive_numeric_2025_03", columns=COLUMNS)
        with connect(user.settings) as connection:
            assert recent_archives.read(connection, {1: TODAY}) == {
                (1, 1, TODAY, "done"): archive(NEW)
            }


def test_a_lost_connection_is_an_error(database: Database) -> None:
    add(database, "2025_03", day(1, "done"))
    with connect(database.settings) as connection:
        database.run(f"KILL {connection.session.id}")
        with pytest.raises(ReadingError) as raised:
            recent_archives.read(connection, {1: TODAY})
    assert raised.value.reason == "lost_connection"


def test_a_large_month_is_read_through_its_index_and_never_scanned(database: Database) -> None:
    create_month_of_many(
        database.connection,
        "2025_03",
        200_000,
        name="CONCAT('Goals_', seq)",
        idsite="1 + seq MOD 100",
        date1="'2025-03-13'",
        date2="'2025-03-13'",
        period="1",
        ts_archived=f"'{NEW}'",
    )
    add(database, "2025_03", *((n, "done", n, *day(n, "")[3:]) for n in range(1, 101)))
    database.run("ANALYZE TABLE matomo_archive_numeric_2025_03")
    before = database.rows_read()
    assert len(read(database, range(1, 101))) == 100
    assert database.rows_read() - before < 2_000
