"""The tests of the alert rules, and promtool, which runs them."""

import subprocess
from pathlib import Path
from xml.etree import ElementTree

from tests.support.process import REPOSITORY
from tests.support.tools import prometheus_tool

FOLDER = REPOSITORY / "tests" / "grafana" / "rules"
FILES = sorted(FOLDER.glob("*.yml"))
USES_THE_RULES = "rule_files: [../../../grafana/rules/matomo-archive.yml]\n"


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What promtool says."""
    command = [prometheus_tool("promtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def failures(file: Path, folder: Path, kind: str = "") -> dict[str, str]:
    """What promtool finds wrong in tests of a kind, by their names. `folder` is for its report."""
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


def of_other_rules(file: Path, rules: str, folder: Path) -> Path:
    """A file of tests, written to `folder` so that it tests these rules."""
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    tests = folder / "tests.yml"
    text = file.read_text(encoding="utf-8")
    assert USES_THE_RULES in text
    tests.write_text(text.replace(USES_THE_RULES, "rule_files: [rules.yml]\n"), encoding="utf-8")
    return tests
