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

    def speaks(self, connection: "Connection") -> None:
        """It says its first word."""

    def was_useful(self, connection: "Connection") -> None:
        """It got an answer."""

    def remove(self, connection: "Connection") -> None:
        """It has ended."""


class Connection:
    """First a socket and no more; once it says something `meet` makes it speak TLS and HTTP.

    `ask_by` and `read_by` are until when the client has to have asked, and to have read, on the
    loop's clock: plain numbers that somebody looks at now and then, for timers would cost as much
    as the rest of a request. `greet_by` is the limit of `ask_by` for the first request.
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
        self._loop.add_reader(accepted, self._stirs)
        self._end: Callable[[], object] = self._hang_up
        now = self._loop.time()
        self.greet_by = now + limits.greeting
        self.ask_by = now + limits.first_byte
        self.read_by = math.inf

    def is_overdue(self, now: float) -> bool:
        """Whether patience with it is at an end."""
        return now > self.ask_by or now > self.read_by

    def abort(self) -> None:
        """End it at once, whatever it is doing."""
        end, self._end = self._end, _nothing
        end()

    def was_useful(self) -> None:
        """It got an answer."""
        self._others.was_useful(self)

    def is_over(self) -> None:
        """It has ended."""
        self._others.remove(self)

    def _hang_up(self) -> None:
        self._loop.remove_reader(self.socket)
        self.socket.close()

    def _stirs(self) -> None:
        try:
            has_words = bool(self.socket.recv(1, socket.MSG_PEEK))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            has_words = False
        if has_words:
            self._speaks()
        else:  # to leave is not to speak: crowds that come and go must not count as speakers
            self.abort()
            self.is_over()

    def _speaks(self) -> None:
        self._loop.remove_reader(self.socket)
        self.ask_by = self.greet_by
        self._others.speaks(self)
        self._end = self._loop.create_task(self._introduce()).cancel

    async def _introduce(self) -> None:
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
