"""Helpers for tests of running exporters: databases with tables, locks, connections."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.conftest import PASSWORD, USER, Database, new_database
from tests.support import everything, web_config
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter
from tests.support.scrape import basic
from tests.support.web_config import ALICE, WebConfig, users

PASSWORD_VARIABLE = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
EVERY_50_MS = ("--collect.interval=50ms", "--collect.duty-cycle=1")
EVERY_HOUR = "--collect.interval=1h"


@contextmanager
def matomo_on(server: PrivateServer) -> Iterator[Database]:
    """A database with everything in it, for as long as the block lasts."""
    database = new_database(server)
    with closing(database.connection):
        everything.load(database.connection)
        yield database
    with closing(server.connect()) as root:  # the first one may be gone with a server that broke
        root.cmd_query(f"DROP DATABASE {database.name}")


@contextmanager
def locked(database: Database, table: str) -> Iterator[None]:
    """Lock the table against all other readers for as long as the block lasts."""
    with closing(database.server.connect(database.name)) as other:
        other.cmd_query(f"LOCK TABLES {table} WRITE")
        yield


@contextmanager
def locked_between_readings(database: Database, table: str) -> Iterator[None]:
    """The same, from a moment on at which the exporter was not connected: its next reading, from
    the first collector on, finds the lock, and none of it has been read before."""
    while True:
        with locked(database, table):
            if not sessions(database):
                yield
                return


def sessions(database: Database, user: str = USER) -> list[str]:
    """The statement of each connection of the exporter to this database."""
    statement = (
        "SELECT COALESCE(state, '') FROM information_schema.processlist"
        f" WHERE user = '{user}' AND db = '{database.name}'"
    )
    with closing(database.server.connect()) as root, root.cursor() as cursor:
        cursor.execute(statement)
        return [str(state) for (state,) in cursor.fetchall()]


@contextmanager
def secure_exporter(database: Database, folder: Path) -> Iterator[Exporter]:
    """An exporter with TLS and users, asked as one of them, that has read the database once."""
    web = WebConfig.make(folder, basic_auth_users=users())
    flags, login = (*database.flags, EVERY_HOUR, web.flag), basic(ALICE, web_config.PASSWORD)
    with Exporter(*flags, variables=PASSWORD_VARIABLE, tls=web.client(), login=login) as running:
        running.wait_for(lambda page: page.up)
        yield running
