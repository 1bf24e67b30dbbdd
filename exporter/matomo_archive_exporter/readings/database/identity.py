"""The server and the login, with secret files read at each call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from matomo_archive_exporter.readings.database import socket_file
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.small_file import read_small
from matomo_archive_exporter.settings.values import (
    parse_dbname,
    parse_host,
    parse_socket,
    parse_username,
    path_for_errors,
    split_host,
)

T = TypeVar("T")

_LONGEST = 64 * 1024
"""bytes of a file with a password or a name"""


@dataclass(frozen=True, slots=True)
class Identity:
    """A server and a login. With a `socket` neither host nor port count."""

    host: str
    port: int
    socket: Path | None
    username: str
    password: str = field(repr=False)
    dbname: str

    @property
    def has_trusted_socket(self) -> bool:
        """Whether the server is reached by a socket that only root and its user can have put."""
        return self.socket is not None and socket_file.is_trusted(self.socket)

    @property
    def place(self) -> str:
        """Socket, or host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"socket {self.socket}" if self.socket else f"{host}:{self.port}"


def identity(settings: DatabaseSettings) -> Identity:
    """Host, user, password and database as they are now; secret files are read at each call."""
    file = settings.password_file
    password = settings.password.get_secret_value() if settings.password else ""
    host, port, socket = _address(settings)
    return Identity(
        host,
        port,
        socket,
        username=_named(
            "username", settings.username_file, settings.username or "", parse_username
        ),
        password=password if file is None else _content("password", file),
        dbname=_named("dbname", settings.dbname_file, settings.dbname, parse_dbname),
    )


def is_localhost(settings: DatabaseSettings, host: str) -> bool:
    """Whether nothing but the host says where the server is, so that a socket comes first."""
    return host.lower() == "localhost" and "port" not in settings.model_fields_set


def _address(settings: DatabaseSettings) -> tuple[str, int, Path | None]:
    """Host, port and socket. For localhost without a port PHP takes the server's usual socket."""
    if settings.unix_socket is not None:
        return "", settings.port, settings.unix_socket
    parts = {"host": settings.host}
    if settings.host_file is not None:
        parts = split_host(_content("host", settings.host_file))
    if "unix_socket" in parts:
        return (
            "",
            settings.port,
            _parsed("host", settings.host_file, parts["unix_socket"], parse_socket),
        )
    host = _parsed("host", settings.host_file, parts["host"], parse_host)
    port = int(parts.get("port", settings.port))
    is_bare = "port" not in parts and is_localhost(settings, host)
    return host, port, socket_file.usual() if is_bare else None


def _named(name: str, path: Path | None, fallback: str, parse: Callable[[object], str]) -> str:
    """The checked content of the file, or the fallback without one; errors may show it."""
    return fallback if path is None else _parsed(name, path, _content(name, path), parse)


def _parsed(name: str, path: Path | None, text: str, parse: Callable[[object], T]) -> T:
    if path is not None and not text:
        raise _bad_file(name, path, "the file is empty")
    try:
        return parse(text)
    except ValueError as error:
        raise _bad_file(name, path, str(error)) from None


def _content(name: str, path: Path) -> str:
    """Without the end of its line."""
    try:
        return read_small(path, _LONGEST).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = str(error.strerror) if isinstance(error, OSError) else "not UTF-8 text"
        raise _bad_file(name, path, why) from None


def _bad_file(name: str, path: Path | None, why: str) -> ReadingError:
    place = path_for_errors(path) if path else ""
    return ReadingError("access_denied", f"database.{name}-file: {place}{why}")
