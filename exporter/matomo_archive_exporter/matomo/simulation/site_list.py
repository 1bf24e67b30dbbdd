"""The rows of one site that the archiver has yet to see, in its order."""

from bisect import bisect_left
from collections.abc import Iterable

from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation


class SiteList:
    """First the rows put off before, then those never seen; both in Matomo's order.

    A row goes by its number, its place in `rows`, which only grows.
    """

    def __init__(self, rows: Iterable[Invalidation]) -> None:
        self.rows = list(rows)
        self.has_put_off = False
        """whether a row was put off since the last rewind"""
        self._before: list[int] = []
        self._seen = 0
        """how many of `_before` were taken since the last rewind"""
        self._put_off: list[int] = []
        self._ahead = list(range(len(self.rows)))
        self._next = 0

    def take(self) -> int | None:
        """The number of the next row, which leaves the list; None at its end."""
        if self._seen < len(self._before):
            self._seen += 1
            return self._before[self._seen - 1]
        if self._next < len(self._ahead):
            self._next += 1
            return self._ahead[self._next - 1]
        return None

    def put_off(self, number: int) -> None:
        """Give a row back, to be seen again after the next rewind."""
        self.has_put_off = True
        self._put_off.append(number)

    def rewind(self) -> bool:
        """Start again with all rows left; whether any row was put off since the last time."""
        had_put_off, self.has_put_off = self.has_put_off, False
        self._before = self._put_off + self._before[self._seen :]
        self._put_off, self._seen = [], 0
        return had_put_off

    def insert(self, row: Invalidation) -> None:
        """Add a new row, just after a rewind: first of its rank, for its id is the highest."""
        number = len(self.rows)
        self.rows.append(row)
        place = bisect_left(self._before, row.rank, key=self._rank)
        if place < len(self._before):
            self._before.insert(place, number)
        else:
            self._ahead.insert(
                bisect_left(self._ahead, row.rank, lo=self._next, key=self._rank), number
            )

    def _rank(self, number: int) -> tuple[int, int, int]:
        return self.rows[number].rank
