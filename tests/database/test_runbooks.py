"""The SQL in the runbooks is run, on the tables of a Matomo 5.2.0 that was recorded."""

import re

import pytest

from grafana.alerts.rules import alerts
from tests.conftest import Database
from tests.support import recordings
from tests.support.process import REPOSITORY
from tests.support.visit_rows import create_visits

SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
NAMES = sorted({alert.name for alert in alerts()})


def runbook(name: str) -> str:
    return (REPOSITORY / "docs" / "alerts" / f"{name}.md").read_text(encoding="utf-8")


def statements(name: str) -> list[str]:
    """The statements in a runbook, indented as part of a list or not."""
    blocks = SQL.findall(runbook(name))
    found = [each.strip() for block in blocks for each in block.split(";")]
    return [each for each in found if each]


@pytest.mark.parametrize("name", [name for name in NAMES if statements(name)])
def test_every_statement_of_a_runbook_can_be_run(database: Database, name: str) -> None:
    recordings.load(database.connection, "case-07-128M-after")
    create_visits(database.connection, (1, "2026-11-01 12:00:00"))
    for statement in statements(name):
        database.run(statement)


def test_the_backfill_is_deleted_and_nothing_else(database: Database) -> None:
    recordings.load(database.connection, "case-07-128M")
    before = rows(database, "report IS NULL OR report <> 'Actions_hits'")
    for statement in statements("MatomoArchiveHitsBackfillQueued"):
        database.run(statement)
    assert rows(database, "report = 'Actions_hits'") == 0
    assert rows(database, "TRUE") == before > 0


def test_rows_without_a_start_are_queued_again(database: Database) -> None:
    recordings.load(database.connection, "case-07-128M-after")
    database.run("UPDATE matomo_archive_invalidations SET ts_started = NULL WHERE status = 1")
    assert rows(database, "status = 1") == 2
    for statement in statements("MatomoArchiveInvalidationsStuck"):
        database.run(statement)
    assert rows(database, "status = 1") == 0


def rows(database: Database, condition: str) -> int:
    ((count,),) = database.run(
        f"SELECT COUNT(*) FROM matomo_archive_invalidations WHERE {condition}"
    )
    assert isinstance(count, int)
    return count
