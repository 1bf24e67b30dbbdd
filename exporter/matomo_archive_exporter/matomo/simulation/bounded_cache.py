"""A cache of recent results with a limit on its size."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_ROWS = 20_000


class BoundedCache(Generic[T]):
    """Values by key with their numbers of rows; the least recently used are dropped first."""

    def __init__(self, most_rows: int | None = None) -> None:
        self._most_rows = MOST_ROWS if most_rows is None else most_rows
        self._known: dict[object, tuple[T, int]] = {}
        self._rows = 0

    def get(self, key: object, work_out: Callable[[], tuple[T, int]]) -> T:
        """The value of this key and its number of rows, computed if not in the cache."""
        found = self._known.pop(key, None)
        if found is None:
            found = work_out()
            self._rows += found[1]
        self._known[key] = found
        while self._rows > self._most_rows and len(self._known) > 1:
            self._rows -= self._known.pop(next(iter(self._known)))[1]
        return found[0]
