"""The tests of the alert rules, and promtool, which runs them."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from tests.support.process import REPOSITORY
from tests.support.tools import prometheus_tool

FOLDER = REPOSITORY / "tests" / "grafana" / "rules"
FILES = sorted(FOLDER.glob("*.yml"))
RULES = REPOSITORY / "grafana" / "rules" / "matomo-archive.yml"
USES_THE_RULES = "rule_files: [../../../grafana/rules/matomo-archive.yml]\n"

Rule = Mapping[str, Any]
Groups = Sequence[Mapping[str, Any]]


def groups_of(rules: str) -> Groups:
    """The groups in a file of rules."""
    groups: Groups = yaml.safe_load(rules)["groups"]
    return groups


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Promtool's output."""
    command = [prometheus_tool("promtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def failures(file: Path, folder: Path, kind: str = "") -> dict[str, str]:
    """Promtool's findings in tests of a kind, by their names. `folder` is for its report."""
    report = folder / "report.xml"
    done = promtool("test", "rules", f"--junit={report}", f"--run=^{kind}", file)
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - promtool wrote it just now
    found = {
        case.attrib["name"]: "".join(failure.text or "" for failure in case)
        for case in cases
        if len(case)
    }
    assert done.returncode == bool(found), done.stdout + done.stderr
    return found


def of_rules(file: Path, groups: Groups, folder: Path) -> Path:
    """A file of tests, written to `folder` so that it tests what it needs of these rules.

    promtool evaluates every rule for each minute of a test: with all of them it takes five times
    as long.
    """
    text = file.read_text(encoding="utf-8")
    assert USES_THE_RULES in text
    needed = {"groups": _needed(groups, file.stem, text)}
    (folder / "rules.yml").write_text(yaml.safe_dump(needed), encoding="utf-8")
    tests = folder / "tests.yml"
    tests.write_text(text.replace(USES_THE_RULES, "rule_files: [rules.yml]\n"), encoding="utf-8")
    return tests


def _needed(groups: Groups, alert: str, tests: str) -> Groups:
    """The alerts of that name, the recordings that they or the tests name, and named groups."""
    own = [rule for group in groups for rule in group["rules"] if rule.get("alert") == alert]
    text = f"{tests}{own}"

    def is_needed(rule: Rule) -> bool:
        return rule in own or ("record" in rule and rule["record"] in text)

    kept = [{**group, "rules": [*filter(is_needed, group["rules"])]} for group in groups]
    return [group for group in kept if group["rules"] or group["name"] in tests]
