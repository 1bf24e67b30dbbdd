"""HTTP on the level of bytes: anything can be sent, and a strict look at the answers."""

import errno
import re
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

_PATIENCE = 30.0
_A_MOMENT = 0.001
"""Lets what was sent arrive on its own."""

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [ -~]*)?\r\n")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): *([^\r\n\0]*)\r\n")


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; names of headers are lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


def send_pieces(port: int, pieces: Iterable[bytes], *, ends: bool = True) -> bytes:
    """Send the pieces one by one, end the sending side, and give all that came back.

    A server may take that end for a good-bye, so a client with a slow request does not send it.
    """
    with socket.create_connection(("127.0.0.1", port), _PATIENCE) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                client.sendall(piece)
                time.sleep(_A_MOMENT)
            if ends:
                client.shutdown(socket.SHUT_WR)
        except OSError as error:  # closed on us, which is an answer too
            if not isinstance(error, ConnectionError) and error.errno != errno.ENOTCONN:
                raise
        return _all_from(client)


def _all_from(client: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionError):
        while chunk := client.recv(1 << 16):
            received += chunk
    return received


def responses(received: bytes) -> list[Response]:
    """Parse a server's answers; fails if they are no HTTP.

    The answer to HEAD has no body, so what looks like another answer is one.
    """
    found = []
    while received:
        status = _STATUS.match(received)
        assert status, f"no status line: {received[:80]!r}"
        headers, received = _headers(received[status.end() :])
        body, received = _body(headers, received)
        found.append(Response(int(status[1]), headers, body))
    return found


def _headers(received: bytes) -> tuple[dict[bytes, bytes], bytes]:
    headers: dict[bytes, bytes] = {}
    while not received.startswith(b"\r\n"):
        header = _HEADER.match(received)
        assert header, f"no header: {received[:80]!r}"
        headers[header[1].lower()] = header[2]
        received = received[header.end() :]
    return headers, received[2:]


def _body(headers: dict[bytes, bytes], received: bytes) -> tuple[bytes, bytes]:
    if received == b"" or received.startswith(b"HTTP/1."):
        return b"", received
    if b"content-length" not in headers:
        assert headers.get(b"connection") == b"close", "a body without a length or an end"
        return received, b""
    length = int(headers[b"content-length"])
    assert len(received) >= length, "a body that is cut off"
    return received[:length], received[length:]
