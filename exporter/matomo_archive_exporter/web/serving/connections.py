"""Every open connection, so that there are never too many, and none for too long."""

from collections.abc import Callable

from matomo_archive_exporter.web.serving.connection import Connection


class Connections:
    """Connections that have said nothing yet, of which there may be `most_silent`, and the others,
    of which there may be `most()`, in the order in which they last did something useful.

    One more ends the one that has been useless for longest, among its own kind: crowds that say
    nothing turn out nobody who speaks. Whoever asks and reads the answer stays; and somebody new,
    such as a health check, is always let in.
    """

    def __init__(self, most_silent: int, most: Callable[[], int]) -> None:
        self._most_silent, self._most = most_silent, most
        self._silent: dict[Connection, None] = {}
        self._others: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._silent) + len(self._others)

    def add(self, connection: Connection) -> None:
        """A new one."""
        self._silent[connection] = None
        _end_surplus(self._silent, self._most_silent)

    def on_first_byte(self, connection: Connection) -> None:
        """It says its first word."""
        self._silent.pop(connection, None)
        self._others[connection] = None
        _end_surplus(self._others, self._most())

    def touch(self, connection: Connection) -> None:
        """It got an answer: all others are older now."""
        if connection in self._others:
            del self._others[connection]
            self._others[connection] = None

    def remove(self, connection: Connection) -> None:
        """It has ended."""
        self._silent.pop(connection, None)
        self._others.pop(connection, None)

    def end_overdue(self, now: float) -> None:
        """End those who were waited for long enough; `now` on the loop's clock."""
        for each in (self._silent, self._others):
            for connection in [one for one in each if one.is_overdue(now)]:
                _end(each, connection)

    def make_room(self) -> None:
        """End one, one that has said nothing first of all."""
        each = self._silent or self._others
        if each:
            _end(each, next(iter(each)))

    def end_all(self) -> None:
        """End every one."""
        while len(self):
            self.make_room()


def _end_surplus(each: dict[Connection, None], most: int) -> None:
    while len(each) > most:
        _end(each, next(iter(each)))


def _end(each: dict[Connection, None], connection: Connection) -> None:
    del each[connection]
    connection.abort()
