"""The driver's connection without five habits of the driver.

The driver trusts the system's certificate authorities beside the given one, answers every login
plugin of a server, logs in without TLS where the server offers none, takes answers of any length,
and runs `lsb_release` from PATH for a connection attribute. The overridden methods are private to
the driver (26.10): its version has an upper bound, and a test fails when they change.
"""

import math
import ssl
from typing import Any, cast

from mysql.connector.authentication import MySQLAuthenticator
from mysql.connector.connection import MySQLConnection
from mysql.connector.constants import ClientFlag
from mysql.connector.network import MySQLSocket

from matomo_archive_exporter.readings.database import tls
from matomo_archive_exporter.readings.database.bounded_answer import BoundedBroker
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.login import LoginPolicy, LoginRefused, LoginWatch

_HEADER = 4
"""bytes before the content of a packet"""


class DriverConnection(MySQLConnection):
    """A connection that is open once it is made; `options` are the driver's own.

    Raises what the driver raises, and ReadingError: `unreachable` without TLS where the policy
    needs it, before anything is said, and `access_denied` for a question that is not answered.
    """

    def __init__(
        self, policy: LoginPolicy, statement_timeout: float = math.inf, **options: Any
    ) -> None:
        """`statement_timeout` is for how many seconds a statement may run."""
        self._policy = policy
        self._broker = BoundedBroker(float(options.get("connection_timeout", statement_timeout)))
        self._statement_timeout = statement_timeout
        super().__init__(**options)

    def _get_connection(self) -> MySQLSocket:
        made = super()._get_connection()
        made._netbroker = self._broker
        return made

    def _send_cmd(self, *arguments: Any, **options: Any) -> bytearray | None:
        self._broker.begin(self._statement_timeout)
        return cast("bytearray | None", super()._send_cmd(*arguments, **options))

    def _add_default_conn_attrs(self) -> None:
        """Add none: to find them the driver may start a program."""

    def _do_handshake(self) -> None:
        super()._do_handshake()
        handshake = cast(dict[str, Any], self._handshake)
        will_use_tls = handshake["capabilities"] & ClientFlag.SSL and not self._ssl_disabled
        if self._policy.needs_tls and not will_use_tls:
            why = "a socket has none" if self._unix_socket else "the server has none"
            raise ReadingError("unreachable", f"cannot connect: ssl-mode requires TLS, but {why}")

    def _do_auth(self, *arguments: Any, **options: Any) -> bool:
        self._authenticator = _Authenticator(self._policy)
        try:
            return super()._do_auth(*arguments, **options)
        except LoginRefused as why:
            raise ReadingError("access_denied", f"cannot connect: {why}") from None


class _Authenticator(MySQLAuthenticator):
    """The driver's login, watched."""

    def __init__(self, policy: LoginPolicy) -> None:
        super().__init__()
        self._policy = policy

    def setup_ssl(self, sock: MySQLSocket, *arguments: Any, **options: Any) -> bytes:
        trusting = cast(MySQLSocket, _TlsSocket(sock))
        return super().setup_ssl(trusting, *arguments, **options)

    def authenticate(self, sock: MySQLSocket, handshake: Any, *rest: Any, **more: Any) -> bytes:
        plugin, seed = handshake["auth_plugin"], handshake["auth_data"]
        watch = LoginWatch(plugin, seed, self._policy, has_tls=self.ssl_enabled)
        watched = cast(MySQLSocket, _WatchedSocket(sock, watch))
        return super().authenticate(watched, handshake, *rest, **more)


class _TlsSocket:
    """All that the driver uses of a socket while it begins with TLS."""

    def __init__(self, sock: MySQLSocket) -> None:
        self.send = sock.send
        self.switch_to_ssl = sock.switch_to_ssl

    def build_ssl_context(self, **options: Any) -> ssl.SSLContext:
        return tls.context(
            options["ssl_ca"],
            options["ssl_cert"],
            options["ssl_key"],
            verifies=options["ssl_verify_cert"],
        )


class _WatchedSocket:
    """All that the driver uses of a socket while it logs in."""

    def __init__(self, sock: MySQLSocket, watch: LoginWatch) -> None:
        self.send = sock.send
        self._sock = sock
        self._watch = watch

    def recv(self, *arguments: Any) -> bytes:
        packet = bytes(self._sock.recv(*arguments))
        self._watch.inspect(packet[_HEADER:])
        return packet
