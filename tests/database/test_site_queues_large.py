"""Queues of more rows than one statement takes, or than the configured maximum."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from matomo_archive_exporter.matomo.simulation.packed_rows import unpack
from matomo_archive_exporter.matomo.simulation.planned_rows import State, TableRow
from tests.conftest import Database, new_database
from tests.support import recordings
from tests.support.invalidations import DAY, ordinal
from tests.support.recorded_runs import load
from tests.support.schemas import create_tables
from tests.support.servers import ServerKind
from tests.support.simulated_runs import rerun
from tests.support.site_rows import add_many, queues, read


def periods(rows: list[TableRow]) -> list[tuple[int, str, int, int]]:
    return [(t.row.period, t.row.name, t.row.date1, t.row.date2) for t in rows]


@pytest.mark.parametrize("name", ["case-02", "case-06a", "case-08c", "case-13"])
@pytest.mark.parametrize("size", [1, 7, 400])
def test_large_sites_read_by_days_are_the_same_as_read_at_once(
    database: Database, name: str, size: int
) -> None:
    recordings.load(database.connection, name)
    whole = read(database)
    assert {site: periods(rows) for site, rows in read(database, size=size).items()} == {
        site: periods(rows) for site, rows in whole.items()
    }


def test_a_recorded_queue_is_read_in_the_order_in_which_it_was_worked_off(
    database: Database,
) -> None:
    recordings.load(database.connection, "case-02")
    (expected,) = rerun(load("case-02"), {}).queues.values()
    assert [t.row.rank for t in read(database)[1]] == [q.row.rank for q in expected]
    assert [t.row.digits for t in read(database)[1]] == [q.row.digits for q in expected]


def test_a_site_of_more_rows_than_one_statement_takes_is_read_whole(matomo: Database) -> None:
    add_many(matomo, 50_000, name="CONCAT('done.Plugin', seq % 7)")
    add_many(matomo, 30, idsite="2")
    found = read(matomo)
    assert [len(rows) for rows in found.values()] == [50_000, 30]
    starts = [t.row.date1 for t in found[1]]
    assert starts == sorted(starts, reverse=True)


def test_many_sites_are_read_completely(matomo: Database) -> None:
    add_many(matomo, 2_400, idsite="seq DIV 2")
    found = read(matomo)
    assert len(found) == 1_201
    assert sum(map(len, found.values())) == 2_400
    assert [*found] == sorted(found)


def test_no_more_than_the_most_rows_are_read_of_a_large_site(matomo: Database) -> None:
    add_many(matomo, 1_000)
    add_many(matomo, 10, idsite="2")
    with queues(matomo, most_rows=250, size=100) as reading:
        found = [*reading.all()]
    assert reading.is_cut_off
    assert [site.idsite for site in found] == [1]
    rows = unpack(found[0].packed, reading.names)
    assert 250 <= len(rows) < 1_000
    assert rows[0].row.date1 == ordinal("2025-02-28")  # the newest first


def test_sites_after_the_most_rows_are_left_out(matomo: Database) -> None:
    for site in range(1, 6):
        add_many(matomo, 50, idsite=str(site))
    with queues(matomo, most_rows=120, size=60) as reading:
        assert [site.idsite for site in reading.all()] == [1, 2, 3]
    assert reading.is_cut_off


def test_a_queue_of_the_most_rows_is_not_cut_off(matomo: Database) -> None:
    add_many(matomo, 250)
    with queues(matomo, most_rows=250) as reading:
        assert len([*reading.all()]) == 1
    assert not reading.is_cut_off


# A server that sends short texts only


@pytest.fixture(scope="module")
def terse(server_kind: ServerKind) -> Iterator[Database]:
    with server_kind.private(["--max-allowed-packet=65536"]) as running:
        database = new_database(running)
        with closing(database.connection):
            create_tables(database.connection)
            yield database


@pytest.fixture
def terse_matomo(terse: Database) -> Database:
    terse.run("TRUNCATE matomo_archive_invalidations")
    return terse


def test_no_text_is_longer_than_the_server_can_send(terse_matomo: Database) -> None:
    add_many(terse_matomo, 5_000)
    add_many(terse_matomo, 5_000, idsite="2")
    with queues(terse_matomo) as reading:
        found = [unpack(site.packed, reading.names) for site in reading.all()]
    assert [len(rows) for rows in found] == [5_000, 5_000]
    assert not reading.is_cut_off


@pytest.mark.parametrize("status", ["0", "NULL"])
@pytest.mark.parametrize("report", ["seq", "NULL"])
def test_a_day_that_the_server_cuts_short_is_said_to_be_cut_off(
    terse_matomo: Database, status: str, report: str
) -> None:
    day = {"date1": "'2025-02-28'", "date2": "'2025-02-28'"}
    add_many(terse_matomo, 4_000, status=status, report=report, **day)
    add_many(terse_matomo, 10, idsite="2")
    with queues(terse_matomo) as reading:
        (site,) = reading.all()
    assert reading.is_cut_off
    rows = unpack(site.packed, reading.names)
    assert 1_000 < len(rows) < 4_000
    assert {t.state for t in rows} == {State.QUEUED if status == "0" else State.UNSELECTABLE}
    assert {(t.row.period, t.row.date1) for t in rows} == {(DAY, ordinal("2025-02-28"))}
