"""Limits on the size and time of a server's answer: a broken or hostile server may never end.

The memory limits of the unit and the chart follow from this. Real answers are far smaller: large
tables are read in pieces.
"""

import socket
import time
from typing import Final

from mysql.connector.errors import InterfaceError
from mysql.connector.network import NetworkBrokerPlain

from matomo_archive_exporter.readings.database.errors import ReadingError

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_PACKETS: Final = 500_000
"""A row is a packet."""
TRANSFER: Final = 10.0
"""Seconds that an answer may take beyond the time limit of what it answers."""

_LOST: Final = 2013


class BoundedBroker(NetworkBrokerPlain):
    """Takes packets off the driver's socket, up to the limits of one answer.

    Beyond them it raises ReadingError: `bad_data`, after which nothing more can be read.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.begin(seconds)

    def begin(self, seconds: float) -> None:
        """Another answer, to something that may take `seconds`."""
        self._until = time.monotonic() + seconds + TRANSFER
        self._bytes, self._packets = MOST_BYTES, MOST_PACKETS

    def recv(self, sock: socket.socket, address: str) -> bytearray:
        """The next packet, at most 16 MiB."""
        self._packets -= 1
        if self._packets < 0:
            raise ReadingError("bad_data", f"the server's answer has more than {MOST_PACKETS} rows")
        return super().recv(sock, address)

    def _recv_chunk(self, sock: socket.socket, size: int = 0) -> bytearray:
        self._bytes -= size
        if self._bytes < 0:
            most = MOST_BYTES // 2**20
            raise ReadingError("bad_data", f"the server's answer has more than {most} MiB")
        chunk = bytearray(size)
        view = memoryview(chunk)
        while view:
            if time.monotonic() > self._until:
                raise TimeoutError
            read = sock.recv_into(view)
            if not read:
                raise InterfaceError(errno=_LOST)
            view = view[read:]
        return chunk
