"""Tables, columns and the whole database go away under a running exporter, and come back."""

import pytest

from tests.conftest import Database
from tests.support.invariants import (
    Watch,
    failing,
    none_works,
    sane_matomo_on,
)

QUEUE = "matomo_archive_invalidations"
OF_THE_QUEUE = {"queue", "overlaps", "forecast", "current_run"}
"""the queue itself, and what is worked out from it"""


def assert_fails(watch: Watch, lost: set[str], kept: set[str]) -> None:
    """Assert that these collectors fail because a table or column is missing, and those do not."""
    page = watch.wait_for(lambda page: failing(page) >= lost)
    reasons = [watch.reasons(page, name) for name in lost]
    assert set().union(*reasons) - {"bad_data"} == {"missing_table"}
    assert failing(page) & kept == set()
    assert page.up == (0 if "queue" in lost else 1)


def test_the_queue_is_renamed_and_renamed_back(watch: Watch) -> None:
    watch.run(f"RENAME TABLE {QUEUE} TO gone")
    assert_fails(watch, OF_THE_QUEUE, kept={"runs", "archives"})
    page = watch.wait_for(lambda page: not page.values(QUEUE))
    assert page.value("matomo_archive_sites_remaining") == 3
    watch.run(f"RENAME TABLE gone TO {QUEUE}")


@pytest.mark.parametrize("column", ["ts_started", "report", "status"])
def test_a_column_of_the_queue_is_dropped(watch: Watch, column: str) -> None:
    watch.run(
        f"CREATE TABLE whole LIKE {QUEUE}",
        f"INSERT INTO whole SELECT * FROM {QUEUE}",
        f"ALTER TABLE {QUEUE} DROP COLUMN {column}",
    )
    assert_fails(watch, OF_THE_QUEUE, kept={"runs", "archives"})
    watch.run(f"RENAME TABLE {QUEUE} TO broken, whole TO {QUEUE}", "DROP TABLE broken")


def test_the_table_of_options_is_dropped(watch: Watch) -> None:
    watch.run(
        "CREATE TABLE kept LIKE matomo_option",
        "INSERT INTO kept SELECT * FROM matomo_option",
        "DROP TABLE matomo_option",
    )
    assert_fails(watch, {"runs", "overlaps", "forecast", "current_run"}, kept={"queue", "archives"})
    watch.run("RENAME TABLE kept TO matomo_option")


@pytest.mark.parametrize("table", ["matomo_site", "matomo_segment"])
def test_a_table_that_only_the_forecast_and_overlaps_need_is_renamed(
    watch: Watch, table: str
) -> None:
    watch.run(f"RENAME TABLE {table} TO gone")
    assert_fails(watch, {"overlaps", "forecast"}, kept={"queue", "runs", "archives"})
    watch.run(f"RENAME TABLE gone TO {table}")


def test_the_only_table_of_archives_is_renamed(watch: Watch) -> None:
    """A user who sees no such table cannot tell a missing one from a missing grant.

    A reading that was under way says that it is missing: it had seen the table before.
    """
    watch.run("RENAME TABLE matomo_archive_numeric_2024_12 TO gone")
    page = watch.wait_for(lambda page: "missing_privilege" in watch.reasons(page, "archives"))
    assert watch.reasons(page, "archives") <= {"missing_privilege", "missing_table"}
    assert page.up == 1
    watch.run("RENAME TABLE gone TO matomo_archive_numeric_2024_12")


def test_the_whole_database_is_dropped_and_created_again(watch: Watch, matomo: Database) -> None:
    with sane_matomo_on(matomo.server) as new:
        tables = [name for (name,) in new.run(f"SHOW TABLES FROM {new.name}")]
        matomo.run(f"DROP DATABASE {matomo.name}")
        watch.changed()
        page = watch.wait_for(none_works)
        assert watch.reasons(page) == {"missing_table"}
        watch.wait_for(lambda page: not page.values(QUEUE))
        matomo.run(f"CREATE DATABASE {matomo.name} CHARACTER SET utf8mb4")
        moves = ", ".join(f"{new.name}.{name} TO {matomo.name}.{name}" for name in tables)
        matomo.run(f"RENAME TABLE {moves}")
    watch.changed()
