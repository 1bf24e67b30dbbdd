"""`forecast`: what one run would do, over the database or over a dump of its queue."""

import json
from pathlib import Path
from typing import Any

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support import recorded_runs, recordings
from tests.support.process import Finished, run

FROM_THE_QUEUE_ALONE = ("case-01", "case-02", "case-04", "case-08c", "case2-01a")
"""Recorded runs in which every row had visits and was archived for its site."""
KEYS = {
    *("taken", "overlap_skips", "duplicates_dropped", "deleted", "repaired", "expected", "selects"),
    *("distinct_select_texts", "peak_bytes", "peak_bytes_lowest", "peak_bytes_highest"),
    *("memory_limit_bytes", "dies", "dies_after_archives", "safe_archives"),
    *("safe_archives_assumes", "exact"),
}


def over_file(path: Path, *arguments: str) -> Finished:
    return run("forecast", "--queue", str(path), *arguments)


def asked(path: Path, *arguments: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(over_file(path, "--json", *arguments).out)
    return content


@pytest.mark.parametrize("name", FROM_THE_QUEUE_ALONE)
def test_a_recorded_queue_gives_what_the_recorded_run_did(name: str, tmp_path: Path) -> None:
    recorded = recorded_runs.load(name)
    found = asked(
        recorded.queue_file(tmp_path),
        f"--concurrent-requests={recorded.concurrent_requests}",
        f"--matomo-version={recorded.matomo}",
        f"--adapter={recorded.adapter}",
        f"--memory-limit={recorded.memory_limit}",
    )
    assert found["taken"] == recorded.taken
    assert found["overlap_skips"] == recorded.overlap_skips
    assert found["selects"] == recorded.selects
    assert found["distinct_select_texts"] == recorded.distinct_select_texts
    assert found["peak_bytes"] == pytest.approx(recorded.peak_bytes, rel=0.07)
    assert found["exact"] is True


def test_the_json_has_every_key_of_the_contract(tmp_path: Path) -> None:
    found = asked(recorded_runs.load("case-01").queue_file(tmp_path), "--memory-limit=-1")
    assert set(found) >= KEYS
    assert found["memory_limit_bytes"] is None
    assert found["safe_archives"] is None
    assert found["dies_after_archives"] is None


def test_a_run_that_dies_says_so_with_its_status(tmp_path: Path) -> None:
    queue = recorded_runs.load("case-07-128M").queue_file(tmp_path)
    died, survived = over_file(queue), over_file(queue, "--memory-limit=512M")
    assert (died.status, survived.status) == (1, 0)
    assert died.out.startswith("The run dies of memory after 2,")
    assert survived.out.startswith("The run survives: it needs ")


def test_a_dump_needs_no_database_and_no_variables(tmp_path: Path) -> None:
    done = over_file(recorded_runs.load("case-01").queue_file(tmp_path))
    assert (done.status, done.err) == (0, "")
    assert "Matomo 5.2.2 (assumed)" in done.out


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--concurrent-requests=0", "--concurrent-requests: takes 1 or more"),
        ("--max-archives-to-process=-1", "--max-archives-to-process: takes 0 or more"),
        ("--memory-limit=lots", "--memory-limit: takes a PHP memory size"),
        ("--adapter=oracle", "--adapter: takes PDO"),
        ("--today=tomorrow", "--today: takes a day such as"),
        ("--matomo-version=7.0.0", "--matomo-version: the rules of Matomo 7.0.0 are not known"),
    ],
)
def test_a_bad_option_is_named_with_what_it_takes(
    argument: str, message: str, tmp_path: Path
) -> None:
    done = over_file(recorded_runs.load("case-01").queue_file(tmp_path), argument)
    assert done.status == 2
    assert done.err.startswith(f"matomo-archive-exporter: {message}")


def over_database(database: Database, *arguments: str) -> Finished:
    variables = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
    return run("forecast", *database.flags, *arguments, variables=variables)


def test_over_the_database_the_rows_that_a_run_adds_are_counted(database: Database) -> None:
    recordings.load(database.connection, "update-5.1.2-to-5.2.0")
    done = over_database(database, "--today=2026-11-23", "--memory-limit=-1", "--json")
    found = json.loads(done.out)
    assert done.status == 0
    assert sum(found["expected"].values()) == 3726
    assert found["peak_bytes_lowest"] < 178_003_080 < found["peak_bytes_highest"]
    assert found["peak_bytes"] == found["peak_bytes_highest"]


def test_the_text_tells_what_unknown_visits_leave_open(database: Database) -> None:
    recordings.load(database.connection, "update-5.1.2-to-5.2.0")
    done = over_database(database, "--today=2026-11-23")
    assert done.status == 1
    assert "it depends on which rows have visits" in done.out
    assert "no archive limit is surely safe" in done.out


def test_an_unknown_matomo_is_named_and_may_be_overruled(database: Database) -> None:
    recordings.load(database.connection, "case-01")
    database.run(
        "UPDATE matomo_option SET option_value = '8.0.0' WHERE option_name = 'version_core'"
    )
    refused = over_database(database)
    assert refused.status == 3
    assert "the rules of Matomo 8.0.0 are not known to this exporter" in refused.err
    assert over_database(database, "--matomo-version=5.2.0", "--today=2026-11-23").status == 0


def test_a_database_that_is_away_has_a_status_of_its_own() -> None:
    done = run("forecast", f"--database.port={free_port()}", "--database.username=exporter")
    assert done.status == 3
    assert len(done.err.splitlines()) == 1
