"""Matomo's tables, empty, in a database of their own; servers with TLS and without."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Database, new_database
from tests.support import certificates, everything, servers
from tests.support.certificates import Certificates
from tests.support.schemas import create_tables
from tests.support.servers import ServerKind


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    servers.parametrize(metafunc)


@pytest.fixture
def matomo(database: Database) -> Database:
    """A database with the tables of a Matomo 5.2.0 that has nothing to do."""
    create_tables(database.connection)
    return database


@pytest.fixture
def full(database: Database) -> Database:
    """A database with everything in it that gives a metric something to say."""
    everything.load(database.connection)
    return database


@pytest.fixture(scope="session")
def ours() -> Iterator[Certificates]:
    """The server's, in a folder that the server's user can read, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        yield certificates.make(Path(folder), "IP:127.0.0.1", rsa=True)


@pytest.fixture(scope="session")
def secure(server_kind: ServerKind, ours: Certificates) -> Iterator[Database]:
    """A database on a server with TLS, with Matomo's tables."""
    options = [f"--ssl-ca={ours.ca}", f"--ssl-cert={ours.cert}", f"--ssl-key={ours.key}"]
    with server_kind.private(options) as server:
        made = new_database(server)
        create_tables(made.connection)
        yield made
        made.connection.close()


@pytest.fixture(scope="session")
def plain(server_kind: ServerKind) -> Iterator[Database]:
    """A database on a server without TLS."""
    with server_kind.private([server_kind.without_tls]) as server:
        made = new_database(server)
        yield made
        made.connection.close()
