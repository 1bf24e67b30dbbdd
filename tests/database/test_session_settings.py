"""The server's settings for all sessions do not change the exporter's figures."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from matomo_archive_exporter.readings.database.connection import connect
from tests.conftest import Database
from tests.support import queue_rows
from tests.support.figures import of_matomo, read, target_of
from tests.support.queue_rows import Row

QUEUE = "matomo_archive_invalidations"


@contextmanager
def globally(database: Database, name: str, value: object) -> Iterator[None]:
    """Sessions begin with this value as long as the block lasts."""
    ((before,),) = database.run(f"SELECT @@GLOBAL.{name}")
    database.run(f"SET GLOBAL {name} = {value!r}")
    try:
        yield
    finally:
        database.run(f"SET GLOBAL {name} = {before!r}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sql_select_limit", 3),
        ("sql_select_limit", 0),
        ("max_join_size", 10),
        ("max_sort_length", 64),
        ("sql_mode", "ANSI_QUOTES,PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY,NO_BACKSLASH_ESCAPES"),
        ("group_concat_max_len", 8),
    ],
)
def test_a_setting_changes_nothing(full: Database, name: str, value: object) -> None:
    before = read(target_of(full.settings))
    with globally(full, name, value):
        figures = read(target_of(full.settings))
    assert of_matomo(figures) == of_matomo(before)
    assert {c: figures.errors(c) for c in ("runs", "archives", "overlaps", "forecast")} == {
        c: {} for c in ("runs", "archives", "overlaps", "forecast")
    }


def test_uncommitted_rows_are_not_counted(matomo: Database) -> None:
    ((usual,),) = matomo.run("SELECT @@GLOBAL.tx_isolation" if _is_mariadb(matomo) else
                             "SELECT @@GLOBAL.transaction_isolation")  # fmt: skip
    matomo.run("SET GLOBAL TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
    try:
        with closing(matomo.server.connect(matomo.name)) as writer:
            writer.cmd_query("BEGIN")
            queue_rows.add(writer, Row())
            with connect(matomo.settings) as connection:
                assert connection.row(f"SELECT COUNT(*) FROM {QUEUE}") == (0,)
            writer.cmd_query("ROLLBACK")
    finally:
        matomo.run(f"SET GLOBAL TRANSACTION ISOLATION LEVEL {str(usual).replace('-', ' ')}")


def _is_mariadb(database: Database) -> bool:
    return "MariaDB" in str(database.run("SELECT VERSION()"))
