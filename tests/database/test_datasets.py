from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from mysql.connector.connection import MySQLConnection

from benchmarks import backfill, instance
from benchmarks.datasets import DATASETS, load
from tests.support.private_server import PrivateServer

QUEUE = "matomo_archive_invalidations"
TABLES = (QUEUE, "matomo_site", "matomo_segment", "matomo_option")


@pytest.fixture(scope="module")
def server() -> Iterator[MySQLConnection]:
    """A connection to a server with set S in database `s`."""
    with PrivateServer() as private_server, closing(private_server.connect()) as connection:
        load_into(connection, "s", seed=1)
        yield connection


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


def checksums(connection: MySQLConnection, database: str) -> list[int]:
    tables = ", ".join(f"{database}.{table}" for table in TABLES)
    return [checksum for _, checksum in rows(connection, f"CHECKSUM TABLE {tables}")]


def test_a_set_made_twice_is_identical(server: MySQLConnection) -> None:
    load_into(server, "again", seed=1)
    assert checksums(server, "again") == checksums(server, "s")


@pytest.mark.parametrize("name", DATASETS)
def test_the_done_flags_of_a_set_add_up_to_its_rows(name: str) -> None:
    dataset = DATASETS[name]
    flags = backfill.flags(instance.sites(dataset), dataset.rows, seed=1)
    assert sum(flag.rows for flag in flags) == dataset.rows
    assert max(flag.repeats for flag in flags) <= 132  # what a young site has at most


def test_s_has_168000_rows_of_700_sites_and_240_intervals(server: MySQLConnection) -> None:
    shape = "COUNT(*), COUNT(DISTINCT idsite), COUNT(DISTINCT period, date1, date2)"
    assert rows(server, f"SELECT {shape} FROM {{queue}}") == [(168_000, 700, 240)]


def test_some_rows_are_in_progress_some_of_them_never_started(server: MySQLConnection) -> None:
    found = rows(
        server,
        "SELECT status, ts_started IS NULL, COUNT(*) FROM {queue} GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert found == [(0, 0, 14), (0, 1, 167_972), (1, 0, 11), (1, 1, 3)]
