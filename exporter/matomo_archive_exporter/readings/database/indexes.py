"""Indexes that statements are made for, by their columns: another name serves as well."""

from dataclasses import dataclass
from typing import Final

from matomo_archive_exporter.readings.database.connection import Connection, Parameters, Row
from matomo_archive_exporter.readings.database.errors import ReadingError

_COLUMNS = """
SELECT index_name, column_name FROM information_schema.statistics
WHERE table_schema = DATABASE() AND table_name = %s ORDER BY index_name, seq_in_index"""
_NO_SUCH_INDEX = 1176


@dataclass(frozen=True, slots=True)
class Index:
    """An index of Matomo's tables: its usual name, and the columns that it begins with."""

    name: str
    columns: tuple[str, ...]


QUEUE_BY_ID: Final = Index("PRIMARY", ("idinvalidation",))
QUEUE_BY_SITE: Final = Index("index_idsite_dates_period_name", ("idsite", "date1", "period"))
# There in every Matomo 4 and 5.
ARCHIVES_BY_PERIOD: Final = Index("index_period_archived", ("period", "ts_archived"))
ARCHIVES_BY_SITE: Final = Index("index_idsite_dates_period", ("idsite", "date1", "date2", "period"))
VISITS_BY_TIME: Final = Index("index_idsite_datetime", ("idsite", "visit_last_action_time"))


class MissingIndexError(ReadingError):
    """A table has no such index."""

    def __init__(self, table: str, index: Index) -> None:
        columns = ", ".join(index.columns)
        super().__init__("missing_table", f"{table} has no index on {columns} ({index.name})")


def rows_by(
    connection: Connection, index: Index, table: str, statement: str, parameters: Parameters = ()
) -> list[Row]:
    """All rows of a statement in which `{table}` stands for the table, read by this index.

    Only where the index has another name than usual the server is asked which there are.
    """
    try:
        usual = f"`{table}` FORCE INDEX ({index.name})"
        return connection.rows(statement.format(table=usual), parameters)
    except ReadingError as error:
        if not is_missing_index(error):
            raise
    connection.has_failed = False
    other = f"`{table}` {forced(connection, index, table)}"
    return connection.rows(statement.format(table=other), parameters)


def is_missing_index(error: ReadingError) -> bool:
    """Whether the server says that it has no index of a name."""
    return getattr(error.__cause__, "errno", None) == _NO_SUCH_INDEX


def forced(connection: Connection, index: Index, table: str) -> str:
    """FORCE INDEX with the index of a table itself, or one that serves as well.

    Raises ReadingError when the table has none. Of a table that is no table, such as a view, the
    server itself says so.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for name, column in connection.rows(_COLUMNS, (table,)):
        columns[name] = (*columns.get(name, ()), column)
    if not columns or index.name in columns:
        return f"FORCE INDEX ({index.name})"
    for name, found in columns.items():
        if found[: len(index.columns)] == index.columns:
            return f"FORCE INDEX (`{name}`)"
    raise MissingIndexError(table, index)


def made(table: str, index: Index) -> str:
    """The statement that makes it."""
    columns = ", ".join(index.columns)
    return f"ALTER TABLE `{table}` ADD INDEX {index.name} ({columns});"
