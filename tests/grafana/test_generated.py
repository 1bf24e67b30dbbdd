"""Generated files are up to date, and the settings of the rules have their effect."""

import subprocess
import sys
from pathlib import Path

import pytest

from grafana.__main__ import generated, main
from grafana.alerts.rule import Alert
from grafana.alerts.rules import GROUPS, alerts, rule_file
from grafana.alerts.settings import SETTINGS, places
from tests.support.doc_tables import plain
from tests.support.process import REPOSITORY
from tests.support.tools import prometheus_tool


@pytest.mark.parametrize("path", [*generated()], ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_generated_file_is_as_its_source_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated()[path], "`make boards` updates it"


def test_nothing_else_lies_beside_the_generated_files() -> None:
    folders = {path.parent for path in generated()}
    files = {path for folder in folders for path in folder.iterdir() if path.is_file()}
    assert files == set(generated())


def test_every_setting_is_asked_for_and_every_place_is_a_setting() -> None:
    texts = "".join(str(rule.as_dict()) for group in GROUPS for rule in group.rules)
    assert places(texts) == set(SETTINGS)


def test_no_place_is_left_in_the_rules() -> None:
    assert places(rule_file()) == set()


def test_a_setting_can_be_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = ["--set", "memoryRatioPage=1.25", "--set", "grafanaUrl=https://grafana.example.org"]
    assert main(["rules", *changed]) == 0
    rules = tmp_path / "rules.yml"
    rules.write_text(capsys.readouterr().out, encoding="utf-8")
    assert ">= 1.25\n" in rules.read_text(encoding="utf-8")
    assert "https://grafana.example.org/d/matomo-archive-memory{{" in rules.read_text("utf-8")
    subprocess.run([prometheus_tool("promtool"), "check", "rules", rules], check=True)


def test_an_unknown_setting_is_refused_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "--set", "memoryRatio=1"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "unknown setting 'memoryRatio'" in printed.err
    assert "memoryRatioPage" in printed.err


def test_settings_are_listed_with_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed and each.meaning in listed for name, each in SETTINGS.items())


def test_the_command_runs_as_the_docs_say() -> None:
    command = [sys.executable, "-m", "grafana", "rules"]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    assert done.stdout == rule_file()


# What every alert has


@pytest.mark.parametrize("alert", [*alerts()], ids=lambda alert: f"{alert.name} {alert.severity}")
def test_every_alert_says_what_why_and_what_to_do(alert: Alert) -> None:
    written = alert.as_dict()
    texts = written["annotations"]
    assert {"summary", "description", "remedy", "runbook_url", "dashboard_url"} == set(texts)
    assert all(texts.values())
    assert len(plain(texts["summary"])) < 100
    assert "$labels.instance" in texts["summary"]
    assert written["labels"]["severity"] in {"page", "warning", "info"}
    assert written["alert"].startswith("MatomoArchive")


def test_the_alert_on_the_current_run_needs_no_series_that_ends_with_the_run() -> None:
    dying = [alert.as_dict() for alert in alerts() if alert.name == "MatomoArchiveRunDying"]
    assert len(dying) == 2
    assert [alert for alert in dying if "| query" in str(alert["annotations"])] == []


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    runbooks = {path.stem for path in (REPOSITORY / "docs" / "alerts").glob("*.md")}
    assert runbooks == {alert.name for alert in alerts()}


def test_every_page_outlives_a_restart_of_the_exporter() -> None:
    pages = [alert.as_dict() for alert in alerts() if alert.severity == "page"]
    assert len(pages) == 5
    assert all("keep_firing_for" in page or "last_over_time" in page["expr"] for page in pages)


def test_no_rule_adds_a_series_for_each_site() -> None:
    assert "idsite" not in rule_file()
    assert "matomo_archive_site_invalidations" not in rule_file()
