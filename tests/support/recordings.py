"""Puts the tables of a recorded Matomo into a database."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from mysql.connector.abstracts import MySQLConnectionAbstract

from tests.support.schemas import Form, create_tables

RECORDINGS = Path(__file__).parents[1] / "recordings"
_SUFFIX = ".json.gz"
_ROWS_AT_ONCE = 5_000  # in one statement, which has to stay below max_allowed_packet

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a recording; dates and times are text, those of TIMESTAMP columns in UTC."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    @classmethod
    def of(cls, records: Sequence[Mapping[str, Value]]) -> Self:
        """Make a table of records that all have the same columns in the same order."""
        columns = tuple(records[0]) if records else ()
        return cls(columns, tuple(tuple(record.values()) for record in records))


def names() -> list[str]:
    """Every recording there is, in alphabetical order."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in RECORDINGS.glob(f"*{_SUFFIX}"))


def read(name: str) -> dict[str, Table]:
    """Give the tables of a recording by their names without prefix."""
    with gzip.open(RECORDINGS / f"{name}{_SUFFIX}", "rt", encoding="utf-8") as file:
        tables = json.load(file)
    return {
        table: Table(tuple(content["columns"]), tuple(map(tuple, content["rows"])))
        for table, content in tables.items()
    }


def load(
    connection: MySQLConnectionAbstract,
    name: str,
    prefix: str = "matomo_",
    form: Form = "5.2.0",
) -> None:
    """Create the tables of a Matomo of that form and fill them with the recording's rows."""
    create_tables(connection, form, prefix)
    with utc_session(connection):
        for table, content in read(name).items():
            insert(connection, f"{prefix}{table}", content)
    connection.commit()


def insert(connection: MySQLConnectionAbstract, table: str, content: Table) -> None:
    """Insert the rows as they are, ids included; without a commit."""
    columns = ", ".join(f"`{column}`" for column in content.columns)
    places = ", ".join(["%s"] * len(content.columns))
    statement = f"INSERT INTO `{table}` ({columns}) VALUES ({places})"
    with connection.cursor() as cursor:
        for start in range(0, len(content.rows), _ROWS_AT_ONCE):
            cursor.executemany(statement, content.rows[start : start + _ROWS_AT_ONCE])


@contextmanager
def utc_session(connection: MySQLConnectionAbstract) -> Iterator[None]:
    """Run the session in UTC, in which TIMESTAMP columns were recorded, then as it was before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@session.time_zone")
        (before,) = cast("tuple[str]", cursor.fetchone())
        cursor.execute("SET time_zone = '+00:00'")
        try:
            yield
        finally:
            cursor.execute("SET time_zone = %s", (before,))
