"""One connection, from the moment it is accepted to its end."""

import asyncio
import logging
import math
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

from matomo_archive_exporter.web.serving.limits import Limits

log = logging.getLogger(__name__)


class Others(Protocol):
    """All connections together."""

    def on_first_byte(self, connection: "Connection") -> None:
        """It says its first word."""

    def touch(self, connection: "Connection") -> None:
        """It got an answer."""

    def remove(self, connection: "Connection") -> None:
        """It has ended."""


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
        others: Others,
        meet: Callable[["Connection"], Awaitable[asyncio.Transport]],
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
        """It got an answer."""
        self._others.touch(self)

    def is_over(self) -> None:
        """It has ended."""
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
