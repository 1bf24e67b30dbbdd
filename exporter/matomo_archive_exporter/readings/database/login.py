"""Which login plugins are answered, and over which connections the password itself may go.

The driver (26.10) answers every plugin that a server asks for: mysql_clear_password over any TLS,
and the full exchange of caching_sha2_password, which is the password in plain text, even without
TLS. So anyone who can answer in the server's place only has to ask. LoginWatch stops that.
"""

from dataclasses import dataclass

from matomo_archive_exporter.settings.values import printable

NATIVE, CACHING_SHA2 = "mysql_native_password", "caching_sha2_password"
SHA256, CLEAR = "sha256_password", "mysql_clear_password"

# The first byte of a server's answer during the login.
_MORE_DATA, _NEXT_FACTOR, _SWITCH = b"\x01", b"\x02", b"\xfe"
_FAST_LOGIN, _FULL_EXCHANGE = b"\x03", b"\x04"
_SEED = 20
"""bytes of random text that the password is mixed with; the driver takes one byte for a command"""
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """The demands of a login on its connection.

    `verifies`: TLS checks chain and host name.
    `is_trusted_socket`: only root and the server's user can have put the socket there. An address
    is never trusted, not even 127.0.0.1: any local user can listen there.
    """

    needs_tls: bool = False
    verifies: bool = False
    is_trusted_socket: bool = False


class LoginRefused(Exception):  # noqa: N818 - the exporter refuses, nothing is broken
    """The exporter refuses the login method of the server; the message is one line."""


class LoginWatch:
    """Inspects each packet of one login before the driver answers it."""

    def __init__(self, plugin: str, seed: bytes, policy: LoginPolicy, *, has_tls: bool) -> None:
        """`plugin` and `seed` are those of the greeting. Raises LoginRefused."""
        self._policy = policy
        self._has_tls = has_tls
        self._plugin = self._allowed(plugin, seed)

    def inspect(self, payload: bytes) -> None:
        """A packet of the server, without its header. Raises LoginRefused."""
        kind, data = payload[:1], payload[1:]
        if kind == _SWITCH:
            name, _, seed = data.partition(b"\0")
            plugin = name.decode("ascii", "backslashreplace") or "mysql_old_password"
            self._plugin = self._allowed(plugin, seed)
        elif kind == _MORE_DATA:
            self._on_more_data(data)
        elif kind == _NEXT_FACTOR:
            raise LoginRefused("the server asks for a second factor, which is not supported")

    def _allowed(self, plugin: str, seed: bytes) -> str:
        """The plugin, if it may be answered over this connection."""
        if plugin not in (NATIVE, CACHING_SHA2, SHA256, CLEAR):
            raise LoginRefused(
                "the server asks for login plugin"
                f" {printable(plugin[:_LONGEST_NAME]) or 'without a name'}, which is not"
                f" supported: give its user {NATIVE}, {CACHING_SHA2} or {SHA256}"
            )
        if plugin in (NATIVE, CACHING_SHA2) and len(seed) < _SEED:
            raise LoginRefused(f"the server asks for {plugin} with a seed that is too short")
        if plugin == SHA256 and not self._has_tls:
            raise _in_plain_text(plugin, "needs TLS: set --database.ssl-mode=required")
        if plugin == CLEAR and not (self._has_tls and self._policy.verifies):
            raise _in_plain_text(plugin, "needs a verified server: set --database.ssl-mode=verify")
        return plugin

    def _on_more_data(self, data: bytes) -> None:
        if self._plugin != CACHING_SHA2 or data not in (_FAST_LOGIN, _FULL_EXCHANGE):
            raise LoginRefused(f"the server asks for more than {self._plugin} has")
        is_private = self._has_tls or self._policy.is_trusted_socket
        if data == _FULL_EXCHANGE and not is_private:
            raise _in_plain_text(
                CACHING_SHA2,
                "needs TLS or a trusted socket: set --database.ssl-mode=required",
            )


def _in_plain_text(plugin: str, condition: str) -> LoginRefused:
    return LoginRefused(
        f"the server asks for the password in plain text ({plugin}), which {condition}"
    )
