"""Every open connection, so that there are never too many, and none for too long."""

from collections.abc import Callable

from matomo_archive_exporter.web.connection import Connection


class Connections:
    """Connections in the order in which they last did something useful.

    One more than `most()` ends the one that has been useless for longest. Whoever asks and reads
    the answer stays; and somebody new, such as a health check, is always let in.
    """

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._all: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> None:
        """A new one; to make room, old ones are ended."""
        self._all[connection] = None
        while len(self._all) > self._most():
            self.end_oldest()

    def was_useful(self, connection: Connection) -> None:
        """It got an answer: all others are older now."""
        if connection in self._all:
            del self._all[connection]
            self._all[connection] = None

    def remove(self, connection: Connection) -> None:
        """It has ended."""
        self._all.pop(connection, None)

    def end_overdue(self, now: float) -> None:
        """End those who were waited for long enough; `now` on the loop's clock."""
        for connection in [one for one in self._all if one.is_overdue(now)]:
            self._end(connection)

    def end_oldest(self) -> None:
        """End the one that has been useless for longest, if there is one."""
        oldest = next(iter(self._all), None)
        if oldest:
            self._end(oldest)

    def end_all(self) -> None:
        """End every one."""
        while self._all:
            self.end_oldest()

    def _end(self, connection: Connection) -> None:
        del self._all[connection]
        connection.abort()
