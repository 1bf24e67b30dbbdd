"""A real MariaDB for the whole run, a database of its own for each test that asks for one."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from mysql.connector.connection import MySQLConnection

from matomo_archive_exporter.demo.private_server import PrivateServer
from matomo_archive_exporter.settings.options import DatabaseSettings

USER, PASSWORD = "exporter", "p@ss?w%rd#'\"$"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database; `connection` is root's, `settings` are those of a user who may SELECT."""

    server: PrivateServer
    name: str
    connection: MySQLConnection

    @property
    def settings(self) -> DatabaseSettings:
        """How the exporter connects to it."""
        return DatabaseSettings(
            port=self.server.port, username=USER, password=PASSWORD, dbname=self.name
        )

    @property
    def flags(self) -> list[str]:
        """The same on a command line; the password comes by environment or file."""
        return [
            f"--database.port={self.server.port}",
            f"--database.username={USER}",
            f"--database.dbname={self.name}",
        ]

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """One statement as root."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []  # type: ignore[arg-type]


def new_database(server: PrivateServer) -> Database:
    """A fresh database on a server, which the exporter's user may read."""
    name = f"matomo_test_{next(_numbers)}"
    root = server.connect()
    with root.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        cursor.execute(f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1'")
        cursor.execute(f"ALTER USER {USER}@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
        cursor.execute(f"GRANT SELECT ON {name}.* TO {USER}@'127.0.0.1'")
        cursor.execute(f"USE {name}")
    return Database(server, name, root)


@pytest.fixture(scope="session")
def server() -> Iterator[PrivateServer]:
    """One MariaDB for all tests that do not break it."""
    with PrivateServer() as running:
        yield running


@pytest.fixture
def database(server: PrivateServer) -> Iterator[Database]:
    """A database of the shared server, dropped after the test."""
    made = new_database(server)
    yield made
    made.run(f"DROP DATABASE {made.name}")
    made.connection.close()
