"""A MariaDB with a data set, fast enough to measure the exporter and not the server."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from mysql.connector.connection import MySQLConnection

from benchmarks import datasets
from matomo_archive_exporter.settings.options import DatabaseSettings
from tests.support.private_server import PrivateServer

USER = "exporter"
_OPTIONS = ("--innodb-buffer-pool-size=6G", "--innodb-log-file-size=1G", "--userstat=1")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A data set on a running server; `root` may do anything, the exporter's user may read."""

    server: PrivateServer
    root: MySQLConnection
    name: str

    @property
    def settings(self) -> DatabaseSettings:
        """How the exporter connects to it."""
        return DatabaseSettings(port=self.server.port, username=USER, dbname=self.name)

    @property
    def flags(self) -> tuple[str, ...]:
        """The same on its command line."""
        return (
            f"--database.port={self.server.port}",
            f"--database.username={USER}",
            f"--database.dbname={self.name}",
        )

    def scalar(self, statement: str) -> float:
        """The only value of a statement."""
        with self.root.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchall()[0]
            return float(row[0])  # type: ignore[arg-type, index]


@contextmanager
def loaded(name: str) -> Iterator[Loaded]:
    """A server of its own that holds one data set."""
    with PrivateServer(_OPTIONS) as server, closing(server.connect()) as root:
        with root.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE USER {USER}@'127.0.0.1'")
            cursor.execute(f"GRANT SELECT ON {name}.* TO {USER}@'127.0.0.1'")
            cursor.execute(f"USE {name}")
        datasets.load(root, name)
        with root.cursor() as cursor:
            cursor.execute("ANALYZE TABLE matomo_archive_invalidations")
            cursor.fetchall()
        yield Loaded(server, root, name)
