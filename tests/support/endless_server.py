"""A server that accepts every login and sends answers without end."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.support.rogue_server import _greeting

OK = b"\x00\x00\x00\x02\x00\x00\x00"
_EOF = b"\xfe\x00\x00\x02\x00"
_VERSION = "8.0.36"


def packet(number: int, payload: bytes) -> bytes:
    """One packet of MySQL's protocol."""
    return struct.pack("<I", len(payload))[:3] + bytes([number % 256]) + payload


def _text(value: bytes) -> bytes:
    return bytes([len(value)]) + value


def _head_of_a_result(columns: int = 1) -> bytes:
    column = b"".join(map(_text, (b"def", b"", b"", b"", b"c", b"")))
    column += b"\x0c" + struct.pack("<HIBHB", 45, 1000, 253, 0, 0) + b"\x00\x00"
    named = b"".join(packet(2 + number, column) for number in range(columns))
    return packet(1, bytes([columns])) + named + packet(2 + columns, _EOF)


def version() -> bytes:
    """The answer to SELECT VERSION() and lower_case_table_names."""
    row = packet(5, _text(_VERSION.encode()) + _text(b"0"))
    return _head_of_a_result(2) + row + packet(6, _EOF)


def endless_rows() -> Iterator[bytes]:
    """Short rows, by the thousand."""
    yield _head_of_a_result()
    while True:
        yield b"".join(packet(number, _text(b"x")) for number in range(1000))


def endless_packets() -> Iterator[bytes]:
    """One row in packets of 16 MiB."""
    yield _head_of_a_result()
    most = 2**24 - 1
    while True:
        yield struct.pack("<I", most)[:3] + b"\x04"
        for _ in range(16):
            yield b"\xfc\xff\xff" + b"x" * (2**20 - 3)


def trickle() -> Iterator[bytes]:
    """Yield single bytes, slowly, without end."""
    yield _head_of_a_result()
    yield struct.pack("<I", 200_000)[:3] + b"\x04"
    while True:
        threading.Event().wait(0.2)
        yield b"x"


@contextmanager
def endless(answer: Callable[[], Iterator[bytes]]) -> Iterator[int]:
    """The port of one that answers so to the third SELECT of each client, and to all after it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=_converse, args=(client, answer), daemon=True).start()

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


def _converse(client: socket.socket, answer: Callable[[], Iterator[bytes]]) -> None:
    with client, suppress(OSError, EOFError):
        client.sendall(packet(0, _greeting("mysql_native_password", offers_tls=False)))
        _read(client)
        client.sendall(packet(2, OK))
        while True:
            request = _read(client)
            if b"VERSION()" in request:
                client.sendall(version())
            elif request[1:7].upper() == b"SELECT":
                for part in answer():
                    client.sendall(part)
            else:
                client.sendall(packet(1, OK))


def _read(client: socket.socket) -> bytes:
    with client.makefile("rb") as file:
        header = file.read(4)
        if len(header) < 4:
            raise EOFError
        return file.read(int.from_bytes(header[:3], "little"))
