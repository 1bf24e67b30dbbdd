"""The demo's archiver logs as core:archive does: the exporter understands every line."""

from datetime import date
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.archive_log import ArchiveLog
from matomo_archive_exporter.demo.batch import QueuedRow
from matomo_archive_exporter.matomo.archiver.log_event import ArchiveDone
from tests.support.archiver_logs import events, reported

GERMANY = "done8ed8a79e4fab70fb95c781aa3c6b327e"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.log"


def row(name: str, period: int = 1) -> QueuedRow:
    return QueuedRow(1, name, date(2024, 12, 1), date(2024, 12, 1), period)


def test_a_run_is_seen_to_begin_work_and_end(path: Path) -> None:
    log = ArchiveLog(path)
    log.run_started()
    log.archived(row("done.Actions"), idsite=3, seconds=0.15)
    log.run_completed()
    assert reported(path.read_bytes()) == {"run_started": 1, "archive_done": 1, "run_completed": 1}


@pytest.mark.parametrize(
    ("name", "scope", "has_all_plugins"),
    [
        ("done", "all_visits", True),
        ("done.Actions", "all_visits", False),
        (GERMANY, "segment", True),
        (f"{GERMANY}.Actions", "segment", False),
        ("donefedcba98765432100123456789abcdef", "segment", True),
    ],
)
def test_an_archive_is_logged_with_all_its_parts(
    path: Path, name: str, scope: str, has_all_plugins: bool
) -> None:
    ArchiveLog(path).archived(row(name, period=2), idsite=3, seconds=1.5)
    (event,) = events(path.read_bytes())
    assert isinstance(event, ArchiveDone)
    found = (event.period, event.scope, event.seconds, event.has_all_plugins)
    assert found == ("week", scope, 1.5, has_all_plugins)


def test_without_a_file_nothing_is_kept() -> None:
    ArchiveLog().run_started()
