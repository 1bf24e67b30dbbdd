"""All open connections, with limits on their number and duration."""

import asyncio
import logging
import math
import socket
from collections.abc import Awaitable, Callable

from matomo_archive_exporter.web.serving.limits import Limits

log = logging.getLogger(__name__)

MakeTransport = Callable[["Connection"], Awaitable[asyncio.Transport]]
"""Starts TLS and HTTP on a connection."""


class Connection:
    """A socket at first; after its first byte `make_transport` starts TLS and HTTP on it.

    The client must send its request by `request_deadline` and read the response by
    `write_deadline`, on the loop's clock. They are plain numbers, checked now and then, because
    timers would cost as much as the rest of a request. The first request is due by
    `first_request_deadline`.
    """

    def __init__(
        self,
        accepted: socket.socket,
        limits: Limits,
        others: "Connections",
        make_transport: "MakeTransport",
    ) -> None:
        accepted.setblocking(False)
        self.socket = accepted
        self._others, self._make_transport = others, make_transport
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(accepted, self._on_readable)
        self._end: Callable[[], object] = self._hang_up
        now = self._loop.time()
        self.first_request_deadline = now + limits.first_request
        self.request_deadline = now + limits.first_byte
        self.write_deadline = math.inf

    def is_overdue(self, now: float) -> bool:
        """Whether one of its deadlines is over."""
        return now > self.request_deadline or now > self.write_deadline

    def abort(self) -> None:
        """End it at once, in any state."""
        end, self._end = self._end, _nothing
        end()

    def touch(self) -> None:
        self._others.touch(self)

    def is_over(self) -> None:
        self._others.remove(self)

    def _hang_up(self) -> None:
        self._loop.remove_reader(self.socket)
        self.socket.close()

    def _on_readable(self) -> None:
        try:
            has_data = bool(self.socket.recv(1, socket.MSG_PEEK))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            has_data = False
        if has_data:
            self._on_first_byte()
        else:  # a client that only leaves sent no byte: it must not count as one that did
            self.abort()
            self.is_over()

    def _on_first_byte(self) -> None:
        self._loop.remove_reader(self.socket)
        self.request_deadline = self.first_request_deadline
        self._others.on_first_byte(self)
        self._end = self._loop.create_task(self._start_protocol()).cancel

    async def _start_protocol(self) -> None:
        try:
            self._end = (await self._make_transport(self)).abort
        except Exception as error:  # of TLS, or a deadline
            log.debug("TLS failed", extra={"fields": {"fault": str(error)}})
            error.__traceback__ = None  # its frames refer to the future that refers to the error
            self._end = _nothing
            self.is_over()


def _nothing() -> None:
    """End a connection that has ended. The function before it refers to a task, a transport and
    buffers, which would stay until Python collects cycles.
    """


class Connections:
    """At most `most_silent` connections that have sent nothing yet, and at most `most()` others, in
    the order of their last response.

    One more ends the oldest of its kind, so silent connections never end active ones. A client that
    requests and reads stays, and a new one, such as a health check, always gets in.
    """

    def __init__(self, most_silent: int, most: Callable[[], int]) -> None:
        self._most_silent, self._most = most_silent, most
        self._silent: dict[Connection, None] = {}
        self._others: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._silent) + len(self._others)

    def add(self, connection: Connection) -> None:
        self._silent[connection] = None
        _end_surplus(self._silent, self._most_silent)

    def on_first_byte(self, connection: Connection) -> None:
        self._silent.pop(connection, None)
        self._others[connection] = None
        _end_surplus(self._others, self._most())

    def touch(self, connection: Connection) -> None:
        """Record that it got a response: now all others are older."""
        if connection in self._others:
            del self._others[connection]
            self._others[connection] = None

    def remove(self, connection: Connection) -> None:
        self._silent.pop(connection, None)
        self._others.pop(connection, None)

    def end_overdue(self, now: float) -> None:
        """End those with a deadline before `now`, on the loop's clock."""
        for each in (self._silent, self._others):
            for connection in [one for one in each if one.is_overdue(now)]:
                _end(each, connection)

    def make_room(self) -> None:
        """End the oldest one, first among those that have sent nothing."""
        each = self._silent or self._others
        if each:
            _end(each, next(iter(each)))

    def end_all(self) -> None:
        while len(self):
            self.make_room()


def _end_surplus(each: dict[Connection, None], most: int) -> None:
    while len(each) > most:
        _end(each, next(iter(each)))


def _end(each: dict[Connection, None], connection: Connection) -> None:
    del each[connection]
    connection.abort()
