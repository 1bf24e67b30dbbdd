"""Overlaps as the product reads them, in the words of the naive evaluation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import Connection, connect
from matomo_archive_exporter.readings.overlaps import overlaps
from matomo_archive_exporter.readings.simulation import instance
from tests.conftest import Database
from tests.support.naive_overlaps import Figures, Version

VERSIONS: Mapping[str, Version] = {
    "5.2.0": Version(),
    "5.3.0": Version(in_progress_blocks=True),
    "4.0.5": Version(exempts_other_segments=False),
}


@contextmanager
def connected(database: Database) -> Iterator[tuple[Connection, list[str]]]:
    """A connection and the statements that go over it."""
    with connect(database.settings) as connection:
        statements: list[str] = []
        ask = connection.rows

        def noted(statement: str, parameters: object = ()) -> object:
            statements.append(statement)
            return ask(statement, parameters)  # type: ignore[arg-type]

        connection.rows = noted  # type: ignore[method-assign, assignment]
        yield connection, statements


def read(database: Database, matomo: str = "5.2.0", now: str = "") -> Figures:
    with connected(database) as (connection, _):
        return read_over(connection, matomo, now)


def read_over(connection: Connection, matomo: str = "5.2.0", now: str = "") -> Figures:
    at = server.read(connection)
    behaviour = version.behaviour(matomo, "MYSQLI")
    here = replace(at, utc_now=now or at.utc_now)
    found = overlaps.read(connection, here, instance.read(connection), behaviour)
    return Figures(
        {str(label): rows for label, rows in found.blocked.items()},
        found.duplicates,
        {str(reason): rows for reason, rows in found.orphans.items()},
    )
