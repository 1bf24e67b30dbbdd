"""Done flags, versions and time zones with any text, as tables may hold them."""

from datetime import date, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.done_flag import parse
from matomo_archive_exporter.matomo.time_zone import day_begins, is_known, local_date
from matomo_archive_exporter.matomo.version import UnknownMatomoError, behaviour
from matomo_archive_exporter.matomo.version import parse as parse_version
from tests.support.bounds import cpu_seconds
from tests.support.strategies import Long, joined, long, spoiled

HASH = "fea44bece172bc9696ae57c26888bf8a"
SHREDS = ["done", "DONE", ".", "..", HASH, "Goals", "?", "", " ", "\0", "ä", "\udcff", "\n"]
FLAGS = joined(SHREDS, 6) | spoiled(st.sampled_from(["done", "done.Goals", f"done{HASH}"]), SHREDS)


@given(FLAGS)
def test_no_two_flags_that_matomo_writes_are_taken_for_one(name: str) -> None:
    flag = parse(name)
    assert "." not in flag.segment
    assert (flag.segment == "") == (flag.scope == "all_visits") == (name.split(".")[0] == "done")
    if name.startswith("done") and flag.segment != "?":
        assert f"done{flag.segment}.{flag.plugin}".removesuffix(".") == name.removesuffix(".")


@settings(max_examples=10)
@given(long(SHREDS))
def test_no_flag_takes_long(name: Long[str]) -> None:
    with cpu_seconds(1):
        parse(name.whole)


# Versions

VERSIONS = st.sampled_from(["5.2.0", "4.16.1", "5.3.0-rc2", "5.3.0-alpha.20250123", "6.0.0-b1"])
PARTS = [*".-0159abz ", "5.", "\u0665", "\u00b2", "\n", "-rc", "9" * 5000, "\udcff"]


@given(spoiled(VERSIONS, PARTS) | joined(PARTS))
@example("\u0665.\u0662.\u0660")
@example("5.2.0-rc\n")
@example("6.0.0-" + "9" * 5000)
def test_a_version_is_understood_or_refused_in_one_line(text: str) -> None:
    for adapter in ("MYSQLI", "PDO\\MYSQL"):
        try:
            behaviour(text, adapter)
        except UnknownMatomoError as error:
            assert str(error).isprintable()  # noqa: PT017
            assert len(str(error)) < 200  # noqa: PT017
        else:
            assert text.isascii()
            assert text.isprintable()


@given(spoiled(VERSIONS, PARTS))
def test_a_version_that_is_understood_has_the_numbers_that_it_shows(text: str) -> None:
    try:
        numbers, is_release = parse_version(text)
    except UnknownMatomoError:
        return
    shown, _, rest = text.partition("-")
    assert tuple(int(number) for number in shown.split(".")) == numbers
    assert is_release == (rest == "")


# Time zones

ZONES = st.sampled_from(["UTC", "UTC+5.75", "UTC-12", "Europe/Berlin", "America/New_York"])
LETTERS = ["UTC", "+", "-", "Europe", "/", ".", "..", "0", "23.9999", "24", "9" * 400, "\0", "\n"]
LETTERS += ["\udcff", "ä", " ", "tzdata.zi", "posixrules", "localtime", "~", "C:\\", "a" * 5000]
ODD_ZONES = spoiled(ZONES, LETTERS) | joined(LETTERS, 5) | st.text()


@given(ODD_ZONES, st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001 - UTC
@example("", datetime(2024, 1, 1))  # noqa: DTZ001 - UTC
def test_any_zone_has_days_and_one_that_is_not_known_those_of_utc(
    zone: str, moment: datetime
) -> None:
    day = local_date(moment, zone)
    assert abs((day - moment.date()).days) <= 1
    assert abs((day_begins(day, zone) - moment).total_seconds()) < 49 * 3600
    if not is_known(zone):
        assert day == moment.date()


@given(ODD_ZONES, st.sampled_from([date.min, date.max, date(1, 1, 2), date(9999, 12, 30)]))
def test_days_at_the_ends_of_the_calendar_begin_too(zone: str, day: date) -> None:
    assert isinstance(day_begins(day, zone), datetime)


@given(ODD_ZONES, st.sampled_from([datetime.min, datetime.max]))  # noqa: DTZ901 - UTC
def test_moments_at_the_ends_of_the_calendar_have_a_day(zone: str, moment: datetime) -> None:
    assert isinstance(local_date(moment, zone), date)
