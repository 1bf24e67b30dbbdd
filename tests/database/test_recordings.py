import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any, get_args

import pytest
from mysql.connector.connection import MySQLConnection

from tests.support import expected, recordings
from tests.support.schemas import Form
from tests.support.servers import ServerKind

TABLES = ("archive_invalidations", "site", "segment", "option")


@pytest.fixture(scope="module")
def connection(server_kind: ServerKind) -> Iterator[MySQLConnection]:
    """A connection to an empty database of a server far from UTC."""
    options = ["--default-time-zone=+10:00"]
    with server_kind.private(options) as server, closing(server.connect()) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE matomo")
            cursor.execute("USE matomo")
        yield connection


def fetch(connection: MySQLConnection, statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def stored(connection: MySQLConnection, table: str, columns: tuple[str, ...]) -> set[Any]:
    names = ", ".join(f"`{column}`" for column in columns)
    found = fetch(connection, f"SELECT {names} FROM `{table}`")
    return {tuple(v if isinstance(v, int | None) else str(v) for v in row) for row in found}


@pytest.mark.parametrize("name", recordings.names())
def test_a_recording_is_loaded_as_it_was_recorded(connection: MySQLConnection, name: str) -> None:
    recordings.load(connection, name, prefix="a_")
    tables = recordings.read(name)
    assert tuple(tables) == TABLES
    with recordings.utc_session(connection):
        for table, content in tables.items():
            assert stored(connection, f"a_{table}", content.columns) == set(content.rows)


@pytest.mark.parametrize("name", recordings.names())
def test_every_recording_has_figures_that_add_up(name: str) -> None:
    queue = expected.queue(name)
    assert queue.rows == len(recordings.read(name)["archive_invalidations"].rows)
    assert sum(queue.invalidations.values()) == sum(queue.reports.values()) == queue.rows
    assert expected.runs(name).version_core == "5.2.0"


@pytest.mark.parametrize("form", get_args(Form))
def test_a_recording_fits_into_every_form_of_the_tables(
    connection: MySQLConnection, form: Form
) -> None:
    recordings.load(connection, "case-06a", prefix="b_", form=form)
    assert fetch(connection, "SELECT COUNT(*) FROM b_archive_invalidations") == [(516,)]


def test_an_upgraded_installation_has_other_columns_in_another_order(
    connection: MySQLConnection,
) -> None:
    recordings.load(connection, "case-06a", prefix="c_", form="4.x-upgraded")
    columns = fetch(
        connection,
        "SELECT column_name, column_type, is_nullable FROM information_schema.columns"
        " WHERE table_name = 'c_archive_invalidations' ORDER BY ordinal_position",
    )
    # Newer MySQL no longer shows the width of integers.
    columns = [(name, re.sub(r"int\(\d+\)", "int", kind), null) for name, kind, null in columns]
    assert columns[-3:] == [
        ("status", "tinyint unsigned", "YES"),
        ("report", "varchar(255)", "YES"),
        ("ts_started", "datetime", "YES"),
    ]
    assert ("idsite", "int", "NO") in columns
    assert ("ts_invalidated", "datetime", "NO") in columns


def test_loading_leaves_the_time_zone_of_the_session_alone(connection: MySQLConnection) -> None:
    recordings.load(connection, "case-06a")
    assert fetch(connection, "SELECT @@time_zone") == [("+10:00",)]
    created = fetch(connection, "SELECT ts_created FROM matomo_site WHERE idsite = 1")
    assert str(created[0][0]) == "2025-10-01 10:00:00"
