"""From Matomo's tables to a pager, with real exporter, Prometheus and Alertmanager."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import Database
from tests.support import everything, recordings
from tests.support.archiver_logs import load
from tests.support.pages import Pages, watching
from tests.support.process import Exporter, wait_until
from tests.support.running import PASSWORD_VARIABLE
from tests.support.visit_rows import create_visits

PREDICTED = "MatomoArchiveMemoryExhaustionPredicted"
EXHAUSTED = "MatomoArchiveMemoryExhausted"
RATIO = 'matomo_archive_memory_predicted_ratio{run="configured"}'
SITES = 20
PORT = free_port()
OFTEN = ("--collect.interval=500ms", "--collect.duty-cycle=1")


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with watching(tmp_path, PORT) as pages:
        yield pages


@pytest.fixture
def before_death(database: Database) -> Database:
    """A recorded instance before the run that died of memory; every site has visits."""
    recordings.load(database.connection, "case-07-128M")
    recent = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    visits = [(site, day) for site in range(1, SITES + 1) for day in ("2020-01-01", recent)]
    create_visits(database.connection, *visits)
    return database


def exporter_on(database: Database, *options: str) -> Exporter:
    return Exporter(*database.flags, *OFTEN, *options, variables=PASSWORD_VARIABLE, port=PORT)


def wait_for(pages: Pages, query: str) -> None:
    assert pages.prometheus is not None
    wait_until(lambda: pages.prometheus and pages.prometheus.values(query), query)


def test_a_run_that_will_die_is_paged_until_its_cause_is_gone(
    pages: Pages, before_death: Database
) -> None:
    limit = "--archiver.memory-limit=256M"
    with exporter_on(before_death, limit) as exporter:
        page = pages.wait_for(PREDICTED, "firing")
        safe = exporter.scrape().value("matomo_archive_memory_safe_archives", run="configured")
    assert safe is not None
    batch = f"--max-archives-to-process={safe:.0f}"
    annotations = page["annotations"]
    assert annotations["summary"].startswith(
        f"The next core:archive of 127.0.0.1:{PORT} will run out of memory: it needs "
    )
    assert "memory_limit is 256MiB" in annotations["description"]
    assert batch in annotations["remedy"]
    assert annotations["runbook_url"].endswith(f"/docs/alerts/{PREDICTED}.md")
    assert batch in pages.chat("page")[0]

    with exporter_on(before_death, limit, f"--archiver.{batch[2:]}"):
        wait_for(pages, f"{RATIO} < 0.82")
        pages.wait_for(PREDICTED, "resolved")
        assert pages.prometheus is not None
        assert pages.prometheus.firing() == set()  # nor is anybody warned of a run that is safe

    with exporter_on(before_death, limit):
        pages.wait_for(PREDICTED, "firing", count=2)
        before_death.run("TRUNCATE matomo_archive_invalidations")
        wait_for(pages, f"{RATIO} < 0.8")
        pages.wait_for(PREDICTED, "resolved", count=2)


def test_a_restart_of_the_exporter_neither_ends_nor_repeats_a_page(
    pages: Pages, before_death: Database
) -> None:
    limit = "--archiver.memory-limit=256M"
    with exporter_on(before_death, limit):
        pages.wait_for(PREDICTED, "firing")
    with exporter_on(before_death, limit):
        wait_for(pages, f"{RATIO} >= 1")
        wait_for(pages, "time() - process_start_time_seconds > 5")
    assert len(pages.pager(PREDICTED, "firing")) == 1
    assert pages.pager(PREDICTED, "resolved") == []


def test_a_death_in_the_log_is_paged_at_once(
    pages: Pages, database: Database, tmp_path: Path
) -> None:
    everything.load(database.connection)
    log = tmp_path / "archive.log"
    log.touch()
    with exporter_on(database, f"--archiver.log-file={log}") as exporter:
        exporter.wait_for(lambda page: page.up)
        log.write_bytes(load("log-info-main-oom-midrun"))
        page = pages.wait_for(EXHAUSTED, "firing")
    assert page["labels"]["evidence"] == "log"
    assert page["labels"]["severity"] == "page"
    assert "ran out of memory" in page["annotations"]["summary"]
    assert "Its log shows the death." in pages.chat("page")[0]


def test_an_assumed_memory_limit_sends_no_page(pages: Pages, before_death: Database) -> None:
    assert pages.prometheus is not None
    with exporter_on(before_death):
        wait_until(lambda: pages.chat("warning"), "the team is warned")
        assert pages.prometheus.firing() == {f"{PREDICTED} (warning)"}
    assert "128MiB (assumed)" in pages.chat("warning")[0]
    assert pages.chat("page") == []
