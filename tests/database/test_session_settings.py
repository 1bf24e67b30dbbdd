"""The server's settings for all sessions change no figure of ours."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from matomo_archive_exporter.readings.database.connection import connect
from tests.conftest import Database
from tests.support import everything, queue_rows
from tests.support.figures import Figures, read, target_of
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


def facts(figures: Figures) -> dict[str, object]:
    """All that is said of Matomo, but for what depends on the time of day."""
    return {name: samples for name, samples in figures.items() if name.startswith("matomo_archive_")
            and "_exporter_" not in name}  # fmt: skip


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
def test_a_setting_changes_nothing(database: Database, name: str, value: object) -> None:
    everything.load(database.connection)
    before = read(target_of(database.settings))
    with globally(database, name, value):
        figures = read(target_of(database.settings))
    assert facts(figures) == facts(before)
    assert {c: figures.errors(c) for c in ("runs", "archives", "overlaps", "forecast")} == {
        c: {} for c in ("runs", "archives", "overlaps", "forecast")
    }


def test_what_is_not_committed_is_not_counted(matomo: Database) -> None:
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
