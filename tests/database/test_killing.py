"""Stopped in the middle of a statement: that statement is ended on the server, and no other."""

from collections.abc import Iterator
from threading import Thread

import pytest

from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.settings.options import DatabaseSettings
from tests.conftest import USER, Database, new_database
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter, wait_until
from tests.support.proxy import Proxy
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE, locked
from tests.support.servers import ServerKind

_RUNNING = "SELECT id, info FROM information_schema.processlist WHERE user = '{}' AND info <> ''"
# One that MySQL does not end without an error, as it does SLEEP.
_LONG = "SELECT SLEEP(3), COUNT(*) FROM information_schema.collations"


@pytest.fixture(scope="module")
def other_server(server_kind: ServerKind) -> Iterator[PrivateServer]:
    with server_kind.private(server_kind.quick) as running:
        yield running


def running(database: Database, state: str = "") -> list[tuple[int, str]]:
    """Ids and texts of the statements that the exporter's user runs there in such a state."""
    rows = database.run(f"{_RUNNING.format(USER)} AND state LIKE '{state}%'")
    return [(int(str(number)), str(text)) for number, text in rows]


class OtherClient:
    """A program with the same account, whose connection on another server has the same id."""

    def __init__(self, settings: DatabaseSettings, number: int) -> None:
        self._settings, self._number = settings, number
        self.interrupted: bool | None = None

    def run(self) -> None:
        while self.interrupted is None:
            with connect(self._settings) as connection:
                assert connection.session.id <= self._number
                if connection.session.id == self._number:
                    self.interrupted = bool(connection.row(_LONG)[0])


def test_behind_an_address_of_two_servers_only_its_own_statement_is_ended(
    matomo: Database, other_server: PrivateServer
) -> None:
    other = new_database(other_server)
    other.run(f"CREATE DATABASE {matomo.name}")  # as on the other side of a load balancer
    other.run(f"GRANT SELECT ON {matomo.name}.* TO {USER}@127.0.0.1")
    enough = _next_id(other) + 20
    while _next_id(matomo) < enough:  # the other server's ids have not come so far
        pass
    with Proxy(matomo.server.port) as proxy, locked(matomo, "matomo_option"):
        address = f"--database.port={proxy.port}"
        with Exporter(*matomo.flags, address, EVERY_HOUR, variables=PASSWORD_VARIABLE) as exporter:
            waiting = "Waiting for table"
            wait_until(lambda: running(matomo, waiting), "a statement waits for the lock")
            ((number, text),) = running(matomo, waiting)
            other_client = OtherClient(other.settings, number)
            thread = Thread(target=other_client.run)
            thread.start()
            wait_until(lambda: "SLEEP" in str(running(other)), "another client's statement runs")
            assert [each for each, _ in running(other)] == [number]
            proxy.to = other_server.port
            assert exporter.stop()[0] == 0
    thread.join()
    assert other_client.interrupted is False
    assert "/* matomo-archive-exporter " in text


def _next_id(database: Database) -> int:
    with connect(database.settings) as connection:
        return connection.session.id


def test_every_statement_of_a_connection_carries_the_same_mark_and_no_other_does(
    matomo: Database,
) -> None:
    with connect(matomo.settings) as first, connect(matomo.settings) as second:
        own = "SELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID()"
        texts = [str(each.row(own)[0]) for each in (first, first, second)]
        marks = [text.partition("/* ")[2].partition(" */")[0] for text in texts]
    assert marks == [first.session.mark, first.session.mark, second.session.mark]
    assert first.session.mark != second.session.mark
