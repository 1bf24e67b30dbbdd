"""Accept connections from listening sockets. A silent client costs only a socket."""

import asyncio
import errno
import socket

from matomo_archive_exporter.web.serving.connections import Connection, Connections, MakeTransport
from matomo_archive_exporter.web.serving.limits import Limits

_AT_ONCE = 64
"""Connections to accept before the open ones are served again."""

_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_REST = 0.1
"""Seconds."""


class Acceptor:
    """Takes connections from sockets."""

    def __init__(
        self, connections: Connections, limits: Limits, make_transport: MakeTransport
    ) -> None:
        self._connections, self._limits, self._make_transport = connections, limits, make_transport
        self._listeners: list[socket.socket] = []

    def listen(self, listener: socket.socket) -> None:
        """Accept from now on; call it in a running loop."""
        listener.setblocking(False)
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)
        self._listeners.append(listener)

    def stop(self) -> None:
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
            self._connections.add(
                Connection(accepted, self._limits, self._connections, self._make_transport)
            )

    def _rest(self, listener: socket.socket) -> None:
        """Pause until descriptors are free: the next try would fail at once."""
        self._connections.make_room()
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)
        loop.call_later(_REST, self._go_on, listener)

    def _go_on(self, listener: socket.socket) -> None:
        if listener in self._listeners:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)
