"""A server that asks for the password: it speaks MySQL's protocol up to the login."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SEED = bytes(range(65, 85))
_PATIENCE = 5.0
_SSL = 0x0800
# Long passwords, protocol 4.1, connect with database, TLS, secure connection, plugins.
_CAPABILITIES = 0x1 | 0x8 | 0x200 | _SSL | 0x8000 | 0x80000


def switch(plugin: str, seed: bytes = SEED) -> bytes:
    """Log in by another plugin."""
    return b"\xfe" + plugin.encode() + b"\0" + seed + b"\0"


FULL_EXCHANGE = b"\x01\x04"
"""caching_sha2_password: say the password itself"""


@dataclass(slots=True)
class Rogue:
    """Everything that clients sent, decrypted, one login each."""

    port: int
    received: list[bytes] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def everything(self) -> bytes:
        """Of all clients."""
        return b"".join(self.received)


@contextmanager
def rogue(
    *demands: bytes,
    greeting: str = "mysql_native_password",
    tls: ssl.SSLContext | None = None,
    path: Path | None = None,
    says: str = "Access denied",
) -> Iterator[Rogue]:
    """One that makes these demands in turn, and then refuses the login.

    It `says` so in any words. It listens on a port of 127.0.0.1, or on a socket at `path`.
    """
    listener = _listener(path)
    refusal = b"\xff" + struct.pack("<H", 1045) + b"#28000" + says.encode()
    made = Rogue(0 if path else int(listener.getsockname()[1]))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                client.settimeout(_PATIENCE)
                _Login(client, made).hold(greeting, (*demands, refusal), tls)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    yield made
    listener.shutdown(socket.SHUT_RDWR)
    serving.join()
    listener.close()


def _listener(path: Path | None) -> socket.socket:
    if path is None:
        return socket.create_server(("127.0.0.1", 0))
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    made.listen()
    return made


class _Login:
    """One client."""

    def __init__(self, client: socket.socket, to: Rogue) -> None:
        self._client = client
        self._to = to
        self._number = 0

    def hold(self, greeting: str, demands: Sequence[bytes], tls: ssl.SSLContext | None) -> None:
        self._to.received.append(b"")
        try:
            self._send(_greeting(greeting, offers_tls=tls is not None))
            first = self._listen()
            if tls is not None and len(first) == 32:  # the wish for TLS, and no more
                self._client = tls.wrap_socket(self._client, server_side=True)
                self._listen()
            for demand in demands:
                self._send(demand)
                self._listen()
        except (OSError, EOFError) as error:  # the client has had enough
            self._to.faults.append(repr(error))
        finally:
            with closing(self._client):
                pass

    def _send(self, payload: bytes) -> None:
        header = struct.pack("<I", len(payload))[:3] + bytes([self._number])
        self._client.sendall(header + payload)

    def _listen(self) -> bytes:
        header = self._read(4)
        self._number = header[3] + 1
        return self._read(int.from_bytes(header[:3], "little"))

    def _read(self, length: int) -> bytes:
        got = b""
        while len(got) < length:
            part = self._client.recv(length - len(got))
            if not part:
                raise EOFError
            self._to.received[-1] += part
            got += part
        return got


def _greeting(plugin: str, *, offers_tls: bool) -> bytes:
    capabilities = _CAPABILITIES if offers_tls else _CAPABILITIES & ~_SSL
    low, high = capabilities & 0xFFFF, capabilities >> 16
    return (
        b"\x0a8.0.36-rogue\0"
        + struct.pack("<I", 7)
        + SEED[:8]
        + b"\0"
        + struct.pack("<HBHHB", low, 45, 2, high, len(SEED) + 1)
        + bytes(10)
        + SEED[8:]
        + b"\0"
        + plugin.encode()
        + b"\0"
    )
