"""A real server for the whole run, a database of its own for each test that asks for one.

A test runs on the machine's own MariaDB. Those below tests/database, and the golden pages, run on
each server that --servers names; a test that states what some of them do is marked with
`only_on`.
"""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from mysql.connector.connection import MySQLConnection
from xdist.remote import Producer

from matomo_archive_exporter.demo import private_server
from matomo_archive_exporter.settings.options import DatabaseSettings
from tests.support import servers, sharing
from tests.support.container import Image
from tests.support.private_server import PrivateServer
from tests.support.servers import ServerKind

USER, PASSWORD = "exporter", "p@ss?w%rd#'\"$"
_numbers = itertools.count(1)

# The same examples each time: chance belongs to `make fuzz`. No deadline: the machine may be busy.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")


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

    def rows_read(self) -> int:
        """Rows that the server has read so far, by any means."""
        return sum(int(str(n)) for _, n in self.run("SHOW GLOBAL STATUS LIKE 'Handler_read%'"))


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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        default=",".join(servers.USUAL),
        help=f"'all', or some of {','.join(servers.KINDS)} (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # A free port may be taken before it is bound: each worker has its own, without the defaults.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    private_server.PORTS = private_server.PORTS[2000 + worker % 8 :: 8]
    config.addinivalue_line("markers", "only_on(names, reason): on these servers alone")
    # The driver's opinion of the newest cipher that MySQL 8.0.12 has.
    config.addinivalue_line(
        "filterwarnings", "ignore:This connection is using TLS:DeprecationWarning"
    )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> sharing.Groups:
    """Say which tests run in the same worker."""
    config.option.loadscopereorder = False
    return sharing.Groups(config, log)


@pytest.hookimpl(trylast=True)  # after pytest's own order
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a test does not speak of, rather than skip it; finish server by server."""
    outside = [item for item in items if not _speaks_of_its_server(item)]
    if outside:
        config.hook.pytest_deselected(items=outside)
    items[:] = sharing.in_order([item for item in items if item not in outside])


def _speaks_of_its_server(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("only_on")
    if mark is None:
        return True
    kind = servers.KINDS[sharing.server_of(item)]
    return not {kind.name, kind.family}.isdisjoint(mark.args)


@pytest.fixture(scope="session")
def server_kind(request: pytest.FixtureRequest) -> ServerKind:
    """Which server the test is about."""
    return servers.KINDS[getattr(request, "param", servers.MACHINES_OWN)]


@pytest.fixture(scope="session")
def server(server_kind: ServerKind) -> Iterator[PrivateServer]:
    """One server for all tests that do not break it."""
    with server_kind.private(server_kind.quick) as running:
        yield running


@pytest.fixture(scope="session")
def image() -> Image:
    """The container image of the working tree."""
    return Image.build()


@pytest.fixture
def database(server: PrivateServer) -> Iterator[Database]:
    """A database of the shared server, dropped after the test."""
    made = new_database(server)
    yield made
    made.run(f"DROP DATABASE {made.name}")
    made.connection.close()
