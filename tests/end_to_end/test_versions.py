"""Every command and the page say the same about the rules of a Matomo version."""

import json
from pathlib import Path

import pytest

from tests.conftest import PASSWORD, Database
from tests.support import recorded_runs, recordings
from tests.support.process import Finished, run

VARIABLES = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
NEED_RULES = ("overlaps", "forecast")
VALUES_BY_RULES = (
    "matomo_archive_overlapping_invalidations",
    "matomo_archive_predicted_archives",
    "matomo_archive_forecast_exact",
    "matomo_archive_forecast_rules_info",
)
UNKNOWN = {
    "7.0.0": "the rules of Matomo 7.0.0 are not known to this exporter",
    "3.14.1": "the rules of Matomo 3.14.1 are not known to this exporter",
    "": "this Matomo has no option version_core",
    "next": "this Matomo has a version that is not understood",
}


@pytest.fixture
def case(database: Database) -> Database:
    """A queue that is small enough to be forecast quickly."""
    recordings.load(database.connection, "case-01")
    return database


def becomes(database: Database, version: str) -> None:
    """Let the instance have this version, or none if it is empty."""
    database.run("DELETE FROM matomo_option WHERE option_name = 'version_core'")
    if version:
        database.run(
            "INSERT INTO matomo_option (option_name, option_value)"
            f" VALUES ('version_core', '{version}')"
        )


def ask(command: str, database: Database, *arguments: str) -> Finished:
    return run(command, *database.flags, *arguments, variables=VARIABLES)


@pytest.mark.parametrize("version", UNKNOWN)
def test_every_command_reports_an_unknown_version_in_the_same_words(
    case: Database, version: str
) -> None:
    becomes(case, version)
    message = UNKNOWN[version]

    page = ask("once", case)
    for name in NEED_RULES:
        errors = f'collector_errors_total{{collector="{name}",reason="unsupported_version"}} 1.0'
        assert f"matomo_archive_exporter_{errors}" in page.out
        assert f'matomo_archive_exporter_collector_success{{collector="{name}"}} 0.0' in page.out
    assert not [name for name in VALUES_BY_RULES if name in page.out]
    assert page.status == 0
    assert page.err == ""

    check = ask("check", case, "--json")
    collectors = json.loads(check.out)["collectors"]
    assert check.status == 1
    assert [name for name, why in collectors.items() if why == message] == list(NEED_RULES)

    advise = ask("advise", case, "--json")
    advice = json.loads(advise.out)
    assert (advise.status, advice["verdict"]) == (1, "unknown")
    assert message in advice["headline"][1]
    assert (advice["rules"], advice["rules_verified"]) == (None, None)

    forecast = ask("forecast", case)
    assert (forecast.status, forecast.out) == (3, "")
    assert message in forecast.err


def test_an_unverified_version_is_reported_with_the_rules_that_it_follows(
    case: Database,
) -> None:
    becomes(case, "5.5.1")
    message = "Matomo 5.5.1 was not verified: the forecast follows the rules of 5.8.0."
    info = 'matomo_archive_forecast_rules_info{rules="5.8.0",verified="assumed"} 1.0'
    assert info in ask("once", case).out
    assert message in ask("check", case).out
    for command in ("advise", "forecast"):
        assert message in ask(command, case).out
        found = json.loads(ask(command, case, "--json").out)
        assert (found["rules"], found["rules_verified"]) == ("5.8.0", "assumed")


@pytest.mark.parametrize(("version", "verified"), [("5.2.1", "run"), ("5.3.2", "read")])
def test_a_version_that_was_verified_needs_no_words(
    tmp_path: Path, version: str, verified: str
) -> None:
    queue = recorded_runs.load("case-01").queue_file(tmp_path)
    about = (f"--queue={queue}", f"--matomo-version={version}")
    found = json.loads(run("forecast", *about, "--json").out)
    assert (found["rules"], found["rules_verified"]) == (version, verified)
    assert "verified" not in run("forecast", *about).out
