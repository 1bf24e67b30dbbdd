"""The verdict of `check` on its findings."""

from pathlib import Path

import pytest

from matomo_archive_exporter.check.examine import examine
from tests.support import archiver_logs as logs
from tests.support.settings import load_settings


def test_without_a_database_the_log_and_processes_work_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(logs.load("log-info-normal"))
    arguments = [f"--archiver.log-file={tmp_path}/log", "--archiver.proc-path=/proc"]
    arguments += ["--database.username=u", "--database.port=1"]
    report = examine(load_settings(monkeypatch, *arguments).settings)
    assert {name for name, why in report.collectors.items() if why is None} == {"log", "processes"}
