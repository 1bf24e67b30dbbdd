"""Options of core:archive: its runs, and work that is not in the queue yet."""

import re
from dataclasses import dataclass

from matomo_archive_exporter.matomo.simulation import rearchive_list
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.runs import remembered

_STARTED, _COMPLETED = "LastFullArchivingStartTime", "LastCompletedFullArchiving"
_VERSION = "version_core"
_SHARED_SITES = "SharedSiteIdsToArchive_AllWebsites"
_LIST_BEGAN = f"{_SHARED_SITES}_ResetQueueTime"
_THOUSAND = 1000
_ID = re.compile(r"[0-9]{1,10}", re.ASCII)
_UNIX_SECONDS = re.compile(r"[1-9][0-9]{0,11}")
_UNIX_MILLISECONDS = re.compile(r"[1-9][0-9]{0,14}")

_RUNS = f"""
SELECT option_name, LEFT(option_value, 40) FROM {{option}}
WHERE option_name IN ('{_STARTED}', '{_COMPLETED}', '{_VERSION}', '{_LIST_BEGAN}')"""  # noqa: S608 - constants

_MEBIBYTE = 1024 * 1024
# Counted here and not there: MariaDB's REPLACE takes quadratic time on a long list of site ids.
_TEXT = """
SELECT LENGTH(option_value), LEFT(option_value, %s) FROM {option} WHERE option_name = %s"""
_LONGEST_TEXT = 16 * _MEBIBYTE
# Lengths in a serialized value count its bytes.
_BYTES = """
SELECT LENGTH(option_value), HEX(LEFT(option_value, %s)) FROM {option} WHERE option_name = %s"""
_MOST_BYTES = 7 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class RunsReading:
    """The latest runs; times are Unix seconds, None where never set or not readable."""

    matomo_version: str
    """option `version_core`, "" where there is none"""
    started: int | None = None
    completed: int | None = None
    sites_remaining: int | None = None
    rearchivings: tuple[rearchive_list.ReArchiving, ...] | None = ()
    """those that are scheduled and not yet rows of the queue; None where they cannot be read"""
    remembered: frozenset[tuple[int, str]] = frozenset()
    """sites and days to be invalidated because visits were tracked late"""
    warnings: tuple[str, ...] = ()
    """options whose value is not what Matomo writes, a line each"""
    shared_sites: frozenset[int] = frozenset()
    """ids in the list that archivers share; empty where there is none: then a run takes all"""

    list_began: int | None = None
    """when the list that archivers share was made"""


def read(connection: Connection) -> RunsReading:
    """All of it. An odd option leaves out its own figure only, with a line in `warnings`."""
    warnings: list[str] = []
    statement = _RUNS.format(option=connection.table("option"))
    shared = _value(connection, _TEXT, _SHARED_SITES, _LONGEST_TEXT, warnings)
    runs: dict[str, str] = dict(connection.rows(statement))
    return RunsReading(
        matomo_version=runs.get(_VERSION, ""),
        started=_unix_seconds(runs, _STARTED, warnings),
        completed=_unix_seconds(runs, _COMPLETED, warnings),
        sites_remaining=_remaining(shared),
        rearchivings=_rearchivings(connection, warnings),
        remembered=remembered.read(connection),
        warnings=tuple(warnings),
        shared_sites=_ids(shared),
        list_began=_list_began(runs),
    )


def _list_began(runs: dict[str, str]) -> int | None:
    """Matomo writes milliseconds; what is no number is no more than not known."""
    text = runs.get(_LIST_BEGAN, "")
    return int(text) // _THOUSAND if _UNIX_MILLISECONDS.fullmatch(text) else None


def _unix_seconds(runs: dict[str, str], name: str, warnings: list[str]) -> int | None:
    text = runs.get(name)
    if text is None:
        return None
    if _UNIX_SECONDS.fullmatch(text):
        return int(text)
    warnings.append(f"option {name} is not a time in Unix seconds")
    return None


def _remaining(value: str | None) -> int | None:
    """Ids in a comma-separated list, which Matomo deletes when it is empty."""
    if value is None:
        return None
    return value.count(",") + 1 if value else 0


def _ids(value: str | None) -> frozenset[int]:
    """The same ids; what is no id is left out."""
    return frozenset(int(text) for text in (value or "").split(",") if _ID.fullmatch(text))


def _rearchivings(
    connection: Connection, warnings: list[str]
) -> tuple[rearchive_list.ReArchiving, ...] | None:
    value = _value(connection, _BYTES, "ReArchiveList", _MOST_BYTES, warnings)
    if value is None:
        return None
    try:
        return rearchive_list.parse(bytes.fromhex(value))
    except rearchive_list.ReArchiveListError as error:
        warnings.append(f"option {error}")
        return None


def _value(
    connection: Connection, statement: str, name: str, most: int, warnings: list[str]
) -> str | None:
    """An option as the statement gives it, "" without it; None when it has more than `most` bytes.

    The server gives NULL for what is more than it may send at once.
    """
    text = statement.format(option=connection.table("option"))
    rows = connection.rows(text, (most, name))
    length, value = rows[0] if rows else (0, "")
    if length is None:
        return ""
    if length <= most and value is not None:
        return str(value)
    warnings.append(f"option {name} has {length} bytes, too many to read")
    return None
