"""`check` tries the statements that `serve` runs, and says the same of each collector."""

import pytest

from matomo_archive_exporter.check.examine import examine
from matomo_archive_exporter.check.report import Report
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import USER, Database
from tests.support.figures import read, target_of

QUEUE = "matomo_archive_invalidations"
NUMERIC = "matomo_archive_numeric_2024_12"
COLLECTORS = ("queue", "runs", "archives", "overlaps", "forecast")


@pytest.fixture(autouse=True)
def _without_odd_rows(full: Database) -> None:
    full.run(f"DELETE FROM {QUEUE} WHERE period = 9")


def checked(database: Database) -> Report:
    return examine(Settings(database=database.settings))


def fails_by_check(database: Database) -> set[str]:
    return {name for name in COLLECTORS if checked(database).collectors[name] is not None}


def fails_in_serve(database: Database) -> set[str]:
    figures = read(target_of(database.settings))
    return {name for name in COLLECTORS if not figures.success(name)}


def test_the_server_is_asked_once_for_its_clock_and_its_cipher(full: Database) -> None:
    full.run("TRUNCATE TABLE mysql.general_log")
    full.run("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON")
    try:
        checked(full)
    finally:
        full.run("SET GLOBAL general_log = OFF")
    asked = full.run(
        "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log"
        f" WHERE command_type = 'Query' AND user_host LIKE '{USER}%'"
    )
    for word in ("Ssl_cipher", "TIMESTAMPDIFF"):
        assert sum(word in str(text) for (text,) in asked) == 1


def test_a_view_does_not_work_as_the_queue(full: Database) -> None:
    full.run(f"RENAME TABLE {QUEUE} TO behind")
    full.run(f"CREATE VIEW {QUEUE} AS SELECT * FROM behind")
    assert {"queue", "overlaps"} <= fails_by_check(full) <= fails_in_serve(full)


def test_a_missing_index_is_said_with_the_statement_that_makes_it(full: Database) -> None:
    full.run(f"ALTER TABLE {QUEUE} DROP INDEX index_idsite_dates_period_name")
    assert fails_by_check(full) == fails_in_serve(full) == {"overlaps"}
    remedies = [remedy for result in checked(full).results for remedy in result.remedies]
    (made,) = [remedy for remedy in remedies if remedy.startswith("ALTER TABLE")]
    full.run(made)
    assert fails_by_check(full) == fails_in_serve(full) == set()


def test_a_missing_index_of_the_archives_fails_them(full: Database) -> None:
    full.run(f"ALTER TABLE {NUMERIC} DROP INDEX index_period_archived")
    assert fails_by_check(full) == fails_in_serve(full) == {"archives"}
