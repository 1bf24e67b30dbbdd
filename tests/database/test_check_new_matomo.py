"""`check` on a Matomo that has not archived anything yet."""

import json

import pytest

from matomo_archive_exporter.commands.check import check
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support.accounts import account
from tests.support.archive_rows import create_month
from tests.support.figures import read, target_of
from tests.support.recordings import Table, insert
from tests.support.visit_rows import create_visits

NOTHING_YET = (
    "no table matomo_archive_numeric_YYYY_MM exists: this Matomo has not archived anything yet"
)
LAST = "matomo_archive_last_archived_timestamp_seconds"
LEAST = ("archive_invalidations", "option", "site", "segment", "log_visit")


@pytest.fixture
def new(matomo: Database) -> Database:
    """A Matomo that was installed just now."""
    options = (("version_core", "5.8.0"),)
    insert(matomo.connection, "matomo_option", Table(("option_name", "option_value"), options))
    create_visits(matomo.connection)
    return matomo


def checked(settings: DatabaseSettings, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = check(Settings(database=settings), Invocation("check", own={"json": True}))
    return status, capsys.readouterr().out


def test_check_says_that_nothing_was_archived_and_asks_for_no_grant(
    new: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = checked(new.settings, capsys)
    assert status == 0
    assert NOTHING_YET in text
    assert "GRANT" not in text
    assert json.loads(text)["all_work"] is True


def test_a_user_of_single_tables_is_told_that_a_grant_may_be_missing(
    new: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with account(new, "reader") as user:
        user.may_select(*(f"matomo_{name}" for name in LEAST))
        status, text = checked(user.settings, capsys)
    assert status == 1
    assert NOTHING_YET not in text
    assert "a SELECT grant is missing, or Matomo has not archived anything yet" in text


def test_the_collector_works_from_the_first_archive_on(new: Database) -> None:
    target = target_of(new.settings)
    assert read(target).errors("archives") == {"missing_privilege": 1}
    create_month(new.connection, "2026_11", ("done", 1, "2026-11-20 08:00:00", 1))
    assert set(read(target)[LAST]) == {("day",)}
