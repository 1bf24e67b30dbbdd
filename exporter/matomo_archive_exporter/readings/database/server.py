"""The server itself: which one, and what time it has."""

from dataclasses import dataclass
from typing import Literal

from matomo_archive_exporter.readings.database.connection import Connection

_CLOCK = """
SELECT CAST(UTC_TIMESTAMP() AS CHAR), UNIX_TIMESTAMP(),
       TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())"""


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


def read(connection: Connection) -> Server:
    """Version and clock of the server; this needs no table."""
    utc_now, unix_now, utc_offset = connection.row(_CLOCK)
    version = connection.server_version
    return Server(_kind(version), version, utc_now, int(unix_now), int(utc_offset))


def _kind(version: str) -> Literal["mariadb", "mysql", "tidb"]:
    lower = version.lower()
    return "mariadb" if "mariadb" in lower else "tidb" if "tidb" in lower else "mysql"
