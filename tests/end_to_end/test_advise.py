"""`advise`: what is the matter, and what to run."""

import json

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support import recordings
from tests.support.archive_rows import create_month
from tests.support.process import Finished, run
from tests.support.schemas import create_tables


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


def test_a_process_that_holds_back_rows_is_named_at_once(database: Database) -> None:
    create_tables(database.connection, "5.3")
    create_month(database.connection, "2026_11")
    database.run(
        "INSERT INTO matomo_option (option_name, option_value) VALUES ('version_core', '5.8.0')"
    )
    database.run(
        "INSERT INTO matomo_archive_invalidations (name, idsite, date1, date2, period, status,"
        " processing_host, process_id, ts_invalidated, ts_started) VALUES"
        " ('done', 1, '2026-11-04', '2026-11-04', 1, 1, 'web-1', '4242', UTC_TIMESTAMP(), NOW()),"
        " ('done', 1, '2026-11-02', '2026-11-08', 2, 0, NULL, NULL, UTC_TIMESTAMP(), NULL),"
        " ('done', 1, '2026-11-01', '2026-11-30', 3, 0, NULL, NULL, UTC_TIMESTAMP(), NULL)"
    )
    text = advise(database).out
    assert "Process 4242 on web-1: 1 row in progress" in text
    assert "2 rows wait for it" in " ".join(text.split())
    assert "core:reset-invalidations --processing-host=web-1 --older-than=" in text


def test_a_database_that_is_away_has_a_status_of_its_own() -> None:
    done = run("advise", f"--database.port={free_port()}", "--database.username=exporter")
    assert (done.status, done.out) == (3, "")
    assert "cannot connect" in done.err
