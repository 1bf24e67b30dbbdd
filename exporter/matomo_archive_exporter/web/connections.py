"""Every open connection, so that there are never too many."""

from collections.abc import Callable
from typing import Protocol


class Ends(Protocol):
    """What a connection is to the others: something that can be ended at once."""

    def abort(self) -> None:
        """End it now, whatever it is doing."""


class Connections:
    """Connections in the order in which they last did something useful.

    One more than `most()` ends the one that has been useless for longest. Whoever asks and reads
    the answer stays; and somebody new, such as a health check, is always let in.
    """

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._all: dict[Ends, None] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Ends) -> None:
        """A new one; to make room, old ones are ended."""
        self._all[connection] = None
        while len(self._all) > self._most():
            self.end_oldest()

    def was_useful(self, connection: Ends) -> None:
        """It got an answer: all others are older now."""
        if connection in self._all:
            del self._all[connection]
            self._all[connection] = None

    def remove(self, connection: Ends) -> None:
        """It has ended."""
        self._all.pop(connection, None)

    def end_oldest(self) -> None:
        """End the one that has been useless for longest, if there is one."""
        for oldest in self._all:
            del self._all[oldest]
            oldest.abort()
            return

    def end_all(self) -> None:
        """End every one."""
        while self._all:
            self.end_oldest()
