"""The verdict of `check` on its findings."""

import os
from pathlib import Path

import pytest

from matomo_archive_exporter.check.examine import examine
from tests.support import archiver_logs as logs
from tests.support import real_processes
from tests.support.midrun import put_process
from tests.support.settings import load_settings

SIZES = dict.fromkeys(("VmPeak", "VmSize", "VmData", "VmRSS"), 64_000)


def test_without_a_database_the_log_and_processes_work_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(logs.load("log-info-normal"))
    arguments = [f"--archiver.log-file={tmp_path}/log", "--archiver.proc-path=/proc"]
    arguments += ["--database.username=u", "--database.port=1"]
    report = examine(load_settings(monkeypatch, *arguments).settings)
    assert {name for name, why in report.collectors.items() if why is None} == {"log", "processes"}


def archiver_results(
    monkeypatch: pytest.MonkeyPatch, proc: Path, *more: str
) -> list[tuple[str, str]]:
    """Verdicts and texts on processes below `proc`."""
    options = (f"--archiver.proc-path={proc}", "--database.username=u", "--database.port=1", *more)
    results = examine(load_settings(monkeypatch, *options).settings).results
    return [(found.verdict, found.text) for found in results if found.section == "archiver"]


def test_a_folder_that_is_no_proc_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ((verdict, text),) = archiver_results(monkeypatch, tmp_path)
    assert (verdict, text) == ("missing", f"{tmp_path} is not a /proc: it shows no processes")


def test_a_proc_that_shows_the_exporter_alone_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put_process(tmp_path / "1", 60, SIZES, "init")
    (tmp_path / "self").symlink_to("1")
    ((verdict, text),) = archiver_results(monkeypatch, tmp_path)
    assert verdict == "missing"
    assert "shows only the exporter itself" in text


def test_processes_of_other_users_are_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config_ini = tmp_path / "config.ini.php"
    config_ini.write_text("[database]\nusername = u\n")
    os.chown(config_ini, 12345, 12345)
    proc = tmp_path / "proc"
    for pid, user in ((1, 0), (7, 12346)):
        put_process(proc / str(pid), 60, SIZES)
        os.chown(proc / str(pid), user, user)
    (proc / "self").symlink_to("1")
    found = archiver_results(monkeypatch, proc, f"--config-ini={config_ini}")
    assert [verdict for verdict, _ in found] == ["ok", "note"]
    assert found[1][1].startswith("1 more look like core:archive, but do not count")


def test_a_running_archiver_with_another_memory_limit_is_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    same, other = (f"php -d memory_limit={limit} console core:archive" for limit in ("256M", "4G"))
    with real_processes.running(same.split(), other.split()):
        found = archiver_results(monkeypatch, Path("/proc"), "--archiver.memory-limit=256M")
    notes = [text for verdict, text in found if verdict == "note"]
    assert (
        "a running core:archive has memory_limit 4G on its command line, but"
        " --archiver.memory-limit is 256M"
    ) in notes
    assert not any("has memory_limit 256M" in note for note in notes)
