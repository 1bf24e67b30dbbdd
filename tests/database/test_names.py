"""Names of tables and indexes that are not written as usual."""

from contextlib import closing

import pytest

from tests.conftest import Database, new_database
from tests.support import everything
from tests.support.figures import Figures, of_matomo, read, target_of
from tests.support.servers import ServerKind

QUEUE = "matomo_archive_invalidations"
USUAL = "index_idsite_dates_period_name"


@pytest.mark.parametrize("columns", ["idsite, date1, period", "idsite, date1, period, name"])
def test_an_index_of_the_same_columns_serves_under_another_name(
    full: Database, columns: str
) -> None:
    before = read(target_of(full.settings))
    full.run(f"ALTER TABLE {QUEUE} DROP INDEX {USUAL}, ADD INDEX `an other` ({columns})")
    figures = read(target_of(full.settings))
    assert of_matomo(figures) == of_matomo(before)
    assert figures.success("overlaps")


def test_a_renamed_index_of_an_archive_table_still_works(full: Database) -> None:
    before = read(target_of(full.settings))
    full.run("ALTER TABLE matomo_archive_numeric_2024_12 RENAME INDEX index_period_archived TO o")
    figures = read(target_of(full.settings))
    assert of_matomo(figures) == of_matomo(before)
    assert figures.success("archives")


def test_without_such_an_index_overlaps_fail_and_say_which_is_missing(
    full: Database, caplog: pytest.LogCaptureFixture
) -> None:
    full.run(f"ALTER TABLE {QUEUE} DROP INDEX {USUAL}, ADD INDEX other (idsite, period)")
    figures = read(target_of(full.settings))
    assert figures.errors("overlaps") == {"missing_table": 1}
    assert figures.one("matomo_up") == 1
    errors = [getattr(record, "fields", {}).get("error") for record in caplog.records]
    assert f"{QUEUE} has no index on idsite, date1, period ({USUAL})" in errors


@pytest.mark.only_on("mariadb", reason="MySQL 8 takes the setting at its first start only")
@pytest.mark.parametrize("prefix", ["MATOMO_", "Matomo_", "matomo_"])
def test_where_all_names_are_in_lower_case_the_prefix_may_be_written_in_any(
    server_kind: ServerKind, prefix: str
) -> None:
    with server_kind.private([*server_kind.quick, "--lower-case-table-names=1"]) as server:
        database = new_database(server)
        with closing(database.connection):
            everything.load(database.connection)
            usual = read(target_of(database.settings))
            settings = database.settings.model_copy(update={"tables_prefix": prefix})
            figures = read(target_of(settings))
    assert of_matomo(figures) == of_matomo(usual)
    assert figures.success("archives")


@pytest.mark.parametrize("prefix", ["my-matomo_", "my.matomo_", ""])
def test_a_prefix_may_hold_a_dash_or_a_dot_or_be_empty(full: Database, prefix: str) -> None:
    before = read(target_of(full.settings))
    for (name,) in full.run("SHOW TABLES"):
        full.run(f"RENAME TABLE `{name}` TO `{str(name).replace('matomo_', prefix, 1)}`")
    figures = read(target_of(full.settings.model_copy(update={"tables_prefix": prefix})))
    assert but_for_memory(figures) == but_for_memory(before)
    assert figures.success("forecast")


def but_for_memory(figures: Figures) -> dict[str, object]:
    """Which follows from the length of Matomo's statements, and so of the prefix."""
    return {name: samples for name, samples in of_matomo(figures).items() if "_memory_" not in name}
