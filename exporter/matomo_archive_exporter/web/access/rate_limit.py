"""A token bucket: one request an interval, and a burst of some."""

import time
from collections.abc import Callable


class TokenBucket:
    """`interval` in seconds; full at the beginning."""

    def __init__(
        self, interval: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval, self._burst, self._clock = interval, burst, clock
        self._tokens, self._at = float(burst), clock()

    def take(self) -> bool:
        """Whether one more request is within the limit; if so it counts."""
        now = self._clock()
        gained = (now - self._at) / self._interval
        self._tokens, self._at = min(self._burst, self._tokens + gained), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
