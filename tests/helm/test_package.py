"""The chart's own tests, its notes and its package."""

import re
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.support.helm import CASES, CHART, render, template, tool

# Prints the notes as an object, for `helm template` leaves them out.
NOTES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: notes}
data: {notes: {{ include (print $.Template.BasePath "/NOTES.txt") . | toJson }}}
"""


def test_its_own_tests_pass() -> None:
    done = tool("helm-unittest", "--strict", CHART)
    assert done.status == 0, done.out + done.err
    counted = dict(re.findall(r"^(Tests|Test Suites): +(\d+) passed, \d+ total", done.out, re.M))
    assert int(counted["Tests"]) > 0
    assert int(counted["Test Suites"]) == len(list((CHART / "tests").glob("*.yaml")))


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A copy of the chart."""
    return Path(shutil.copytree(CHART, tmp_path / CHART.name))


@pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
def test_the_notes_say_how_to_go_on(values: Path, chart: Path) -> None:
    (chart / "templates" / "notes.yaml").write_text(NOTES, encoding="utf-8")
    shown = [one for one in render(values, chart=chart) if one["metadata"]["name"] == "notes"]
    [notes] = [one["data"]["notes"] for one in shown]
    assert "kubectl" in notes
    assert "<no value>" not in notes
    assert "%!" not in notes, "a format of printf that did not fit"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The chart as it is published."""
    done = tool("helm", "package", CHART, f"--destination={tmp_path}")
    assert done.status == 0, done.err
    [file] = tmp_path.glob("*.tgz")
    return file


def test_the_package_holds_what_is_installed_and_nothing_else(package: Path) -> None:
    with tarfile.open(package) as archive:
        names = {name.removeprefix(f"{CHART.name}/") for name in archive.getnames()}
    tops = {name.partition("/")[0] for name in names}
    assert tops == {
        "Chart.yaml",
        "LICENSE",
        "README.md",
        "files",
        "templates",
        "values.schema.json",
        "values.yaml",
    }
    for folder in ("files", "templates"):
        assert {name for name in names if name.startswith(f"{folder}/")} == {
            str(path.relative_to(CHART)) for path in (CHART / folder).rglob("*") if path.is_file()
        }


@pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
def test_the_package_renders_the_same(values: Path, package: Path) -> None:
    packed = template(values, chart=package)
    assert packed.status == 0, packed.err
    assert packed.out == template(values).out
