"""`advise`: what is the matter, and what to run."""

import json

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support import recordings
from tests.support.process import Finished, run


def advise(database: Database, *arguments: str) -> Finished:
    variables = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
    return run("advise", *database.flags, *arguments, variables=variables)


def test_a_run_that_will_die_is_a_risk_with_remedies(database: Database) -> None:
    recordings.load(database.connection, "case-07-128M")
    done = advise(database)
    assert done.status == 1
    assert done.out.startswith("RISK: the next core:archive runs out of memory after 2,")
    for remedy in ("--max-archives-to-process=", "DELETE FROM `matomo_archive_invalidations`"):
        assert remedy in done.out


def test_a_small_queue_is_no_risk(database: Database) -> None:
    recordings.load(database.connection, "healthy-day-before-a-run")
    done = advise(database)
    assert done.status == 0
    assert done.out.startswith("OK: ")


def test_json_tells_the_same(database: Database) -> None:
    recordings.load(database.connection, "case-07-128M")
    done = advise(database, "--json", "--archiver.memory-limit=1G")
    report = json.loads(done.out)
    assert (done.status, report["is_risk"]) == (0, False)
    assert {"verdict", "headline", "findings", "remedies"} <= set(report)


def test_a_matomo_without_known_rules_is_no_promise(database: Database) -> None:
    recordings.load(database.connection, "case-01")
    database.run("DELETE FROM matomo_option WHERE option_name = 'version_core'")
    done = advise(database)
    assert done.status == 1
    assert "There is no forecast" in done.out


def test_a_database_that_is_away_has_a_status_of_its_own() -> None:
    done = run("advise", f"--database.port={free_port()}", "--database.username=exporter")
    assert (done.status, done.out) == (3, "")
    assert "cannot connect" in done.err
