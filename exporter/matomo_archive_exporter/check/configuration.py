"""What `check` says of the configuration: what nothing gave, and files that cannot be read."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from matomo_archive_exporter.check.report import Finding
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.table import option_groups

# Options whose defaults may well be wrong for an instance; elsewhere a default is a choice.
_GUESSED: Mapping[str, tuple[str, ...]] = {
    "database": ("host", "dbname", "tables_prefix", "adapter"),
    "archiver": ("memory_limit", "concurrent_requests", "max_archives_to_process"),
}


def examine(settings: Settings) -> Iterator[Finding]:
    """Assumptions and files, a line each."""
    yield from _assumed(settings)
    yield from _file("--archiver.log-file", settings.archiver.log_file)
    yield from _file("--archiver.proc-path", settings.archiver.proc_path)


def _assumed(settings: Settings) -> Iterator[Finding]:
    for group in option_groups(Settings):
        given = getattr(settings, group.name).model_fields_set if group.name else set()
        for option in group.options:
            guessed = option.field in _GUESSED.get(group.name, ())
            if guessed and not given & {option.field, f"{option.field}_file"}:
                if option.field == "host" and "unix_socket" in given:
                    continue
                text = f"assumed {option.flag}={option.default}: nothing says otherwise"
                yield Finding("configuration", "note", text)


def _file(flag: str, path: Path | None) -> Iterator[Finding]:
    if path is not None:
        readable = os.access(path, os.R_OK)
        text = f"{flag} {path} {'can' if readable else 'cannot'} be read; this version does not"
        yield Finding("configuration", "note", text)
