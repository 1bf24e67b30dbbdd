"""Commands that answer once print their answer and nothing else."""

import json
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support import recorded_runs, recordings
from tests.support.process import Finished, run

PROGRAM = "matomo-archive-exporter: "
ANSWERS = ("once", "advise", "forecast", "check")


@pytest.fixture
def matomo(database: Database) -> Database:
    """A Matomo without archive tables, which fails one collector."""
    recordings.load(database.connection, "healthy-day-before-a-run")
    return database


def answer(command: str, database: Database, *arguments: str, **variables: str) -> Finished:
    given = {"MATOMO_DATABASE_PASSWORD": PASSWORD, **variables}
    return run(command, *database.flags, *arguments, variables=given)


@pytest.mark.parametrize("command", ANSWERS)
def test_an_answer_logs_nothing(matomo: Database, command: str) -> None:
    """Nor where the variable sets a level, as for the exporter in the same container."""
    done = answer(command, matomo, MATOMO_LOG_LEVEL="info")
    assert (done.status, done.err) == (0, "")
    assert done.out


def test_the_flag_of_the_log_level_brings_the_log_back(matomo: Database) -> None:
    done = answer("once", matomo, "--log.level=warning")
    assert 'msg="collector failed" collector=archives' in done.err


@pytest.mark.parametrize(("command", "status"), [("once", 1), ("advise", 3), ("forecast", 3)])
def test_a_database_that_is_down_is_one_line(command: str, status: int) -> None:
    done = run(command, f"--database.port={free_port()}", "--database.username=exporter")
    assert done.status == status
    assert done.err.startswith(PROGRAM)
    assert "cannot connect: " in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("command", ["once", "advise", "forecast"])
def test_an_unknown_variable_is_one_line(matomo: Database, command: str) -> None:
    done = answer(command, matomo, MATOMO_DATABASE_PROT="1")
    wanted = "MATOMO_DATABASE_PROT: unknown variable; did you mean MATOMO_DATABASE_PORT?"
    assert done.err == f"{PROGRAM}{wanted}\n"


def test_check_has_an_unknown_variable_in_its_answer(matomo: Database) -> None:
    done = answer("check", matomo, MATOMO_DATABASE_PROT="1")
    assert "note     MATOMO_DATABASE_PROT: unknown variable; did you mean" in done.out
    assert done.err == ""


def test_a_health_check_says_nothing_of_it() -> None:
    variables = {"MATOMO_DATABASE_PROT": "1"}
    done = run("healthy", f"--url=http://127.0.0.1:{free_port()}", variables=variables)
    assert (done.status, len(done.out.splitlines()), done.err) == (1, 1, "")


def test_advise_names_what_it_could_not_read(matomo: Database) -> None:
    done = answer("advise", matomo, "--archiver.log-file=/nowhere/archive.log")
    assert "  not read      log: the log /nowhere/archive.log does not exist.\n" in done.out
    assert done.err == ""


def test_forecast_has_the_rows_that_it_left_out_in_its_answer(tmp_path: Path) -> None:
    queue = recorded_runs.load("case-01").queue_file(tmp_path)
    with queue.open("a", encoding="utf-8") as file:
        file.write("no row\n")
    text, found = (run("forecast", f"--queue={queue}", *more) for more in ([], ["--json"]))
    (warning,) = json.loads(found.out)["warnings"]
    assert warning.endswith(": left out, not a row of the queue")
    assert f"warning    {warning}\n" in text.out
    assert (text.err, found.err) == ("", "")
