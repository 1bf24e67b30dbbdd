"""The checks on the configuration: assumed values, and files that cannot be read."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from matomo_archive_exporter.check import archiver_log
from matomo_archive_exporter.check.report import CheckResult
from matomo_archive_exporter.matomo.advice.wording import php_limit
from matomo_archive_exporter.matomo.config.config_ini import ConfigIniError, remarks
from matomo_archive_exporter.matomo.config.php_memory import is_quantity, limit_of
from matomo_archive_exporter.readings.archiver import processes
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.loader import empty_web_config, unknown_variables
from matomo_archive_exporter.settings.options import ArchiverSettings
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import parsed
from matomo_archive_exporter.settings.table import option_groups

# Options whose defaults may be wrong for an instance; other defaults are a choice.
_GUESSED: Mapping[str, tuple[str, ...]] = {
    "database": ("host", "dbname", "tables_prefix", "adapter"),
    "archiver": ("memory_limit", "concurrent_requests", "max_archives_to_process"),
}


def examine(settings: Settings) -> Iterator[CheckResult]:
    """Assumptions and files, one line each."""
    yield from _assumed(settings)
    warnings = (*unknown_variables(os.environ), *empty_web_config(settings, os.environ))
    for text in (*_remarks(settings.config_ini), *warnings):
        yield CheckResult("configuration", "note", text)
    if settings.archiver.log_file is not None:
        yield archiver_log.examine(settings.archiver.log_file)
    if settings.archiver.proc_path is not None:
        yield from _processes(settings, settings.archiver.proc_path)


def _assumed(settings: Settings) -> Iterator[CheckResult]:
    for group in option_groups(Settings):
        given = getattr(settings, group.name).model_fields_set if group.name else set()
        for option in group.options:
            guessed = option.field in _GUESSED.get(group.name, ())
            if guessed and not given & {option.field, f"{option.field}_file"}:
                if option.field == "host" and "unix_socket" in given:
                    continue
                text = f"{option.flag}={option.default} is assumed, because it is not set"
                yield CheckResult("configuration", "note", text)


def _remarks(config_ini: Path | None) -> Iterable[str]:
    """Values of Matomo's configuration that the exporter takes differently."""
    if config_ini is None:
        return ()
    try:
        return remarks(parsed(config_ini, os.environ))
    except (OSError, ConfigIniError):
        return ()  # the file has gone since the settings were read


def _processes(settings: Settings, path: Path) -> Iterator[CheckResult]:
    config_ini = settings.config_ini
    try:
        reading = processes.read(path, config_ini)
    except ReadingError as error:
        yield CheckResult("archiver", "missing", str(error), collectors=("processes",))
        return
    if reading.warnings:
        text = "; ".join(reading.warnings)
        yield CheckResult("archiver", "missing", text, collectors=("processes",))
    else:
        text = f"processes of core:archive in {path}: {len(reading.found):,}"
        yield CheckResult("archiver", "ok", text)
        yield from _other_limits(settings.archiver, reading)
    if reading.of_others:
        text = (
            f"{reading.of_others:,} more look like core:archive, but do not count: neither root nor"
            f" the owner or group of {config_ini} runs them"
        )
        yield CheckResult("archiver", "note", text)


def _other_limits(
    archiver: ArchiverSettings, reading: processes.ProcessesReading
) -> Iterator[CheckResult]:
    """Memory limits on command lines that are not the one of the option."""
    texts = (process.limits.memory for process in reading.found)
    seen = {limit_of(text) for text in texts if is_quantity(text)}
    for limit in seen - {archiver.memory_limit}:
        text = (
            f"a running core:archive has memory_limit {php_limit(limit)} on its command line, but"
            f" --archiver.memory-limit is {php_limit(archiver.memory_limit)}"
        )
        yield CheckResult("archiver", "note", text)
