"""Settings made of arguments, variables and a config.ini.php."""

from collections.abc import Callable
from pathlib import Path

import pytest

from matomo_archive_exporter.settings.settings import Settings
from tests.support.settings import Load, load_settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Load:
    """The settings that some arguments and variables make."""

    def load(*arguments: str, **environ: str) -> Settings:
        return load_settings(monkeypatch, *arguments, **environ).settings

    return load


@pytest.fixture
def ini(tmp_path: Path) -> Callable[[str], str]:
    """Writes a config.ini.php and gives the flag that names it."""

    def write(text: str) -> str:
        (tmp_path / "config.ini.php").write_text(text, encoding="utf-8")
        return f"--config-ini={tmp_path}/config.ini.php"

    return write
