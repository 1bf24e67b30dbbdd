"""Days of a site in its own time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.time_zone import day_begins, is_known, local_date

CITIES = ["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata", "UTC"]
OFFSETS = ["UTC-12", "UTC-3.5", "UTC-0.5", "UTC+0.5", "UTC+5.75", "UTC+12.75", "UTC+14"]
ZONES = st.sampled_from(CITIES + OFFSETS)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - UTC by itself


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "utc", "day"),
    [
        ("UTC", "2025-03-13 23:59:59", "2025-03-13"),
        ("Europe/Berlin", "2025-03-13 22:59:59", "2025-03-13"),
        ("Europe/Berlin", "2025-03-13 23:00:00", "2025-03-14"),
        ("Europe/Berlin", "2025-07-13 22:00:00", "2025-07-14"),
        ("America/Los_Angeles", "2025-03-13 06:59:59", "2025-03-12"),
        ("UTC+14", "2025-03-13 10:00:00", "2025-03-14"),
        ("UTC+5", "2025-03-13 18:59:59", "2025-03-13"),
        ("UTC+5.75", "2025-03-13 18:15:00", "2025-03-14"),
        ("UTC-3.5", "2025-03-13 03:29:59", "2025-03-12"),
        ("UTC-0.5", "2025-03-13 00:29:59", "2025-03-12"),
    ],
)
def test_a_moment_falls_on_the_day_of_the_zone(zone: str, utc: str, day: str) -> None:
    assert local_date(at(utc), zone) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("UTC", "2025-03-13", "2025-03-13 00:00:00"),
        ("Europe/Berlin", "2025-03-30", "2025-03-29 23:00:00"),
        ("Europe/Berlin", "2025-03-31", "2025-03-30 22:00:00"),
        ("Pacific/Auckland", "2025-03-14", "2025-03-13 11:00:00"),
        ("UTC+5.75", "2025-03-13", "2025-03-12 18:15:00"),
        ("UTC-3.5", "2025-03-13", "2025-03-13 03:30:00"),
    ],
)
def test_a_day_begins_at_midnight_there(zone: str, day: str, utc: str) -> None:
    assert day_begins(date.fromisoformat(day), zone) == at(utc)


def test_a_day_whose_midnight_is_skipped_begins_at_one_o_clock() -> None:
    assert day_begins(date(2024, 4, 26), "Africa/Cairo") == at("2024-04-25 22:00:00")
    assert local_date(at("2024-04-25 22:00:00"), "Africa/Cairo") == date(2024, 4, 26)


@given(MOMENTS, ZONES)
def test_a_moment_is_not_before_its_day_nor_after_it(moment: datetime, zone: str) -> None:
    day = local_date(moment, zone)
    assert day_begins(day, zone) <= moment < day_begins(day + timedelta(days=1), zone)


@pytest.mark.parametrize("zone", CITIES + OFFSETS)
def test_zones_that_matomo_offers_are_known(zone: str) -> None:
    assert is_known(zone)


def test_every_city_of_the_system_is_known() -> None:
    assert len(available_timezones()) > 400
    assert all(is_known(name) for name in available_timezones())


@pytest.mark.parametrize(
    "zone",
    [
        *("", "Europe", "Europe/Nowhere", "../etc/passwd", "/etc/localtime", "a\0b", "x" * 5000),
        *("UTC+", "UTC+x", "UTC+5:30", "UTC+99", "UTC+1e1", "UTC +5", "utc+5"),
    ],
)
def test_a_zone_that_is_not_known_has_the_days_of_utc(zone: str) -> None:
    moment = datetime(2025, 3, 13, 23, 59, 59, tzinfo=UTC).replace(tzinfo=None)
    assert not is_known(zone)
    assert local_date(moment, zone) == date(2025, 3, 13)
    assert day_begins(date(2025, 3, 13), zone) == at("2025-03-13 00:00:00")
