"""From a listening socket to HTTP. On a client that says nothing no more than a socket is spent."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

from matomo_archive_exporter.web.access import Access
from matomo_archive_exporter.web.connections import Connections
from matomo_archive_exporter.web.limits import Limits
from matomo_archive_exporter.web.protocol import HttpProtocol

log = logging.getLogger(__name__)

_AT_ONCE = 64
"""Connections taken before those that are there already are served again."""

MakeProtocol = Callable[[Access, Callable[[], None], Callable[[], None]], HttpProtocol]


class Acceptor:
    """Takes connections from a socket; `make_protocol` gets the access in force just then, what to
    call after each answer, and what to call at the end.
    """

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
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError:  # no descriptor is left
                self._connections.end_oldest()
                return
            self._connections.add(Connection(accepted, self._limits, self._connections, self._meet))

    async def _meet(self, connection: "Connection") -> asyncio.Transport:
        access = self._access()
        http = self._make_protocol(access, connection.was_useful, connection.is_over)
        try:
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: http,
                connection.socket,
                ssl=access.tls.context if access.tls else None,
                ssl_handshake_timeout=self._limits.handshake if access.tls else None,
                ssl_shutdown_timeout=self._limits.goodbye if access.tls else None,
            )
        except BaseException:
            http.never_mind()
            raise
        return transport


class Connection:
    """One connection, from the moment it is accepted; `meet` makes it speak TLS and HTTP."""

    def __init__(
        self,
        accepted: socket.socket,
        limits: Limits,
        connections: Connections,
        meet: Callable[["Connection"], Awaitable[asyncio.Transport]],
    ) -> None:
        accepted.setblocking(False)
        self.socket = accepted
        self._connections, self._meet = connections, meet
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(accepted, self._speaks)
        self._silence = self._loop.call_later(limits.first_byte, self._tires)
        self._end: Callable[[], object] = self._hang_up

    def abort(self) -> None:
        """End it at once, whatever it is doing."""
        end, self._end = self._end, _nothing
        end()

    def was_useful(self) -> None:
        """It got an answer."""
        self._connections.was_useful(self)

    def is_over(self) -> None:
        """It has ended."""
        self._connections.remove(self)

    def _tires(self) -> None:
        self.abort()
        self.is_over()

    def _hang_up(self) -> None:
        self._stop_waiting()
        self.socket.close()

    def _stop_waiting(self) -> None:
        self._silence.cancel()
        self._loop.remove_reader(self.socket)

    def _speaks(self) -> None:
        self._stop_waiting()
        self._end = self._loop.create_task(self._introduce()).cancel

    async def _introduce(self) -> None:
        try:
            self._end = (await self._meet(self)).abort
        except OSError as error:  # also of TLS, and when time is up
            log.debug("no TLS", extra={"fields": {"fault": str(error)}})
            error.__traceback__ = None  # its frames know the future that knows the error
            self._end = _nothing
            self.is_over()


def _nothing() -> None:
    """The end of what has ended. What it was before leads to a task, a transport and its buffers:
    kept, they would stay until Python looks for cycles, which it seldom does.
    """
