"""Many hostile clients at once, and how long a server keeps each kind of them."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from tests.support.hostile import Attack, Victim, held, is_ended, port_of

_GLANCE = 0.1  # seconds between looks at what the server holds
_DRIP = 1.0  # between two bytes of those that trickle


@dataclass(slots=True)
class Crowd:
    """Clients of one kind; `begun` and `gone` are when the first came and when the server had none
    of them any more.
    """

    clients: list[socket.socket]
    drips: bytes
    begun: float
    gone: float | None = None


class Flood:
    """Crowds of clients at a server, until the end of the block; a thread watches them."""

    def __init__(self, victim: Victim, pid: int) -> None:
        self.victim = victim
        self._pid = pid
        self._crowds: dict[str, Crowd] = {}
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._watch.join()
        for crowd in self._crowds.values():
            for client in crowd.clients:
                client.close()

    def add(self, kind: str, attack: Attack, number: int, drips: bytes = b"") -> None:
        """A crowd of that many; each sends a byte of `drips` a second, over and over."""
        begun = time.monotonic()
        clients = [attack(self.victim) for _ in range(number)]
        self._crowds[kind] = Crowd(clients, drips, begun)

    @property
    def is_gone(self) -> bool:
        """Whether the server holds none of them any more."""
        return all(crowd.gone for crowd in self._crowds.values())

    @property
    def borne(self) -> dict[str, float]:
        """Seconds until the server closed all clients of each kind; infinity if it has not."""
        return {
            kind: crowd.gone - crowd.begun if crowd.gone else float("inf")
            for kind, crowd in self._crowds.items()
        }

    def unaware(self) -> list[str]:
        """The kinds with a client that has not seen the end of its connection."""
        return [
            kind for kind, crowd in self._crowds.items() if not all(map(is_ended, crowd.clients))
        ]

    def _look(self) -> None:
        dripped = time.monotonic()
        while not self._is_over.wait(_GLANCE):
            crowds = [*self._crowds.values()]  # before a look: a client may connect just now
            ports, now = held(self._pid, self.victim.port), time.monotonic()
            for crowd in crowds:
                if not crowd.gone and not any(port_of(each) in ports for each in crowd.clients):
                    crowd.gone = now
            if now - dripped >= _DRIP:
                dripped = now
                for crowd in crowds:
                    _drip(crowd)


def _drip(crowd: Crowd) -> None:
    for client in crowd.clients:
        if crowd.drips and not crowd.gone:
            with suppress(OSError):
                client.send(crowd.drips[:1])
    crowd.drips = crowd.drips[1:] + crowd.drips[:1]
