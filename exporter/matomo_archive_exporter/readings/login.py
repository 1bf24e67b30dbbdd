"""Which login plugins are answered, and over which connections the password itself may go.

The driver (26.10) answers whatever a server asks for: mysql_clear_password over any TLS, and the
full exchange of caching_sha2_password, which is the password in plain text, even without TLS. So
anyone who can answer in the server's place only has to ask. This is what stops it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matomo_archive_exporter.settings.values import printable

NATIVE, CACHING_SHA2 = "mysql_native_password", "caching_sha2_password"
SHA256, CLEAR = "sha256_password", "mysql_clear_password"

# The first byte of what a server says after the client's first answer.
_MORE_DATA, _NEXT_FACTOR, _SWITCH = b"\x01", b"\x02", b"\xfe"
_FAST_LOGIN, _FULL_EXCHANGE = b"\x03", b"\x04"
_SEED = 20
"""bytes of the random text that a password is mixed with; the driver takes less for a command"""
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """What a login demands of the connection, and what is known of it beforehand.

    `verifies`: TLS goes on only with a server whose chain and host name are right.
    `is_trusted_socket`: only root and the server's user can have put the socket there. An address
    is never trusted for itself, 127.0.0.1 no more than another: any local user can listen there.
    """

    needs_tls: bool = False
    verifies: bool = False
    is_trusted_socket: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """The connection on which the login is made."""

    policy: LoginPolicy
    has_tls: bool

    @property
    def is_private(self) -> bool:
        """Nobody listens, though somebody may answer in the server's place."""
        return self.has_tls or self.policy.is_trusted_socket

    @property
    def is_verified(self) -> bool:
        """The other end is the server."""
        return self.has_tls and self.policy.verifies


class LoginRefused(Exception):  # noqa: N818 - the exporter refuses, nothing is broken
    """The server's question is not answered; the message says why, in one line."""


_ALLOWED: Mapping[str, tuple[Callable[[_Line], bool], str]] = {
    NATIVE: (lambda line: True, ""),
    CACHING_SHA2: (lambda line: True, ""),
    SHA256: (lambda line: line.has_tls, "required"),
    CLEAR: (lambda line: line.is_verified, "verify"),
}
"""Plugins that are answered, each with its condition and the ssl-mode that fulfils it."""


def _require_allowed(plugin: str, line: _Line) -> None:
    if plugin not in _ALLOWED:
        name = printable(plugin[:_LONGEST_NAME]) or "without a name"
        raise LoginRefused(
            f"the server asks for login plugin {name}, which is not answered:"
            f" give its user {NATIVE}, {CACHING_SHA2} or {SHA256}"
        )
    is_allowed, ssl_mode = _ALLOWED[plugin]
    if not is_allowed(line):
        raise _in_plain_text(plugin, ssl_mode)


def _in_plain_text(plugin: str, ssl_mode: str) -> LoginRefused:
    return LoginRefused(
        f"the server asks for the password in plain text ({plugin}), which needs"
        f" --database.ssl-mode={ssl_mode}"
    )


class LoginWatch:
    """Follows one login from the greeting on, and stops it before the driver answers too much."""

    def __init__(self, plugin: str, policy: LoginPolicy, *, has_tls: bool) -> None:
        """`plugin` is the one that the greeting names. Raises LoginRefused."""
        self._line = _Line(policy, has_tls)
        self._plugin = plugin
        _require_allowed(plugin, self._line)

    def see(self, payload: bytes) -> None:
        """What the server says next, before it is answered. Raises LoginRefused."""
        kind, data = payload[:1], payload[1:]
        if kind == _SWITCH:
            self._switch(data)
        elif kind == _MORE_DATA:
            self._more(data)
        elif kind == _NEXT_FACTOR:
            raise LoginRefused("the server asks for a second factor, and the exporter has none")

    def _switch(self, data: bytes) -> None:
        name, _, seed = data.partition(b"\0")
        plugin = name.decode("ascii", "backslashreplace") or "mysql_old_password"
        _require_allowed(plugin, self._line)
        if plugin in (NATIVE, CACHING_SHA2) and len(seed) < _SEED:
            raise LoginRefused(f"the server asks for {plugin} in a way that no server does")
        self._plugin = plugin

    def _more(self, data: bytes) -> None:
        if self._plugin != CACHING_SHA2 or data not in (_FAST_LOGIN, _FULL_EXCHANGE):
            raise LoginRefused(f"the server asks for more than {self._plugin} has to say")
        if data == _FULL_EXCHANGE and not self._line.is_private:
            raise _in_plain_text(CACHING_SHA2, "required")
