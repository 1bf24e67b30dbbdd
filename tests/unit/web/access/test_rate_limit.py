"""One request an interval, and a burst of some."""

from matomo_archive_exporter.web.access.access import TokenBucket


class Clock:
    """Seconds, as they are set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(bucket: TokenBucket, times: int) -> int:
    return sum(bucket.take() for _ in range(times))


def test_a_burst_is_allowed_and_no_more() -> None:
    assert taken(TokenBucket(10, 3, Clock()), 5) == 3


def test_one_more_request_is_allowed_after_each_interval() -> None:
    clock = Clock()
    bucket = TokenBucket(10, 3, clock)
    taken(bucket, 3)
    clock.now += 9.9
    assert not bucket.take()
    clock.now += 0.2
    assert taken(bucket, 2) == 1


def test_nothing_is_saved_up_beyond_the_burst() -> None:
    clock = Clock()
    bucket = TokenBucket(10, 3, clock)
    clock.now += 1000
    assert taken(bucket, 5) == 3
