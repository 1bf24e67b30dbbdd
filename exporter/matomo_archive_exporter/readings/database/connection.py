"""One connection for one reading: opened, bounded in time, closed.

Nothing outlives a reading, so a changed address, password or primary needs nothing more.
The session's time zone is left alone: Matomo writes `ts_started` with NOW() in the server's
default zone (4.0.0 and later), and only an untouched session reads it back right.
"""

import math
import secrets
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

from mysql.connector import Error as DriverError

from matomo_archive_exporter.readings.database import session_settings
from matomo_archive_exporter.readings.database.driver import DriverConnection
from matomo_archive_exporter.readings.database.errors import (
    ReadingError,
    ReadingStopped,
    connect_failure,
    statement_failure,
)
from matomo_archive_exporter.readings.database.identity import Identity, identity
from matomo_archive_exporter.readings.database.login import LoginPolicy
from matomo_archive_exporter.readings.database.texts import Row as Row
from matomo_archive_exporter.readings.database.texts import decoded
from matomo_archive_exporter.settings.options import DatabaseSettings

DRIVER = "pure"
"""The driver's pure Python form, always: its C extension loads on some systems only, and falls
back silently where it does not. Statements here return few rows, so nothing is lost."""

_PROGRAM = "matomo-archive-exporter"

Parameters = tuple[Any, ...] | dict[str, Any]

# The driver also raises Python's errors: it trusts the server to speak MySQL's protocol.
_DRIVER_ERRORS = (DriverError, OSError, EOFError, IndexError, ValueError, struct.error)

_LOCK_WAIT_ENDED = 1205
_STORED_LOWER = 1
"""lower_case_table_names of servers that write every table's name in lower case"""

# The socket waits this much longer than the server, which is to be the first to give up.
_SOCKET_GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Session:
    """A connection as the server's process list shows it: its id, and the mark of its statements.

    An id alone says nothing: behind one address there may be several servers, each with its own.
    """

    id: int
    mark: str

    def marked(self, statement: str) -> str:
        """The statement with the mark after its first word, by which proxies know what reads."""
        verb, rest = statement.split(maxsplit=1)
        return f"{verb} /* {self.mark} */ {rest}"


class Connection:
    """A bounded, read-only way to ask one database.

    `busy` counts the seconds spent inside it, `waited` those of waiting for locks of others, which
    is no work and does not count as busy.

    `has_failed` after a statement without a result. Where the server did not say so itself, its
    answer may still come and be taken for that to another statement: it `is_lost`, and is not asked
    any more.
    """

    def __init__(
        self,
        raw: DriverConnection,
        tables_prefix: str,
        patience: float,
        should_stop: Callable[[], bool],
    ) -> None:
        """`patience` is for how many seconds a statement waits for locks of others."""
        self._raw = raw
        self._patience = patience
        self.prefix = tables_prefix
        self.session = Session(int(raw.connection_id or 0), f"{_PROGRAM} {secrets.token_hex(8)}")
        self.server_version = ""
        self.busy = self.waited = 0.0
        self.has_failed = False
        self.is_lost = False
        self._should_stop = should_stop

    def table(self, name: str) -> str:
        """The quoted name of one of Matomo's tables."""
        return f"`{self.prefix}{name}`"

    def rows(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one statement, as the driver's Python values; texts are str, never bytes.

        Raises ReadingError, or ReadingStopped when the exporter is stopping.
        """
        if self.is_lost:
            raise ReadingError("lost_connection", "the connection was lost before this statement")
        give_up = time.monotonic() + self._patience
        while True:
            self.check()
            try:
                return self._attempt(statement, parameters)
            except _DRIVER_ERRORS as error:
                if not _is_lock_wait(error) or time.monotonic() >= give_up:
                    self.has_failed = True
                    # Every server sends one.
                    self.is_lost = getattr(error, "sqlstate", None) is None
                    raise statement_failure(error) from error

    def _attempt(self, statement: str, parameters: Parameters) -> list[Row]:
        begun, is_lock_wait = time.monotonic(), False
        try:
            return self._answer(self.session.marked(statement), parameters)
        except _DRIVER_ERRORS as error:
            is_lock_wait = _is_lock_wait(error)
            raise
        except ReadingError:  # the answer is too long, and its rest is still to come
            self.has_failed = self.is_lost = True
            raise
        finally:
            seconds = time.monotonic() - begun
            self.waited += seconds if is_lock_wait else 0.0
            self.busy += 0.0 if is_lock_wait else seconds

    def _answer(self, statement: str, parameters: Parameters) -> list[Row]:
        cursor = self._raw.cursor()
        try:
            cursor.execute(statement, parameters)
            columns = cursor.description
            return decoded(cast(list[Row], cursor.fetchall()), columns) if columns else []
        finally:
            with suppress(DriverError):  # a failed answer has its own error
                cursor.close()

    def check(self) -> None:
        """Raise ReadingStopped when the exporter is stopping; work without statements calls it."""
        if self._should_stop():
            raise ReadingStopped

    def row(self, statement: str, parameters: Parameters = ()) -> Row:
        """The only row of a statement that always has one."""
        return self.rows(statement, parameters)[0]


@contextmanager
def connect(
    settings: DatabaseSettings, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[Connection]:
    """A connection that is closed again at the end, with its limits set.

    `should_stop` is asked before each statement. Raises ReadingError when there is no connection.
    """
    raw = _open(settings, identity(settings))
    try:
        limit = settings.statement_timeout
        connection = Connection(raw, settings.tables_prefix, limit, should_stop)
        for statement in session_settings.OF_EVERY_SERVER:
            connection.rows(statement)
        version, case = connection.row("SELECT VERSION(), @@lower_case_table_names")
        connection.server_version = str(version)
        if int(case) == _STORED_LOWER:  # metadata has no other names then
            connection.prefix = connection.prefix.lower()
        connection.rows(session_settings.time_limit(connection.server_version, limit))
        yield connection
    finally:
        with suppress(Exception):
            raw.close()


def _open(settings: DatabaseSettings, who: Identity) -> DriverConnection:
    try:
        return DriverConnection(
            _policy(settings, who),
            settings.statement_timeout,
            **_address(who),
            **_tls(settings, who),
            user=who.username,
            password=who.password,
            database=who.dbname,
            charset="utf8mb4",
            # Left to itself the driver picks one that only MySQL has for every server from 8.0 on.
            collation="utf8mb4_general_ci",
            use_unicode=True,
            autocommit=True,
            connection_timeout=math.ceil(settings.connect_timeout),
            read_timeout=math.ceil(settings.statement_timeout + _SOCKET_GRACE),
            write_timeout=math.ceil(settings.statement_timeout + _SOCKET_GRACE),
            conn_attrs={"program_name": _PROGRAM},
        )
    except _DRIVER_ERRORS as error:
        raise connect_failure(error) from error


def _policy(settings: DatabaseSettings, who: Identity) -> LoginPolicy:
    """The demands of the login; a trusted socket needs no TLS."""
    is_trusted = who.has_trusted_socket
    return LoginPolicy(
        needs_tls=settings.ssl_mode in ("required", "verify") and not is_trusted,
        verifies=settings.ssl_mode == "verify",
        is_trusted_socket=is_trusted,
    )


def _address(who: Identity) -> dict[str, object]:
    if who.socket is not None:
        return {"unix_socket": str(who.socket)}
    return {"host": who.host, "port": who.port}


def _tls(settings: DatabaseSettings, who: Identity) -> dict[str, object]:
    if settings.ssl_mode == "disabled" or who.socket is not None:
        return {"ssl_disabled": True}
    verify = settings.ssl_mode == "verify"
    paths = {"ssl_ca": settings.ssl_ca, "ssl_cert": settings.ssl_cert, "ssl_key": settings.ssl_key}
    return {
        "ssl_verify_cert": verify,
        "ssl_verify_identity": verify,
        **{name: str(path) for name, path in paths.items() if path is not None},
    }


def negotiated_tls(connection: Connection) -> str:
    """The TLS cipher in use, "" without TLS."""
    rows = connection.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    return str(rows[0][1]) if rows else ""


def _is_lock_wait(error: Exception) -> bool:
    return getattr(error, "errno", None) == _LOCK_WAIT_ENDED
