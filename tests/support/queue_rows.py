"""Hand-made rows of table archive_invalidations."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from mysql.connector.abstracts import MySQLConnectionAbstract

from tests.support.recordings import Table, insert

PAST, FUTURE = "2025-03-01 12:00:00", "9999-12-31 23:59:59"
PAST_UNIX = 1740830400


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row; by default an ordinary one: queued, all visits, a day of site 1."""

    idinvalidation: int | None = None
    name: str = "done"
    idsite: int = 1
    date1: str = "2025-02-28"
    date2: str = "2025-02-28"
    period: int = 1
    ts_invalidated: str | None = PAST
    ts_started: str | None = None
    status: int | None = 0
    report: str | None = None


def add(connection: MySQLConnectionAbstract, *rows: Row, prefix: str = "matomo_") -> None:
    """Insert rows in this order; those without an id are numbered by the server."""
    insert(connection, f"{prefix}archive_invalidations", Table.of([asdict(row) for row in rows]))


def many(count: int, row: Row) -> Sequence[Row]:
    """As many rows that are all alike."""
    return [row] * count
