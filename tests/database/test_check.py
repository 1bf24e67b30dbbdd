"""`check` on real servers: what it finds missing, and that its statements fix that."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from matomo_archive_exporter.commands.check import check
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support import clock
from tests.support.accounts import Account, account
from tests.support.archive_rows import create_month
from tests.support.recordings import Table, insert
from tests.support.servers import ServerKind
from tests.support.visit_rows import create_visits

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUEUE, OPTION = "matomo_archive_invalidations", "matomo_option"
NOVEMBER, JANUARY = "matomo_archive_numeric_2026_11", "matomo_archive_numeric_2026_01"
VISITS = "matomo_log_visit"
ALL_TABLES = {QUEUE, OPTION, "matomo_site", "matomo_segment", NOVEMBER, JANUARY, VISITS}
COLLECTORS = {"queue", "runs", "archives", "overlaps", "forecast", "durations", "current_run"}


@dataclass(frozen=True, slots=True)
class Check:
    """The output of one run of `check`."""

    status: int
    text: str

    @property
    def grants(self) -> list[str]:
        """The GRANT statements to run, without the remarks behind `--`."""
        lines = [line.strip() for line in self.text.splitlines()]
        return [line for line in lines if line.startswith("GRANT ")]


class Checker:
    """Runs `check` and gives what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, database: DatabaseSettings, **own: object) -> Check:
        self._capsys.readouterr()
        status = check(Settings(database=database), Invocation("check", own=own))
        return Check(status, self._capsys.readouterr().out)

    def json(self, database: DatabaseSettings) -> tuple[int, Any]:
        """The same with --json."""
        found = self(database, json=True)
        return found.status, json.loads(found.text)


@pytest.fixture
def run_check(capsys: pytest.CaptureFixture[str]) -> Checker:
    return Checker(capsys)


@pytest.fixture
def instance(matomo: Database) -> Iterator[Database]:
    """A Matomo 5.2.0 in November 2026."""
    options = (("version_core", "5.2.0"),)
    insert(matomo.connection, OPTION, Table(("option_name", "option_value"), options))
    for month in ("2026_10", "2026_11", "2026_01"):
        create_month(matomo.connection, month)
    create_visits(matomo.connection)
    with clock.stopped(matomo.server, NOW):
        yield matomo


@pytest.fixture
def newcomer(instance: Database) -> Iterator[Account]:
    """A user without any grant."""
    with account(instance, "no'body") as user:
        yield user


def run_all(database: Database, statements: list[str]) -> None:
    for statement in statements:
        database.run(statement)


def tables_of(grants: list[str]) -> set[str]:
    return {grant.split("`")[3] for grant in grants}


def test_when_all_is_well_it_says_so(
    instance: Database, run_check: Checker, server_kind: ServerKind
) -> None:
    server = f"{server_kind.family} {server_kind.version}"
    found = run_check(instance.settings)
    assert found.status == 0
    assert "MISSING" not in found.text
    assert found.grants == []
    assert run_check.json(instance.settings)[1]["all_work"] is True
    for expected in (server, "Matomo 5.2.0", QUEUE, OPTION, NOVEMBER, "ssl-mode preferred"):
        assert expected in found.text


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ([], ALL_TABLES),
        ([QUEUE], ALL_TABLES - {QUEUE}),
        ([OPTION], ALL_TABLES - {OPTION}),
        ([OPTION, QUEUE], ALL_TABLES - {OPTION, QUEUE}),
        (["matomo_archive_numeric_2026_10"], ALL_TABLES),
        (["matomo_site"], ALL_TABLES - {"matomo_site"}),
    ],
)
def test_check_names_the_missing_grants_and_they_suffice(
    newcomer: Account, run_check: Checker, granted: list[str], missing: set[str]
) -> None:
    newcomer.may_select(*granted)
    found = run_check(newcomer.settings)
    assert found.status == 1
    assert tables_of(found.grants) == missing
    run_all(newcomer.database, found.grants)
    assert run_check(newcomer.settings).status == 0


def test_the_grant_on_the_whole_database_is_offered_with_its_price(
    newcomer: Account, run_check: Checker
) -> None:
    text = run_check(newcomer.settings).text
    (line,) = [line.strip() for line in text.splitlines() if "`.* TO" in line]
    assert line.startswith("-- GRANT SELECT ON ")
    assert "fingerprints" in text
    newcomer.database.run(line.removeprefix("-- "))
    assert run_check(newcomer.settings).status == 0


def test_json_says_which_collectors_cannot_work_and_why(
    newcomer: Account, run_check: Checker
) -> None:
    newcomer.may_select(QUEUE)
    status, report = run_check.json(newcomer.settings)
    assert status == 1
    assert report["all_work"] is False
    assert set(report["collectors"]) == COLLECTORS
    assert report["collectors"]["queue"] is None
    assert OPTION in report["collectors"]["runs"]
    assert "archive_numeric" in report["collectors"]["archives"]
    missing = [f["collectors"] for f in report["findings"] if f["verdict"] == "missing"]
    assert missing == [
        *(["runs", "overlaps", "forecast", "current_run"], ["archives"]),
        *[["overlaps", "forecast", "current_run"]] * 2,
    ]


def test_an_optional_grant_is_a_note(newcomer: Account, run_check: Checker) -> None:
    newcomer.may_select(QUEUE, OPTION, "matomo_site", "matomo_segment", NOVEMBER, JANUARY)
    found = run_check(newcomer.settings)
    assert found.status == 0
    (grant,) = found.grants
    assert grant.startswith("GRANT SELECT (idsite, visit_last_action_time) ON ")
    assert "the forecast is a range" in found.text


@pytest.mark.parametrize("prefix", ["piwik_", ""])
def test_a_wrong_prefix_is_answered_with_the_right_one(
    instance: Database, run_check: Checker, prefix: str
) -> None:
    settings = instance.settings.model_copy(update={"tables_prefix": prefix})
    found = run_check(settings)
    assert found.status == 1
    assert "set --database.tables-prefix=matomo_" in found.text
    assert found.grants == []


def test_an_empty_prefix_is_named_when_it_is_the_right_one(
    database: Database, run_check: Checker
) -> None:
    database.run("CREATE TABLE archive_invalidations (idinvalidation INT)")
    found = run_check(database.settings)
    assert found.status == 1
    assert "--database.tables-prefix=''" in found.text


@pytest.mark.parametrize("exists", [True, False])
def test_a_wrong_database_is_answered_with_the_right_one(
    instance: Database, run_check: Checker, exists: bool
) -> None:
    wrong = f"{instance.name}_wrong"
    if exists:
        instance.run(f"CREATE DATABASE {wrong}")
    try:
        with account(instance, "granted") as user:
            user.may_select("*")
            found = run_check(user.settings.model_copy(update={"dbname": wrong}))
    finally:
        instance.run(f"DROP DATABASE IF EXISTS {wrong}")
    assert found.status == 1
    assert f"set --database.dbname={instance.name}" in found.text
    assert found.grants == []


def test_a_database_that_is_not_matomos_is_called_so(
    database: Database, run_check: Checker
) -> None:
    database.run("CREATE TABLE wp_options (x INT)")
    database.run("CREATE TABLE wp_posts (x INT)")
    with account(database, "blogger") as user:
        user.may_select("*")
        found = run_check(user.settings)
    assert found.status == 1
    assert "this user sees 2 tables, and none is Matomo's" in found.text
    assert found.grants == []


def test_a_column_that_is_missing_is_named_without_a_grant(
    instance: Database, run_check: Checker
) -> None:
    instance.run(f"ALTER TABLE {QUEUE} DROP COLUMN report")
    status, report = run_check.json(instance.settings)
    assert status == 1
    assert "report" in report["collectors"]["queue"]
    assert report["collectors"]["runs"] is None
    assert [f["remedies"] for f in report["findings"] if f["verdict"] == "missing"] == [[]]


def test_a_server_that_is_not_there_is_no_matter_of_passwords(
    instance: Database, run_check: Checker
) -> None:
    found = run_check(instance.settings.model_copy(update={"port": 1}))
    assert found.status == 1
    assert "cannot connect" in found.text
    assert "caching_sha2_password" not in found.text


def test_a_server_off_utc_is_pointed_out(instance: Database, run_check: Checker) -> None:
    with clock.stopped(instance.server, NOW, zone="+10:00"):
        text = run_check(instance.settings).text
    assert "+36,000 s off UTC" in text


def test_check_lists_assumed_settings(instance: Database, run_check: Checker) -> None:
    text = run_check(instance.settings).text
    assert "--database.tables-prefix=matomo_ is assumed" in text
    assert "--archiver.memory-limit=128M is assumed" in text
    assert "--database.dbname=" not in text


def test_checking_changes_nothing_and_needs_no_right_to_write(
    instance: Database, run_check: Checker
) -> None:
    instance.run("SET GLOBAL read_only = ON")
    try:
        assert run_check(instance.settings).status == 0
    finally:
        instance.run("SET GLOBAL read_only = OFF")


# A Matomo that has not archived anything yet

NOTHING_YET = "no table matomo_archive_numeric_YYYY_MM exists: Matomo has not archived anything yet"


@pytest.fixture
def new(matomo: Database) -> Database:
    """A Matomo that was installed just now."""
    options = (("version_core", "5.8.0"),)
    insert(matomo.connection, OPTION, Table(("option_name", "option_value"), options))
    create_visits(matomo.connection)
    return matomo


def test_check_says_that_nothing_was_archived_and_asks_for_no_grant(
    new: Database, run_check: Checker
) -> None:
    found = run_check(new.settings)
    assert (found.status, NOTHING_YET in found.text, found.grants) == (0, True, [])


def test_check_reports_that_a_user_of_single_tables_may_lack_a_grant(
    new: Database, run_check: Checker
) -> None:
    with account(new, "reader") as user:
        user.may_select(*(ALL_TABLES - {NOVEMBER, JANUARY}))
        found = run_check(user.settings)
    assert found.status == 1
    assert NOTHING_YET not in found.text
    assert "a SELECT grant is missing, or Matomo has not archived anything yet" in found.text
