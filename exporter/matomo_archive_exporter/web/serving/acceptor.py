"""From a listening socket to HTTP. On a client that says nothing no more than a socket is spent."""

import asyncio
import errno
import socket
from collections.abc import Callable

from matomo_archive_exporter.web.access.access import Access
from matomo_archive_exporter.web.serving.connection import Connection
from matomo_archive_exporter.web.serving.connections import Connections
from matomo_archive_exporter.web.serving.limits import Limits
from matomo_archive_exporter.web.serving.protocol import HttpProtocol

_AT_ONCE = 64
"""Connections taken before those that are there already are served again."""

_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_REST = 0.1
"""Seconds."""

MakeProtocol = Callable[[Access, Connection], HttpProtocol]


class Acceptor:
    """Takes connections from sockets, and meets each with the access in force just then."""

    def __init__(
        self,
        connections: Connections,
        limits: Limits,
        access: Callable[[], Access],
        make_protocol: MakeProtocol,
    ) -> None:
        self._connections, self._limits = connections, limits
        self._access, self._make_protocol = access, make_protocol
        self._listeners: list[socket.socket] = []

    def listen(self, listener: socket.socket) -> None:
        """From now on; to be called in a running loop."""
        listener.setblocking(False)
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)
        self._listeners.append(listener)

    def stop(self) -> None:
        """No more."""
        while self._listeners:
            asyncio.get_running_loop().remove_reader(self._listeners.pop())

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, _ = listener.accept()
            except OSError as error:
                if error.errno in _NO_ROOM:
                    self._rest(listener)
                return
            self._connections.add(Connection(accepted, self._limits, self._connections, self._meet))

    def _rest(self, listener: socket.socket) -> None:
        """Let descriptors come free: to ask again at once would be to ask without end."""
        self._connections.make_room()
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)
        loop.call_later(_REST, self._go_on, listener)

    def _go_on(self, listener: socket.socket) -> None:
        if listener in self._listeners:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    async def _meet(self, connection: Connection) -> asyncio.Transport:
        access = self._access()
        http = self._make_protocol(access, connection)
        try:
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: http,
                connection.socket,
                ssl=access.tls.context if access.tls else None,
                ssl_handshake_timeout=self._limits.handshake if access.tls else None,
                ssl_shutdown_timeout=self._limits.tls_shutdown if access.tls else None,
            )
        except BaseException:
            http.abandon()
            raise
        return transport
