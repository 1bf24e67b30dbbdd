"""A bad network to the database: a TCP proxy that spoils the server's answers."""

import select
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Literal, Self

Kind = Literal["cut", "reset", "silence", "garble", "dribble"]
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER without a wait: an RST instead of a FIN
_AT_ONCE = 64 * 1024
_PAUSE = 0.0001  # seconds between two bytes that dribble


@dataclass(frozen=True, slots=True)
class Harm:
    """The damage to the server's answers from byte `at` of a connection on."""

    kind: Kind
    at: int = 0


class Proxy:
    """Passes connections on to a port of 127.0.0.1, each with the next of the harms that are due.

    With none left, connections are passed on as they are.
    """

    def __init__(self, port: int) -> None:
        self.to = port
        """where connections lead from now on"""
        self._due: Iterator[Harm] = iter(())
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self.is_through = True
        """whether every harm was done"""
        self.longest = 0
        """most bytes that the server said on one connection"""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()

    def does(self, harms: Iterable[Harm]) -> None:
        """From the next connection on, a harm each."""
        with self._lock:
            self._due, self.is_through = iter(harms), False

    def _next(self) -> Harm | None:
        with self._lock:
            harm = next(self._due, None)
            self.is_through = harm is None
            return harm

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._is_over.is_set():
                client, _ = self._listener.accept()
                line = threading.Thread(target=self._join, args=(client,), daemon=True)
                line.start()

    def _join(self, client: socket.socket) -> None:
        with ExitStack() as stack, suppress(OSError):
            stack.enter_context(closing(client))
            harm = self._next()
            server = stack.enter_context(socket.create_connection(("127.0.0.1", self.to)))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._carry(client, server, harm)

    def _carry(self, client: socket.socket, server: socket.socket, harm: Harm | None) -> None:
        sent = 0
        while not self._is_over.is_set():
            readable, _, _ = select.select([client, server], [], [], 0.1)
            if client in readable:
                asked = client.recv(_AT_ONCE)
                if not asked:
                    return
                server.sendall(asked)
            if server in readable:
                answer = server.recv(_AT_ONCE)
                if not answer or not _pass_on(client, answer, sent, harm):
                    return
                sent += len(answer)
                self.longest = max(self.longest, sent)


def _pass_on(client: socket.socket, answer: bytes, sent: int, harm: Harm | None) -> bool:
    """Pass on what the server says; whether the connection goes on."""
    whole = len(answer) if harm is None else min(max(0, harm.at - sent), len(answer))
    client.sendall(answer[:whole])
    rest = answer[whole:]
    if harm is None or not rest:
        return True
    if harm.kind == "garble":
        client.sendall(bytes(byte ^ 0xFF for byte in rest))
    elif harm.kind == "dribble":
        for byte in rest:
            client.sendall(bytes([byte]))
            time.sleep(_PAUSE)
    elif harm.kind == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    return harm.kind not in ("cut", "reset")
