"""How fast rows go while an archiver works."""

from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.durations.durations import ArchiveRate


def seen(*readings: tuple[float, int, bool]) -> ArchiveRate:
    rate = ArchiveRate()
    for seconds, removed, was_working in readings:
        rate = rate.seen(seconds, removed, was_working=was_working)
    return rate


def test_the_rate_is_unknown_before_ten_minutes_of_work_were_seen() -> None:
    assert ArchiveRate().per_hour is None
    assert seen((599, 100, True)).per_hour is None
    assert seen((600, 100, True)).per_hour == 600


def test_time_without_an_archiver_does_not_count() -> None:
    assert seen((600, 100, True), (86_400, 0, False)).per_hour == 600


def test_work_in_which_nothing_goes_slows_it_down() -> None:
    assert seen((600, 100, True), (600, 0, True)).per_hour == 300


def test_an_archiver_that_removes_nothing_has_no_rate() -> None:
    assert seen((6000, 0, True)).per_hour is None


@given(st.floats(60, 3600), st.integers(1, 10_000))
def test_the_distant_past_fades(seconds: float, removed: int) -> None:
    steady = [(seconds, removed, True)] * int(1 + 200_000 / seconds)
    rate = seen((7200, 0, True), *steady).per_hour
    assert rate is not None
    assert abs(rate / (removed * 3600 / seconds) - 1) < 0.01
