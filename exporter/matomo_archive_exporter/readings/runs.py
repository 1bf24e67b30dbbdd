"""What core:archive leaves in table `option`: its runs, and work that is not in the queue yet."""

from dataclasses import dataclass

from matomo_archive_exporter.matomo import rearchive_list
from matomo_archive_exporter.readings.connection import Connection

_STARTED, _COMPLETED = "LastFullArchivingStartTime", "LastCompletedFullArchiving"
_SHARED_SITES = "SharedSiteIdsToArchive_AllWebsites"

_RUNS = f"""
SELECT option_name, LEFT(option_value, 20) FROM {{option}}
WHERE option_name IN ('{_STARTED}', '{_COMPLETED}')"""  # noqa: S608 - constants

# A comma-separated list of all sites that are left; the option is deleted when it is empty.
_SITES_REMAINING = f"""
SELECT IF(option_value = '', 0, 1 + LENGTH(option_value) - LENGTH(REPLACE(option_value, ',', '')))
FROM {{option}} WHERE option_name = '{_SHARED_SITES}'"""  # noqa: S608 - constants

_REARCHIVE_LIST_LIMIT = 16 * 1024 * 1024
_REARCHIVE_LIST = """
SELECT LENGTH(option_value), CAST(LEFT(option_value, %s) AS BINARY) FROM {option}
WHERE option_name = 'ReArchiveList'"""

# `<random>_report_to_invalidate_<idsite>_<day>_<pid>`, one for each process that tracked a visit
# (Matomo 4.0.0 and later; before, without the random part, and at first without the pid).
_REMEMBERED = """
SELECT COUNT(DISTINCT SUBSTRING_INDEX(SUBSTRING_INDEX(
           option_name, 'report_to_invalidate_', -1), '_', 2))
FROM {option} WHERE option_name LIKE '%report\\_to\\_invalidate\\_%'
AND SUBSTRING_INDEX(option_name, 'report_to_invalidate_', -1)
    REGEXP '^[0-9]+_[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9](_|$)'"""


@dataclass(frozen=True, slots=True)
class RunsReading:
    """The latest runs; times are Unix seconds, None where never set or not readable."""

    started: int | None
    completed: int | None
    sites_remaining: int
    pending_rearchivings: int | None
    remembered_invalidations: int
    complaints: tuple[str, ...]
    """options whose value is not what Matomo writes, a line each"""


def read(connection: Connection) -> RunsReading:
    """All of it. An odd option leaves out its own figure only, with a line in `complaints`."""
    complaints: list[str] = []
    option = connection.table("option")
    runs: dict[str, str] = dict(connection.rows(_RUNS.format(option=option)))
    remaining = connection.rows(_SITES_REMAINING.format(option=option))
    return RunsReading(
        started=_unix_seconds(runs, _STARTED, complaints),
        completed=_unix_seconds(runs, _COMPLETED, complaints),
        sites_remaining=int(remaining[0][0]) if remaining else 0,
        pending_rearchivings=_pending(connection, complaints),
        remembered_invalidations=int(connection.row(_REMEMBERED.format(option=option))[0]),
        complaints=tuple(complaints),
    )


def _unix_seconds(runs: dict[str, str], name: str, complaints: list[str]) -> int | None:
    text = runs.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    complaints.append(f"option {name} is not a time in Unix seconds")
    return None


def _pending(connection: Connection, complaints: list[str]) -> int | None:
    """Entries of ReArchiveList; 0 without the option."""
    statement = _REARCHIVE_LIST.format(option=connection.table("option"))
    rows = connection.rows(statement, (_REARCHIVE_LIST_LIMIT,))
    if not rows:
        return 0
    length, value = rows[0]
    if length > _REARCHIVE_LIST_LIMIT:
        complaints.append(f"option ReArchiveList has {length} bytes, too many to read")
        return None
    try:
        return len(rearchive_list.parse(bytes(value)))
    except rearchive_list.ReArchiveListError as error:
        complaints.append(f"option ReArchiveList: {error}")
        return None
