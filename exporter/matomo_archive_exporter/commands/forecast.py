"""`forecast`: simulate one run of core:archive, over the database's queue or over a dump."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.simulation.archiver_config import archiver_config
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import parse_adapter, parse_memory
from matomo_archive_exporter.terminal import print_unreadable, show_result
from matomo_archive_exporter.what_if.report import as_json, as_lines
from matomo_archive_exporter.what_if.simulate import SimulationResult, of_database, of_file

SURVIVES, DIES, NOT_READABLE = 0, 1, 3

T = TypeVar("T")


def forecast(settings: Settings, invocation: Invocation) -> int:
    """0 when the run is known to survive, 1 when not, 3 when the database cannot be read."""
    own = invocation.own
    try:
        result = _simulate(settings, own)
    except ReadingError as error:
        print_unreadable("the database", str(error))
        return NOT_READABLE
    show_result(as_json(result), as_lines(result), as_json=bool(own.get("json")))
    return SURVIVES if _survives(result) else DIES


def _survives(result: SimulationResult) -> bool:
    """Whether the run is known to survive."""
    run = result.forecast.configured
    return run.death is None and (run.is_ended or result.config.memory_limit is None)


def _simulate(settings: Settings, own: Mapping[str, Any]) -> SimulationResult:
    config = replace(archiver_config(settings), **dict(_changes(own)))
    day = _given(own, "today", date.fromisoformat, "a day such as 2024-12-20")
    version = own.get("matomo_version")
    if own.get("queue") is not None:
        return of_file(Path(own["queue"]), config, version, day)
    return of_database(settings.database, config, version, day)


def _changes(own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The archiver's settings among this command's own options."""
    overrides = {
        "concurrent_requests": _given(own, "concurrent_requests", _at_least(1), "1 or more"),
        "archive_limit": _given(own, "max_archives_to_process", _at_least(0), "0 or more"),
        "adapter": _given(own, "adapter", parse_adapter, "PDO\\MYSQL (also mysql) or MYSQLI"),
    }
    yield from ((name, value) for name, value in overrides.items() if value is not None)
    if "memory_limit" in own:
        accepts = "a PHP memory size such as 256M, or -1"
        yield "memory_limit", _given(own, "memory_limit", parse_memory, accepts)
        yield "is_limit_assumed", False


def _given(own: Mapping[str, Any], name: str, parse: Callable[[str], T], accepts: str) -> T | None:
    """The value of an option of this command; the error does not repeat its text."""
    if own.get(name) is None:
        return None
    try:
        return parse(own[name])
    except ValueError:
        raise SettingsError(f"--{name.replace('_', '-')}: takes {accepts}") from None


def _at_least(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if number < least:
            raise ValueError
        return number

    return parse
