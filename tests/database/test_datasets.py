from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from mysql.connector.connection import MySQLConnection

from benchmarks import backfill, instance
from benchmarks.datasets import DATASETS, load
from matomo_archive_exporter.demo.private_server import PrivateServer

QUEUE = "matomo_archive_invalidations"
TABLES = (QUEUE, "matomo_site", "matomo_segment", "matomo_option")


@pytest.fixture(scope="module")
def server() -> Iterator[MySQLConnection]:
    """A connection to a server with set S in database `s`."""
    with PrivateServer() as private_server, closing(private_server.connect()) as connection:
        load_into(connection, "s", seed=1)
        yield connection


@pytest.fixture(scope="module")
def other(server: MySQLConnection) -> list[tuple[int, int]]:
    """Set S of another seed in database `other`; the progress that was reported."""
    return load_into(server, "other", seed=2)


def load_into(connection: MySQLConnection, database: str, seed: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE DATABASE {database}")
        cursor.execute(f"USE {database}")
    calls: list[tuple[int, int]] = []
    load(connection, "S", progress=lambda done, total: calls.append((done, total)), seed=seed)
    return calls


def rows(connection: MySQLConnection, statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(queue=f"s.{QUEUE}"))
        return cursor.fetchall()


def one(connection: MySQLConnection, statement: str) -> Any:
    [[value]] = rows(connection, statement)
    return value


def checksums(connection: MySQLConnection, database: str) -> list[int]:
    tables = ", ".join(f"{database}.{table}" for table in TABLES)
    return [checksum for _, checksum in rows(connection, f"CHECKSUM TABLE {tables}")]


def test_a_set_made_twice_is_identical(server: MySQLConnection) -> None:
    load_into(server, "again", seed=1)
    assert checksums(server, "again") == checksums(server, "s")


@pytest.mark.usefixtures("other")
def test_another_seed_gives_another_queue(server: MySQLConnection) -> None:
    assert checksums(server, "other")[0] != checksums(server, "s")[0]


@pytest.mark.parametrize("name", DATASETS)
def test_the_done_flags_of_a_set_add_up_to_its_rows(name: str) -> None:
    dataset = DATASETS[name]
    flags = backfill.flags(instance.sites(dataset), dataset.rows, seed=1)
    assert sum(flag.rows for flag in flags) == dataset.rows
    assert max(flag.repeats for flag in flags) <= 132  # what a young site has at most


def test_the_sites_of_the_largest_set_have_17_to_27_of_its_40_segments() -> None:
    numbers = {len(site.segments) for site in instance.sites(DATASETS["L"])}
    assert (min(numbers), max(numbers)) == (17, 27)
    assert DATASETS["L"].segments == 40


def test_progress_ends_with_all_rows(other: list[tuple[int, int]]) -> None:
    assert len(other) > 1
    assert other[-1] == (168_000, 168_000)


def test_s_has_168000_rows_of_700_sites_and_240_intervals(server: MySQLConnection) -> None:
    shape = "COUNT(*), COUNT(DISTINCT idsite), COUNT(DISTINCT period, date1, date2)"
    assert rows(server, f"SELECT {shape} FROM {{queue}}") == [(168_000, 700, 240)]


def test_the_intervals_are_those_of_june_to_december(server: MySQLConnection) -> None:
    found = rows(
        server,
        "SELECT period, COUNT(DISTINCT date1), CONCAT(MIN(date1), ' ', MAX(date2))"
        " FROM {queue} GROUP BY period ORDER BY period",
    )
    assert found == [
        (1, 202, "2024-06-01 2024-12-19"),
        (2, 30, "2024-05-27 2024-12-22"),
        (3, 7, "2024-06-01 2024-12-31"),
        (4, 1, "2024-01-01 2024-12-31"),
    ]


def test_some_rows_are_in_progress_some_of_them_never_started(server: MySQLConnection) -> None:
    found = rows(
        server,
        "SELECT status, ts_started IS NULL, COUNT(*) FROM {queue} GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert found == [(0, 0, 14), (0, 1, 167_972), (1, 0, 11), (1, 1, 3)]


def test_some_rows_are_there_twice(server: MySQLConnection) -> None:
    kinds = "SELECT COUNT(*) AS n FROM {queue} GROUP BY idsite, date1, period"  # a flag per site
    assert rows(server, f"SELECT MAX(n), SUM(n - 1) FROM ({kinds}) kind") == [(2, 966)]


def test_a_young_site_has_nothing_from_before_its_creation(server: MySQLConnection) -> None:
    [(young, earliest)] = rows(
        server,
        "SELECT COUNT(DISTINCT idsite), MIN(date2) FROM {queue}"
        " JOIN s.matomo_site USING (idsite) WHERE ts_created > '2024-06-01'",
    )
    assert (young, str(earliest)) == (7, "2024-09-01")


def test_some_old_sites_lack_three_days(server: MySQLConnection) -> None:
    days = (
        "SELECT idsite, COUNT(DISTINCT date1) AS days FROM {queue}"
        " JOIN s.matomo_site USING (idsite) WHERE period = 1 AND ts_created < '2024-06-01'"
        " GROUP BY idsite"
    )
    found = rows(server, f"SELECT days, COUNT(*) FROM ({days}) site GROUP BY days ORDER BY days")
    assert found == [(199, 70), (202, 623)]


def test_ids_have_small_gaps_and_huge_ones(server: MySQLConnection) -> None:
    gaps = "SELECT idinvalidation - LAG(idinvalidation) OVER (ORDER BY idinvalidation) AS gap"
    found = (
        f"SELECT SUM(gap BETWEEN 2 AND 200), SUM(gap > 4000000000) FROM ({gaps} FROM {{queue}}) x"
    )
    [(small, huge)] = rows(server, found)
    assert small > 700
    assert huge == 2


def test_rows_rebuild_many_plugins_and_reports(server: MySQLConnection) -> None:
    what = "SUBSTRING(name, 6), report"  # no segments in this set: 'done.Plugin'
    found = rows(server, f"SELECT {what}, COUNT(*) FROM {{queue}} GROUP BY 1, 2")
    assert len(found) > 50
    assert {plugin for plugin, report, _ in found if report is None} >= {"", "Goals"}
    assert {plugin for plugin, report, _ in found if report == ""} == {"VisitFrequency"}
    assert max(found, key=lambda kind: kind[2])[:2] == ("Actions", "Actions_hits")


def test_site_ids_have_gaps_and_every_site_is_known(server: MySQLConnection) -> None:
    unknown = "SELECT COUNT(*) FROM {queue} LEFT JOIN s.matomo_site s USING (idsite)"
    assert one(server, f"{unknown} WHERE s.idsite IS NULL") == 0
    assert rows(server, "SELECT COUNT(*), MAX(idsite) FROM s.matomo_site") == [(700, 714)]


def test_the_options_of_an_instance_in_the_middle_of_a_run_are_there(
    server: MySQLConnection,
) -> None:
    option = "SELECT option_value FROM s.matomo_option WHERE option_name = '{}'"
    assert one(server, option.format("version_core")) == "5.2.0"
    started = int(one(server, option.format("LastFullArchivingStartTime")))
    assert started > int(one(server, option.format("LastCompletedFullArchiving")))
    assert "," in one(server, option.format("SharedSiteIdsToArchive_AllWebsites"))
