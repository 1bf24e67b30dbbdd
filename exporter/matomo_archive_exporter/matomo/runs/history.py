"""A figure that only grows, as it was seen now and then: its rate, and what it was at a time."""

from bisect import bisect_left
from dataclasses import dataclass

_MOST = 400
_HOUR = 3600.0
_SHORTEST = 5.0
"""seconds that a rate is told of at least"""


@dataclass(frozen=True, slots=True)
class History:
    """Times in Unix seconds and what was counted by then, the oldest first."""

    points: tuple[tuple[float, float], ...] = ()

    def seen(self, at: float, count: float) -> "History":
        """And another one; what is not later than the last is left out."""
        if self.points and at <= self.points[-1][0]:
            return self
        return History(_thinned((*self.points, (at, count))))

    def at(self, moment: float) -> float | None:
        """What was counted by then; None before the first point."""
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
        """Over the last hour, or as long as it was watched; None where nothing came."""
        if len(self.points) < 2:
            return None
        now, count = self.points[-1]
        since = max(now - _HOUR, self.points[0][0])
        grown = count - (self.at(since) or 0.0)
        return grown * _HOUR / (now - since) if now - since >= _SHORTEST and grown > 0 else None


def _thinned(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Every other one of the older half, once there are too many."""
    if len(points) <= _MOST:
        return points
    half = len(points) // 2
    return points[:half:2] + points[half:]
