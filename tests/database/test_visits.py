"""Visits of sites, through one index of table log_visit."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.readings.database.connection import Connection, connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.simulation import visits
from matomo_archive_exporter.readings.simulation.visits import VisitsMemory
from tests.conftest import Database
from tests.support.accounts import account
from tests.support.visit_rows import add_many_visits, create_visits

UTC_DAYS = ("2026-11-22 00:00:00", "2026-11-23 00:00:00", "2026-11-24 00:00:00")
COLUMNS = "idsite, visit_last_action_time"

Windows = dict[int, tuple[str, str, str]]


@dataclass(frozen=True)
class Visits:
    """Sites by the known facts of their visits."""

    first: dict[int, datetime]
    yesterday: frozenset[int]
    today: frozenset[int]


def seen(connection: Connection, windows: Windows, memory: VisitsMemory | None = None) -> Visits:
    found = visits.read(connection, windows, memory)
    assert found is not None
    assert found.keys() == windows.keys()
    return Visits(
        {n: site.first for n, site in found.items() if site.first},
        frozenset(n for n, site in found.items() if site.yesterday),
        frozenset(n for n, site in found.items() if site.today),
    )


def read(database: Database, windows: Windows) -> object:
    with connect(database.settings) as connection:
        return visits.read(connection, windows)


def known(database: Database, windows: Windows, memory: VisitsMemory | None = None) -> Visits:
    with connect(database.settings) as connection:
        return seen(connection, windows, memory)


def first(*texts: str) -> dict[int, datetime]:
    return {n: datetime.fromisoformat(text) for n, text in enumerate(texts, 1)}


def test_a_site_has_its_first_visit_and_those_of_yesterday_and_today(database: Database) -> None:
    create_visits(
        database.connection,
        (1, "2019-05-04 03:02:01"),
        (1, "2026-11-22 08:00:00"),
        (1, "2026-11-23 08:00:00"),
        (2, "2026-11-22 23:59:59"),
        (3, "2026-11-23 00:00:00"),
        (4, "2026-11-21 23:59:59"),
    )
    assert known(database, dict.fromkeys(range(1, 6), UTC_DAYS)) == Visits(
        first=first(
            "2019-05-04 03:02:01",
            "2026-11-22 23:59:59",
            "2026-11-23 00:00:00",
            "2026-11-21 23:59:59",
        ),
        yesterday=frozenset({1, 2}),
        today=frozenset({1, 3}),
    )


@pytest.mark.parametrize("windows", [{}, {1: UTC_DAYS}])
def test_without_visits_there_are_none(database: Database, windows: Windows) -> None:
    create_visits(database.connection)
    assert known(database, windows) == Visits({}, frozenset(), frozenset())


def test_a_date_that_cannot_be_is_no_first_visit(database: Database) -> None:
    create_visits(database.connection)
    database.run("SET SESSION sql_mode = ''")
    add_many_visits(database.connection, 1, idsite="1", time="'0000-00-00'")
    assert known(database, {1: UTC_DAYS}).first == {}


@settings(
    max_examples=60,
    deadline=None,  # each asks a server
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 95)), max_size=60),
    st.dictionaries(st.integers(1, 60), st.integers(0, 24), max_size=60),
    st.booleans(),
)
def test_the_windows_with_visits_are_right_in_all_zones(
    database: Database, happened: list[tuple[int, int]], zones: dict[int, int], remember: bool
) -> None:
    def hour(n: int) -> str:
        return f"2026-11-{20 + n // 24:02d} {n % 24:02d}:00:00"

    database.run("DROP TABLE IF EXISTS matomo_log_visit")
    create_visits(database.connection, *((site, hour(n)) for site, n in happened))
    windows = {site: (hour(z), hour(z + 24), hour(z + 48)) for site, z in zones.items()}
    memory = VisitsMemory()
    if remember:
        known(database, windows, memory)
    found = known(database, windows, memory)
    within = {(site, n - zones[site]) for site, n in happened if site in zones}
    assert found.yesterday == {site for site, n in within if 0 <= n < 24}
    assert found.today == {site for site, n in within if 24 <= n < 48}
    assert found.first == {
        site: datetime.fromisoformat(hour(min(n for s, n in happened if s == site)))
        for site in {site for site, _ in within}
    }


def test_first_visits_are_remembered_and_those_of_new_sites_are_not_waited_for(
    database: Database,
) -> None:
    create_visits(database.connection, (1, "2026-11-01 00:00:00"))
    memory = VisitsMemory()
    assert known(database, {1: UTC_DAYS, 2: UTC_DAYS}, memory).first == first("2026-11-01 00:00:00")
    add_many_visits(database.connection, 1, idsite="1", time="'2026-10-01'")
    add_many_visits(database.connection, 1, idsite="2", time="'2026-11-23 09:00:00'")
    add_many_visits(database.connection, 1, idsite="3", time="'2026-10-03'")
    found = known(database, dict.fromkeys((1, 2, 3), UTC_DAYS), memory)
    assert found.first == first("2026-11-01 00:00:00", "2026-11-23 09:00:00", "2026-10-03 00:00:00")
    memory.until = 0.0  # an hour later
    found = known(database, dict.fromkeys((1, 2, 3), UTC_DAYS), memory)
    assert found.first[1] == datetime.fromisoformat("2026-10-01")


def test_the_days_are_looked_at_each_time(database: Database) -> None:
    create_visits(database.connection, (1, "2026-11-22 08:00:00"))
    memory = VisitsMemory()
    assert known(database, {1: UTC_DAYS}, memory).today == frozenset()
    add_many_visits(database.connection, 1, idsite="1", time="'2026-11-23 09:00:00'")
    found = known(database, {1: UTC_DAYS}, memory)
    assert found.yesterday == {1}
    assert found.today == {1}


@pytest.mark.parametrize("columns", ["", "idsite", "idvisit, visit_last_action_time"])
def test_without_the_grant_visits_are_not_known(matomo: Database, columns: str) -> None:
    create_visits(matomo.connection, (1, "2026-11-23 08:00:00"))
    with account(matomo, "no_visits") as user:
        user.may_select("matomo_option")
        if columns:
            user.may_select("matomo_log_visit", columns=columns)
        with connect(user.settings) as connection:
            assert visits.read(connection, {1: UTC_DAYS}) is None


def test_two_columns_are_all_that_has_to_be_granted(matomo: Database) -> None:
    create_visits(matomo.connection, (1, "2026-11-23 08:00:00"), (1, "2026-11-22 08:00:00"))
    with account(matomo, "two_columns") as user:
        user.may_select("matomo_log_visit", columns=COLUMNS)
        with connect(user.settings) as connection:
            found = seen(connection, {1: UTC_DAYS})
    assert found == Visits(first("2026-11-22 08:00:00"), frozenset({1}), frozenset({1}))


def test_without_the_table_visits_are_not_known(database: Database) -> None:
    assert read(database, {1: UTC_DAYS}) is None


def test_without_an_index_visits_are_not_known(database: Database) -> None:
    create_visits(database.connection, (1, "2026-11-23 08:00:00"))
    database.run("ALTER TABLE matomo_log_visit DROP INDEX index_idsite_datetime")
    assert read(database, {1: UTC_DAYS}) is None


def test_an_index_of_another_name_serves_as_well(database: Database) -> None:
    create_visits(
        database.connection, (1, "2026-11-22 08:00:00"), (1, "2026-11-23 08:00:00"),
        (1, "2026-11-24 08:00:00"),
    )  # fmt: skip
    usual = read(database, {1: UTC_DAYS})
    database.run("ALTER TABLE matomo_log_visit RENAME INDEX index_idsite_datetime TO other")
    assert read(database, {1: UTC_DAYS}) == usual


def test_a_lost_connection_is_an_error(database: Database) -> None:
    create_visits(database.connection, (1, "2026-11-23 08:00:00"))
    with connect(database.settings) as connection:
        database.run(f"KILL {connection.session.id}")
        with pytest.raises(ReadingError) as raised:
            visits.read(connection, {1: UTC_DAYS})
    assert raised.value.reason == "lost_connection"


@pytest.mark.parametrize("zones", [1, 24])
def test_of_very_many_visits_only_a_few_are_read(database: Database, zones: int) -> None:
    create_visits(database.connection)
    time = "DATE_SUB('2026-11-23 12:00:00', INTERVAL seq * 10 SECOND)"
    add_many_visits(database.connection, 300_000, idsite="1 + seq MOD 300", time=time)
    add_many_visits(database.connection, 200_000, idsite="7", time=time)
    database.run("ANALYZE TABLE matomo_log_visit")
    windows = {
        site: tuple(f"2026-11-{day} {site % zones:02d}:00:00" for day in (20, 21, 22))
        for site in range(1, 301)
    }
    with connect(database.settings) as connection:
        before = database.rows_read()
        found = seen(connection, windows)  # type: ignore[arg-type]
        read_rows = database.rows_read() - before
    assert len(found.first) == len(found.yesterday) == len(found.today) == 300
    assert read_rows < 4_000


def test_the_ends_of_sites_are_found_by_the_index_alone(database: Database) -> None:
    create_visits(database.connection)
    add_many_visits(database.connection, 50_000, idsite="1 + seq MOD 50", time="'2026-11-23'")
    database.run("ANALYZE TABLE matomo_log_visit")
    statement = visits._LAST.format(table="matomo_log_visit") % (1, 50)
    with database.connection.cursor(dictionary=True) as cursor:
        cursor.execute(f"EXPLAIN FORMAT=TRADITIONAL {statement}")
        (plan,) = cast("list[dict[str, object]]", cursor.fetchall())
    assert plan["key"] == "index_idsite_datetime"
    assert "Using index for group-by" in str(plan["Extra"])
