"""Settings as the exporter makes them, from a command line and an environment of its own."""

import os
from collections.abc import Callable, Mapping

import pytest

from matomo_archive_exporter.cli import COMMANDS
from matomo_archive_exporter.settings.command_line import parse
from matomo_archive_exporter.settings.loader import Loaded, load
from matomo_archive_exporter.settings.settings import Settings

Load = Callable[..., Settings]
"""Settings of arguments and variables."""


def load_settings(monkeypatch: pytest.MonkeyPatch, *arguments: str, **environ: str) -> Loaded:
    """The settings of these arguments and the variables of `environ`; `serve` by default."""
    set_environment(monkeypatch, environ)
    return load(parse(arguments, COMMANDS).flags, os.environ)


def set_environment(monkeypatch: pytest.MonkeyPatch, environ: Mapping[str, str]) -> None:
    """Set these variables, and remove all others that the exporter reads."""
    for name in [*os.environ]:
        if name.startswith("MATOMO_") or name == "PHP_MEMORY_LIMIT":
            monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
