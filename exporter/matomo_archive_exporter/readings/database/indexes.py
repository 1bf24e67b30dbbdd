"""Indexes that statements are made for, by their columns: another name serves as well."""

from dataclasses import dataclass

from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError

_COLUMNS = """
SELECT index_name, column_name FROM information_schema.statistics
WHERE table_schema = DATABASE() AND table_name = %s ORDER BY index_name, seq_in_index"""


@dataclass(frozen=True, slots=True)
class Index:
    """An index of one of Matomo's tables: its usual name, and the columns that it begins with."""

    table: str
    name: str
    columns: tuple[str, ...]


QUEUE_BY_SITE = Index(
    "archive_invalidations", "index_idsite_dates_period_name", ("idsite", "date1", "period")
)


class MissingIndexError(ReadingError):
    """A table has no such index."""

    def __init__(self, prefix: str, index: Index) -> None:
        columns = ", ".join(index.columns)
        table = f"{prefix}{index.table}"
        super().__init__("missing_table", f"{table} has no index on {columns} ({index.name})")


def forced(connection: Connection, index: Index) -> str:
    """FORCE INDEX with the index itself or one that serves as well.

    Raises ReadingError when the table has none. Of a table that is no table, such as a view, the
    server itself says so.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for name, column in connection.rows(_COLUMNS, (f"{connection.prefix}{index.table}",)):
        columns[name] = (*columns.get(name, ()), column)
    if not columns or index.name in columns:
        return f"FORCE INDEX ({index.name})"
    for name, found in columns.items():
        if found[: len(index.columns)] == index.columns:
            return f"FORCE INDEX (`{name}`)"
    raise MissingIndexError(connection.prefix, index)


def made(connection: Connection, index: Index) -> str:
    """The statement that makes it."""
    columns = ", ".join(index.columns)
    return f"ALTER TABLE {connection.table(index.table)} ADD INDEX {index.name} ({columns});"
