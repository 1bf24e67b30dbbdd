"""The verdict of `check` on its findings."""

from pathlib import Path

import pytest

from matomo_archive_exporter.check.examine import examine
from tests.support import archiver_logs as logs
from tests.support import real_processes
from tests.support.settings import load_settings


def test_without_a_database_the_log_and_processes_work_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(logs.load("log-info-normal"))
    arguments = [f"--archiver.log-file={tmp_path}/log", "--archiver.proc-path=/proc"]
    arguments += ["--database.username=u", "--database.port=1"]
    report = examine(load_settings(monkeypatch, *arguments).settings)
    assert {name for name, why in report.collectors.items() if why is None} == {"log", "processes"}


def test_a_running_archiver_with_another_memory_limit_is_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = ("--archiver.proc-path=/proc", "--archiver.memory-limit=256M")
    database = ("--database.username=u", "--database.port=1")
    settings = load_settings(monkeypatch, *options, *database).settings
    same, other = (f"php -d memory_limit={limit} console core:archive" for limit in ("256M", "4G"))
    with real_processes.running(same.split(), other.split()):
        notes = [f.text for f in examine(settings).results if f.verdict == "note"]
    assert (
        "a running core:archive has memory_limit 4G on its command line, but"
        " --archiver.memory-limit is 256M"
    ) in notes
    assert not any("has memory_limit 256M" in note for note in notes)
