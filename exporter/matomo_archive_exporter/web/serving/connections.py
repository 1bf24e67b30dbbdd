"""Every open connection, from the moment it is accepted to its end: never too many, and none for
too long.
"""

import asyncio
import logging
import math
import socket
from collections.abc import Awaitable, Callable

from matomo_archive_exporter.web.serving.limits import Limits

log = logging.getLogger(__name__)

Meet = Callable[["Connection"], Awaitable[asyncio.Transport]]
"""Makes a connection that says something speak TLS and HTTP."""


class Connection:
    """First a socket and no more; once it says something `meet` makes it speak TLS and HTTP.

    By `request_deadline` the client must have asked, by `write_deadline` it must have read what was
    sent, on the loop's clock: plain numbers that somebody looks at now and then, for timers would
    cost as much as the rest of a request. Its first request is due by `first_request_deadline`.
    """

    def __init__(
        self,
        accepted: socket.socket,
        limits: Limits,
        others: "Connections",
        meet: "Meet",
    ) -> None:
        accepted.setblocking(False)
        self.socket = accepted
        self._others, self._meet = others, meet
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(accepted, self._on_readable)
        self._end: Callable[[], object] = self._hang_up
        now = self._loop.time()
        self.first_request_deadline = now + limits.first_request
        self.request_deadline = now + limits.first_byte
        self.write_deadline = math.inf

    def is_overdue(self, now: float) -> bool:
        """Whether patience with it is at an end."""
        return now > self.request_deadline or now > self.write_deadline

    def abort(self) -> None:
        """End it at once, whatever it is doing."""
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
        else:  # to leave is not to speak: crowds that come and go must not count as speakers
            self.abort()
            self.is_over()

    def _on_first_byte(self) -> None:
        self._loop.remove_reader(self.socket)
        self.request_deadline = self.first_request_deadline
        self._others.on_first_byte(self)
        self._end = self._loop.create_task(self._start_protocol()).cancel

    async def _start_protocol(self) -> None:
        try:
            self._end = (await self._meet(self)).abort
        except Exception as error:  # of TLS, or time is up
            log.debug("no TLS", extra={"fields": {"fault": str(error)}})
            error.__traceback__ = None  # its frames know the future that knows the error
            self._end = _nothing
            self.is_over()


def _nothing() -> None:
    """The end of what has ended. What it was before leads to a task, a transport and its buffers:
    kept, they would stay until Python looks for cycles, which it seldom does.
    """


class Connections:
    """Connections that have said nothing yet, of which there may be `most_silent`, and the others,
    of which there may be `most()`, in the order in which they last did something useful.

    One more ends the one that has been useless for longest, among its own kind: crowds that say
    nothing turn out nobody who speaks. Whoever asks and reads the answer stays; and somebody new,
    such as a health check, is always let in.
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
        """It got an answer: all others are older now."""
        if connection in self._others:
            del self._others[connection]
            self._others[connection] = None

    def remove(self, connection: Connection) -> None:
        self._silent.pop(connection, None)
        self._others.pop(connection, None)

    def end_overdue(self, now: float) -> None:
        """End those who were waited for long enough; `now` on the loop's clock."""
        for each in (self._silent, self._others):
            for connection in [one for one in each if one.is_overdue(now)]:
                _end(each, connection)

    def make_room(self) -> None:
        """End one, one that has said nothing first of all."""
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
