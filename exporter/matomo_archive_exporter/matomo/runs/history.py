"""The history of a growing figure: its rate, and its value at a time."""

from bisect import bisect_left
from dataclasses import dataclass

_MOST = 400
_HOUR = 3600.0
_SHORTEST = 5.0
"""seconds of history that a rate needs"""


@dataclass(frozen=True, slots=True)
class History:
    """Times in Unix seconds and the counts by then, the oldest first."""

    points: tuple[tuple[float, float], ...] = ()

    def seen(self, at: float, count: float) -> "History":
        """With another point; it leaves out one that is not later than the last."""
        if self.points and at <= self.points[-1][0]:
            return self
        return History(_thinned((*self.points, (at, count))))

    def at(self, moment: float) -> float | None:
        """The count by then; None before the first point."""
        place = bisect_left(self.points, moment, key=lambda point: point[0])
        if place == len(self.points):
            return self.points[-1][1] if self.points else None
        at, count = self.points[place]
        if at == moment:
            return count
        if place == 0:
            return None
        before, counted = self.points[place - 1]
        return counted + (count - counted) * (moment - before) / (at - before)

    @property
    def per_hour(self) -> float | None:
        """The rate over the last hour, or a shorter history; None without growth."""
        if len(self.points) < 2:
            return None
        now, count = self.points[-1]
        since = max(now - _HOUR, self.points[0][0])
        grown = count - (self.at(since) or 0.0)
        return grown * _HOUR / (now - since) if now - since >= _SHORTEST and grown > 0 else None


def _thinned(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Without every other point of the older half, if there are too many."""
    if len(points) <= _MOST:
        return points
    half = len(points) // 2
    return points[:half:2] + points[half:]
