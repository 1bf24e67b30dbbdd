"""Times as other programs write them, and times without a date."""

import pytest

from matomo_archive_exporter.matomo.archiver.log_time import dated, stamp_of, unix_of

AT = 1795773605
"""2026-11-27 10:00:05 UTC"""


@pytest.mark.parametrize(
    "text",
    [
        b"2026-11-27T10:00:05Z",
        b"2026-11-27T10:00:05.123456789Z",
        b"2026-11-27T11:00:05.123+01:00",
        b"2026-11-27T11:00:05,123+0100",
        b"2026-11-27T04:30:05-0530",
        b"2026-11-27 10:00:05 UTC",
        b"Fri 2026-11-27 10:00:05 UTC",
        b"27-Nov-2026 10:00:05 UTC",
        b"1795773605",
        b"1795773605.123456",
        b"1795773605123",
        b"1795773605123456",
    ],
)
def test_a_time_that_says_everything_is_read(text: bytes) -> None:
    assert unix_of(text) == AT


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"2026-11-27 10:00:05",
        b"2026-11-27 10:00:05 CET",
        b"2026-99-27T10:00:05Z",
        b"2026-11-27T99:00:05Z",
        b"Nov 27 10:00:05",
        b"27-Nov-2026 10:00:05 Europe/Berlin",
        b"27-Foo-2026 10:00:05 UTC",
        b"10:00:05",
        b"@4000000065650d0512345678",
    ],
)
def test_a_time_without_a_year_or_a_zone_is_not_guessed(text: bytes) -> None:
    assert unix_of(text) is None


def test_a_stamp_is_as_matomo_writes_it() -> None:
    assert stamp_of(AT) == b"2026-11-27 10:00:05"


@pytest.mark.parametrize(
    ("clock", "written", "expected"),
    [
        (b"10:00:01", b"2026-11-27T10:00:05Z", b"2026-11-27 10:00:01"),
        (b"23:59:59", b"2026-11-27T00:00:00Z", b"2026-11-26 23:59:59"),
        (b"00:00:00", b"2026-11-26T23:59:59Z", b"2026-11-27 00:00:00"),
        (b"23:30:00", b"2026-11-27 01:30:02", b"2026-11-26 23:30:00"),
    ],
)
def test_a_time_of_day_is_of_the_day_next_to_when_the_line_was_passed_on(
    clock: bytes, written: bytes, expected: bytes
) -> None:
    assert dated(clock, written, None) == expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (b"10:00:01", b"2026-11-27 10:00:01"),
        (b"10:30:00", b"2026-11-27 10:30:00"),
        (b"11:30:00", b"2026-11-26 11:30:00"),
        (b"99:00:00", b"99:00:00"),
    ],
)
def test_otherwise_it_is_the_last_before_now(clock: bytes, expected: bytes) -> None:
    """Another machine's clock may be ahead, by an hour at most."""
    assert dated(clock, b"Nov 27 10:00:05", AT) == expected


def test_without_either_it_stays_a_time_of_day() -> None:
    assert dated(b"10:00:01", b"", None) == b"10:00:01"
