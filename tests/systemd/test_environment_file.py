"""The example of an environment file matches the code."""

import os
import re

import pytest

from matomo_archive_exporter.settings.loader import load
from matomo_archive_exporter.settings.settings import Settings
from tests.support.environment_file import environment_file
from tests.support.settings import set_environment
from tests.support.units import FOLDER

EXAMPLE = FOLDER / "matomo-archive-exporter.env"
ASSIGNMENT = re.compile(r"^#?(MATOMO_\w+)=(.*)$", re.MULTILINE)


def settings_under(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    set_environment(monkeypatch, variables)
    return load({}, variables, needs_database=False).settings


def test_it_is_written_from_the_table_of_options() -> None:
    if os.environ.get("UPDATE_GOLDEN") == "1":
        EXAMPLE.write_text(environment_file(), encoding="utf-8")
    assert EXAMPLE.read_text(encoding="utf-8") == environment_file(), (
        "`UPDATE_GOLDEN=1 .venv/bin/pytest tests/systemd` updates it"
    )


def test_as_it_is_it_sets_nothing() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_with_every_default_uncommented_all_is_as_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    given = {name: value for name, value in ASSIGNMENT.findall(text) if value}
    assert len(given) > 15
    assert settings_under(monkeypatch, given) == settings_under(monkeypatch, {})


def test_systemd_and_a_shell_read_each_value_literally() -> None:
    values = [value for _, value in ASSIGNMENT.findall(EXAMPLE.read_text(encoding="utf-8"))]
    assert [value for value in values if re.search(r"[\\\s'\"#$]", value)] == []
