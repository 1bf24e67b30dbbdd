"""What `check` says of the configuration: what nothing gave, and files that cannot be read."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from matomo_archive_exporter.check.report import CheckResult
from matomo_archive_exporter.matomo.archiver.log_state import LogState
from matomo_archive_exporter.readings.archiver import processes
from matomo_archive_exporter.readings.archiver.log_tail import open_tail
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.table import option_groups

# Options whose defaults may well be wrong for an instance; elsewhere a default is a choice.
_GUESSED: Mapping[str, tuple[str, ...]] = {
    "database": ("host", "dbname", "tables_prefix", "adapter"),
    "archiver": ("memory_limit", "concurrent_requests", "max_archives_to_process"),
}


def examine(settings: Settings) -> Iterator[CheckResult]:
    """Assumptions and files, a line each."""
    yield from _assumed(settings)
    if settings.archiver.log_file is not None:
        yield _log(settings.archiver.log_file)
    if settings.archiver.proc_path is not None:
        yield _processes(settings.archiver.proc_path)


def _assumed(settings: Settings) -> Iterator[CheckResult]:
    for group in option_groups(Settings):
        given = getattr(settings, group.name).model_fields_set if group.name else set()
        for option in group.options:
            guessed = option.field in _GUESSED.get(group.name, ())
            if guessed and not given & {option.field, f"{option.field}_file"}:
                if option.field == "host" and "unix_socket" in given:
                    continue
                text = f"assumed {option.flag}={option.default}: nothing says otherwise"
                yield CheckResult("configuration", "note", text)


def _log(path: Path) -> CheckResult:
    try:
        open_tail(path, LogState()).file.close()
    except ReadingError as error:
        return CheckResult("archiver", "missing", str(error), collectors=("log",))
    return CheckResult("archiver", "ok", f"log {path}")


def _processes(path: Path) -> CheckResult:
    try:
        reading = processes.read(path)
    except ReadingError as error:
        return CheckResult("archiver", "missing", str(error), collectors=("processes",))
    if reading.warnings:
        text = "; ".join(reading.warnings)
        return CheckResult("archiver", "missing", text, collectors=("processes",))
    return CheckResult(
        "archiver", "ok", f"processes in {path}: {len(reading.found)} of core:archive"
    )
