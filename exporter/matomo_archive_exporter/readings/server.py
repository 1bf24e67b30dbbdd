"""The server itself: which one, what time it has, and which Matomo its tables belong to."""

from dataclasses import dataclass
from typing import Literal

from matomo_archive_exporter.readings.connection import Connection
from matomo_archive_exporter.readings.failure import ReadingError

_CLOCK = """
SELECT VERSION(), CAST(UTC_TIMESTAMP() AS CHAR), UNIX_TIMESTAMP(),
       TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())"""

_MATOMO_VERSION = "SELECT LEFT(option_value, 40) FROM {option} WHERE option_name = 'version_core'"


@dataclass(frozen=True, slots=True)
class Server:
    """A database server at the moment of a reading."""

    kind: Literal["mariadb", "mysql", "tidb"]
    version: str
    utc_now: str
    """its UTC time as DATETIME text; constant for the whole reading"""
    unix_now: int
    utc_offset: int
    """seconds by which the session's zone is ahead of UTC"""
    matomo_version: str
    """option `version_core`; "" when it cannot be read"""


def read(connection: Connection) -> Server:
    """What the server says of itself; nothing of Matomo's is needed for it."""
    version, utc_now, unix_now, utc_offset = connection.row(_CLOCK)
    return Server(
        kind=_kind(version), version=version, utc_now=utc_now, unix_now=int(unix_now),
        utc_offset=int(utc_offset), matomo_version=_matomo_version(connection),
    )  # fmt: skip


def _matomo_version(connection: Connection) -> str:
    """Whoever reads the queue need not be allowed to read the options."""
    try:
        rows = connection.rows(_MATOMO_VERSION.format(option=connection.table("option")))
    except ReadingError:
        if connection.is_lost:
            raise
        connection.has_failed = False
        return ""
    return str(rows[0][0]) if rows else ""


def _kind(version: str) -> Literal["mariadb", "mysql", "tidb"]:
    lower = version.lower()
    return "mariadb" if "mariadb" in lower else "tidb" if "tidb" in lower else "mysql"
