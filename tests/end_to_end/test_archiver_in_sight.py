"""The archiver's log, processes and durations, on the page and in `check`."""

from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support import everything
from tests.support.archiver_logs import archiver_death, load
from tests.support.process import Exporter, run
from tests.support.real_processes import running
from tests.support.scrape import Page

VARIABLES = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
EVENTS = "matomo_archive_log_events_total"
LAST_DEATH = "matomo_archive_log_last_memory_exhausted_timestamp_seconds"
PROCESSES = "matomo_archive_processes"
MAIN = ("php", "/var/www/matomo/console", "core:archive")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """An empty log of core:archive."""
    path = tmp_path / "archive.log"
    path.touch()
    return path


def append(log: Path, text: bytes) -> None:
    with log.open("ab") as file:
        file.write(text)


def test_log_and_processes_are_seen_while_the_database_is_away(log: Path) -> None:
    nowhere = (f"--database.port={free_port()}", "--database.username=exporter")
    options = (f"--archiver.log-file={log}", "--archiver.proc-path=/proc", "--collect.interval=1s")
    with Exporter(*nowhere, *options) as exporter, running(MAIN):
        append(log, archiver_death())

        def shows_both(page: Page) -> bool:
            deaths = page.value(EVENTS, event="memory_exhausted_archiver")
            return deaths == 1 and page.value(PROCESSES, role="archiver") == 1

        page = exporter.wait_for(shows_both)
        assert page.up == 0
        assert page.value(EVENTS, event="overlap_skip") is None
        assert page.value(LAST_DEATH, role="archiver") is not None


def test_a_death_before_the_start_is_shown_but_not_counted(log: Path, database: Database) -> None:
    everything.load(database.connection)
    append(log, load("log-info-main-oom-midrun"))
    done = run("once", *database.flags, f"--archiver.log-file={log}", variables=VARIABLES)
    page = Page.of(done.out)
    assert page.value(EVENTS, event="memory_exhausted_archiver") == 0
    assert page.value(LAST_DEATH, role="archiver") is not None


def test_without_a_log_and_a_proc_there_are_no_such_collectors(database: Database) -> None:
    everything.load(database.connection)
    page = Page.of(run("once", *database.flags, variables=VARIABLES).out)
    assert EVENTS not in page.names
    assert PROCESSES not in page.names
    assert page.value("matomo_archive_exporter_collector_success", collector="durations") == 1


@pytest.mark.parametrize("exists", [True, False])
def test_check_says_whether_log_and_processes_can_be_read(
    log: Path, database: Database, exists: bool
) -> None:
    everything.load(database.connection)
    if not exists:
        log.unlink()
    options = (f"--archiver.log-file={log}", f"--archiver.proc-path={'/proc' if exists else log}")
    done = run("check", *database.flags, *options, variables=VARIABLES)
    assert done.status == (0 if exists else 1)
    assert ("MISSING" in done.out) is not exists
    assert f"log {log}" in done.out or str(log) in done.out
    assert "durations come from " in done.out
