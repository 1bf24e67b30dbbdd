"""Columns of tables, and the indexes that statements need, under any name."""

from dataclasses import dataclass
from typing import Final

from matomo_archive_exporter.readings.database.connection import Connection, Parameters, Row
from matomo_archive_exporter.readings.database.errors import ReadingError

_HAVING = """
SELECT COUNT(*) FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name = %s AND column_name IN ({names})"""
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
    def __init__(self, table: str, index: Index) -> None:
        columns = ", ".join(index.columns)
        super().__init__("missing_table", f"{table} has no index on {columns} ({index.name})")


def has_columns(connection: Connection, table: str, columns: tuple[str, ...]) -> bool:
    """Whether this user may read these columns; asked without a statement that could fail."""
    statement = _HAVING.format(names=", ".join(f"'{column}'" for column in columns))
    (found,) = connection.row(statement, (f"{connection.prefix}{table}",))
    return int(found) == len(columns)


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
        if getattr(error.__cause__, "errno", None) != _NO_SUCH_INDEX:
            raise
    connection.has_failed = False
    other = f"`{table}` {forced(connection, index, table)}"
    return connection.rows(statement.format(table=other), parameters)


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
