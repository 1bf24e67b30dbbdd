"""`once` against the tables of real Matomo databases: every figure, zeros and absences included."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from matomo_archive_exporter.commands.once import once
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support import clock, recordings
from tests.support.figures import Figures, Samples, parse
from tests.support.private_server import PrivateServer
from tests.support.servers import ServerKind

EXPECTED = tomllib.loads((recordings.RECORDINGS / "expected.toml").read_text(encoding="utf-8"))
"""The figures of each recording, computed without any SQL."""
NEVER_SELECTED: Samples = {("no_status",): 0, ("no_time",): 0, ("future_time",): 0}

# A few hours after the recordings of that day, a day and more after all others.
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATUSES = ("queued", "in_progress")
PERIODS = ("day", "week", "month", "year", "range")
SCOPES = ("all_visits", "segment")

# Completion minus start; the others never completed a run, or a later one has started.
DURATIONS = {
    "healthy-day-after-a-missed-run": 459,
    "healthy-day-after-midnight-auckland": 674,
    "healthy-day-after-midnight-utc-sites": 545,
    "healthy-day-before-a-run": 1276,
    "healthy-day-right-after-a-run": 490,
}
# Rows in progress for more than a day at that time.
PAST_RECOVERY = {"healthy-day-during-a-run": 1}


@pytest.fixture(autouse=True)
def _now(server: PrivateServer) -> Iterator[None]:
    with clock.stopped(server, NOW, zone="+00:00"):
        yield


def once_page(database: Database, capsys: pytest.CaptureFixture[str]) -> Figures:
    assert once(Settings(database=database.settings), Invocation("once")) == 0
    return parse(capsys.readouterr().out)


# Predictions have their own tests.
TO_COME = (
    *("concurrent_requests", "statement_cache_leak", "forecast_", "expected_", "predicted_"),
    *("current_", "memory_", "next_run_", "overlapping_", "duplicate_", "orphaned_"),
    *("duration_", "last_duration_"),
)


def archive_figures(figures: Figures) -> dict[str, Samples]:
    """The page's metrics of Matomo's archiving now, without those of the exporter."""
    others = tuple(f"matomo_archive_{name}" for name in ("exporter_", *TO_COME))
    return {
        name: samples
        for name, samples in figures.items()
        if name.startswith("matomo_archive_") and not name.startswith(others)
    }


def single(**values: int | None) -> dict[str, Samples]:
    return {f"matomo_archive_{n}": {(): float(v)} for n, v in values.items() if v is not None}


def queue_counts(queue: Mapping[str, Any]) -> dict[str, Samples]:
    rows, reports = queue.get("invalidations", {}), queue.get("reports", {})
    named = {
        (plugin, report)
        for by_plugin in reports.values()
        for plugin, by_report in by_plugin.items()
        for report in by_report
    }
    tables: dict[str, Samples] = {
        "matomo_archive_invalidations": {
            (period, scope, status): rows.get(status, {}).get(scope, {}).get(period, 0)
            for status, period, scope in product(STATUSES, PERIODS, SCOPES)
        },
        "matomo_archive_report_invalidations": {
            (plugin, report, status): reports.get(status, {}).get(plugin, {}).get(report, 0)
            for status, (plugin, report) in product(STATUSES, named)
        },
    }
    return {name: samples for name, samples in tables.items() if samples}


def queue_figures(name: str) -> dict[str, Samples]:
    queue = EXPECTED[name]["queue"]
    stuck: Samples = {
        ("never_started",): queue["never_started"],
        ("past_recovery_timeout",): PAST_RECOVERY.get(name, 0),
    }
    times = ("oldest_queued", "oldest_started", "newest_started")
    return {
        **queue_counts(queue),
        "matomo_archive_stuck_invalidations": stuck,
        "matomo_archive_unselectable_invalidations": NEVER_SELECTED,
        **single(**{f"{time}_timestamp_seconds": queue.get(time) for time in times}),
        **single(
            hits_backfill_invalidations=queue["hits_backfill"],
            queue_sites=queue["queue_sites"],
            added_invalidations_total=0,
            removed_invalidations_total=0,
            database_utc_offset_seconds=0,
        ),
    }


def run_figures(name: str) -> dict[str, Samples]:
    runs = EXPECTED[name]["runs"]
    counts = ("sites_remaining", "pending_rearchivings", "remembered_invalidations")
    return single(
        last_run_started_timestamp_seconds=runs.get("last_run_started"),
        last_run_completed_timestamp_seconds=runs.get("last_run_completed"),
        last_run_duration_seconds=DURATIONS.get(name),
        **{count: runs[count] for count in counts},
    )


@pytest.mark.parametrize("name", recordings.names())
def test_every_figure_of_a_recording_is_right_and_nothing_else_is_said(
    name: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    recordings.load(database.connection, name)
    figures = once_page(database, capsys)
    assert archive_figures(figures) == queue_figures(name) | run_figures(name)
    assert sum(figures["matomo_archive_invalidations"].values()) == EXPECTED[name]["queue"]["rows"]
    assert figures["matomo_up"] == {(): 1}
    assert figures.success("overlaps")
    assert figures.success("forecast")


def test_the_page_says_which_matomo_and_which_server(
    database: Database, capsys: pytest.CaptureFixture[str], server_kind: ServerKind
) -> None:
    recordings.load(database.connection, "case-06a")
    ((version,),) = database.run("SELECT VERSION()")
    info = once_page(database, capsys)["matomo_info"]
    assert str(version).startswith(server_kind.version)
    assert info == {("PDO\\MYSQL", server_kind.family, str(version), "5.2.0"): 1}


def test_rows_that_lie_in_the_future_are_not_taken_for_ordinary_ones(
    server: PrivateServer, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    recordings.load(database.connection, "case-06a")
    with clock.stopped(server, datetime(2026, 1, 1, tzinfo=UTC)):
        figures = once_page(database, capsys)
    assert figures["matomo_archive_unselectable_invalidations"][("future_time",)] == 516
    assert figures["matomo_archive_oldest_queued_timestamp_seconds"] == {}
