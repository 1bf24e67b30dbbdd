"""HTTP on one connection: uvicorn's protocol with limits on time and size."""

import asyncio
import math

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from matomo_archive_exporter.web.access.access import Access, Client
from matomo_archive_exporter.web.access.tls import names_of_client
from matomo_archive_exporter.web.serving.connections import Connection
from matomo_archive_exporter.web.serving.limits import Limits


class HttpProtocol(HttpToolsProtocol):
    """Sets the deadlines of its connection.

    uvicorn's own timer ends only idle connections, and any byte, even of an unread body, keeps a
    connection from being idle.
    """

    def __init__(
        self,
        config: Config,
        state: ServerState,
        access: Access,
        limits: Limits,
        connection: Connection,
    ) -> None:
        super().__init__(config, state, {})
        self._access, self._limits, self._connection = access, limits, connection
        self._is_in_head = self._is_in_message = False
        self._message_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Record the client's certificate and the access in force."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        client = Client(self._access, names_of_client(tls) if tls else None)
        self.app_state = {"client": client}
        self._ask_within(self._limits.head, self._connection.first_request_deadline)

    def abandon(self) -> None:
        """Break the cycle of parser and protocol: no connection will be made."""
        self.parser = None  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer and leave the list of connections."""
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._connection.is_over()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """The client sends no more, but may still read the response."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering:
            self.cycle.keep_alive = False
        return is_answering and self.scheme == "http"  # TLS cannot be half closed

    def data_received(self, data: bytes) -> None:
        """Take some bytes, up to the limit of a message: no request needs a body."""
        super().data_received(data)
        self._message_bytes = self._message_bytes + len(data) if self._is_in_message else 0
        if self._message_bytes > self._limits.head_bytes and not self.transport.is_closing():
            self._refuse()

    def _refuse(self) -> None:
        if self._is_in_head:
            self.send_400_response("The head of the request is too large.")
        else:  # it has its response, or gets it now
            self.transport.close()

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        if len(self.pipeline) >= self._limits.pipelined:
            raise httptools.HttpParserError("too many requests at once")
        super().on_message_begin()
        self._is_in_head = self._is_in_message = True
        self._ask_within(self._limits.head, self._connection.request_deadline)

    def on_url(self, url: bytes) -> None:
        """Take a part of the address; to parse a long one costs far more than to receive it."""
        super().on_url(url)
        if len(self.url) > self._limits.url_bytes:
            raise httptools.HttpParserError("the address is too long")

    def _should_upgrade(self) -> bool:
        """Never, so no header is searched for it."""
        return False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one line of the head; ignore those after a body."""
        if not self._is_in_head:
            return
        if len(self.headers) >= self._limits.headers:
            raise httptools.HttpParserError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer after a whole head, without the body."""
        self._is_in_head = False
        self._connection.request_deadline = math.inf
        super().on_headers_complete()
        if self.parser.should_upgrade():  # the rest is not HTTP
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Take the end of the body, if any."""
        super().on_message_complete()
        self._is_in_message = False

    def on_response_complete(self) -> None:
        """Wait for the next request; the client may not have read the response yet."""
        super().on_response_complete()
        self._unset_keepalive_if_required()
        self._connection.touch()
        if not self._is_in_head and self.cycle.response_complete:  # else the next one has begun
            self.headers.clear()  # the next request may come late
            self._ask_within(self._limits.idle)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._connection.write_deadline = self.loop.time() + self._limits.write

    def resume_writing(self) -> None:
        super().resume_writing()
        self._connection.write_deadline = math.inf

    def _ask_within(self, seconds: float, at_most: float = math.inf) -> None:
        self._connection.request_deadline = min(self.loop.time() + seconds, at_most)
