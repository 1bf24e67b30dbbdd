"""The rows that a site's turn queues: today and yesterday, for all visits and each segment."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation.daily_rows import (
    daily_rows,
    is_usable,
    most_daily_rows,
)
from matomo_archive_exporter.matomo.simulation.site_state import Archive, SiteState, SiteVisits
from matomo_archive_exporter.matomo.version import behaviour
from tests.support.plans import PDO

A, B = "a" * 32, "b" * 32
NOW = datetime(2025, 3, 13, 12, tzinfo=UTC).replace(tzinfo=None)
TODAY, YESTERDAY = date(2025, 3, 13), date(2025, 3, 12)  # Thursday and Wednesday
DAY, WEEK, MONTH, YEAR = 1, 2, 3, 4
FRESH, OLD = timedelta(minutes=5), timedelta(hours=1)

Row = tuple[str, int, str, str]
Held = tuple[tuple[int, int, date, str], Archive]


def site(zone: str = "UTC", created: str = "2020-01-01 00:00:00") -> Site:
    return Site(1, datetime.fromisoformat(created), zone)


def at(**changes: Any) -> SiteState:
    return replace(SiteState(site(), NOW, visits=SiteVisits(yesterday=True, today=True)), **changes)


def rows(now: SiteState, version: str = "5.2.2") -> list[Row]:
    def day(number: int) -> str:
        return date.fromordinal(number).isoformat()

    return [
        (row.name, row.period, day(row.date1), day(row.date2))
        for row in daily_rows(now, behaviour(version, PDO))
    ]


def periods(now: SiteState, name: str = "done") -> list[tuple[int, str]]:
    return [(period, first) for flag, period, first, _ in rows(now) if flag == name]


def held(day: date, age: timedelta, flag: str = "done", value: int = 1, period: int = DAY) -> Held:
    return (1, period, day, flag), Archive(NOW - age, value)


def archives(*some: Held) -> Mapping[tuple[int, int, date, str], Archive]:
    return dict(some)


TODAYS: list[Row] = [
    ("done", DAY, "2025-03-13", "2025-03-13"),
    ("done", WEEK, "2025-03-10", "2025-03-16"),
    ("done", MONTH, "2025-03-01", "2025-03-31"),
    ("done", YEAR, "2025-01-01", "2025-12-31"),
]
YESTERDAYS = [(DAY, "2025-03-12"), *((period, first) for _, period, first, _ in TODAYS[1:])]


def test_without_archives_today_comes_with_its_periods_then_yesterday() -> None:
    assert rows(at()) == [*TODAYS, ("done", DAY, "2025-03-12", "2025-03-12")]


def test_yesterday_brings_its_own_week_month_and_year_where_they_differ() -> None:
    new_year = datetime.fromisoformat("2024-01-01 12:00:00")  # a Monday
    assert periods(at(now=new_year)) == [
        (DAY, "2024-01-01"),
        (WEEK, "2024-01-01"),
        (MONTH, "2024-01-01"),
        (YEAR, "2024-01-01"),
        (DAY, "2023-12-31"),
        (WEEK, "2023-12-25"),
        (MONTH, "2023-12-01"),
        (YEAR, "2023-01-01"),
    ]


def test_periods_of_one_month_table_come_together() -> None:
    second_of_january = datetime.fromisoformat("2025-01-02 12:00:00")
    days = SiteVisits(yesterday=False, today=True)
    assert periods(at(now=second_of_january, visits=days)) == [
        (DAY, "2025-01-02"),
        (MONTH, "2025-01-01"),
        (YEAR, "2025-01-01"),
        (WEEK, "2024-12-30"),
    ]


def test_today_is_that_of_the_site() -> None:
    evening = datetime.fromisoformat("2025-03-13 11:30:00")
    assert periods(at(site=site("Pacific/Auckland"), now=evening))[0] == (DAY, "2025-03-14")
    assert periods(at(site=site("UTC-12"), now=evening))[0] == (DAY, "2025-03-12")


@pytest.mark.parametrize(
    ("yesterday", "today", "expected"),
    [(False, False, []), (True, False, YESTERDAYS), (False, True, [r[1:3] for r in TODAYS])],
)
def test_a_day_without_visits_is_left_out(
    yesterday: bool, today: bool, expected: list[tuple[int, str]]
) -> None:
    assert periods(at(visits=SiteVisits(yesterday=yesterday, today=today))) == expected


def test_unknown_visits_count_as_visits() -> None:
    assert rows(at(visits=None)) == rows(at())


@pytest.mark.parametrize(("age", "is_left_out"), [(899, True), (900, True), (901, False)])
def test_today_is_left_out_while_its_archive_is_young(age: int, is_left_out: bool) -> None:
    found = rows(at(archives=archives(held(TODAY, timedelta(seconds=age)))))
    assert (TODAYS[0] not in found) is is_left_out


@pytest.mark.parametrize(("value", "is_left_out"), [(1, True), (3, True), (4, True), (5, True)])
def test_for_today_an_archive_that_is_to_be_rebuilt_will_do(value: int, is_left_out: bool) -> None:
    assert (TODAYS[0] not in rows(at(archives=archives(held(TODAY, FRESH, value=value))))) is (
        is_left_out
    )


@pytest.mark.parametrize("value", [0, 2, 6])
def test_for_today_an_archive_that_is_being_built_will_not_do(value: int) -> None:
    assert TODAYS[0] in rows(at(archives=archives(held(TODAY, FRESH, value=value))))


@pytest.mark.parametrize(
    ("zone", "hours_ago", "is_left_out"),
    [("UTC", 11.9, True), ("UTC", 12.1, False), ("UTC+5", 16.9, True), ("UTC+5", 17.1, False)],
)
def test_yesterday_is_left_out_when_it_was_archived_since_the_sites_midnight(
    zone: str, hours_ago: float, is_left_out: bool
) -> None:
    only = SiteVisits(yesterday=True, today=False)
    done = archives(held(YESTERDAY, timedelta(hours=hours_ago)))
    assert (rows(at(site=site(zone), archives=done, visits=only)) == []) is is_left_out


@pytest.mark.parametrize("value", [2, 4, 5, 6])
def test_for_yesterday_only_a_finished_archive_will_do(value: int) -> None:
    only = SiteVisits(yesterday=True, today=False)
    done = archives(held(YESTERDAY, OLD, value=value))
    assert periods(at(archives=done, visits=only)) == YESTERDAYS


def test_weeks_months_and_years_do_not_count() -> None:
    done = [held(date.fromisoformat(first), FRESH, period=p) for _, p, first, _ in TODAYS[1:]]
    assert rows(at(archives=archives(*done))) == rows(at())


def test_each_segment_brings_the_same_rows_after_all_visits() -> None:
    found = rows(at(segments=[B, A], visits=SiteVisits(yesterday=False, today=True)))
    assert found == [(f"done{part}", *row[1:]) for part in ("", A, B) for row in TODAYS]


def test_segments_with_an_archive_come_along_with_all_visits() -> None:
    done = [held(date.fromisoformat(first), OLD, f"done{A}", 1, p) for _, p, first, _ in TODAYS]
    only = SiteVisits(yesterday=False, today=True)
    found = rows(at(segments=[A], archives=archives(*done), visits=only))
    assert found == [(f"done{part}", *row[1:]) for row in TODAYS for part in ("", A)]


def test_a_segment_may_be_due_where_all_visits_are_not() -> None:
    done = archives(held(TODAY, FRESH), held(YESTERDAY, OLD), held(YESTERDAY, OLD, f"done{A}"))
    found = rows(at(segments=[A], archives=done))
    assert found == [(f"done{A}", *row[1:]) for row in TODAYS]


def test_yesterdays_segments_are_due_with_all_visits() -> None:
    done = archives(held(YESTERDAY, OLD, f"done{A}"))
    only = SiteVisits(yesterday=True, today=False)
    assert periods(at(segments=[A], archives=done, visits=only), f"done{A}") == YESTERDAYS


def test_a_young_archive_of_a_segment_spares_what_has_no_archive_of_its_own() -> None:
    done = archives(held(TODAY, FRESH, f"done{A}"))
    only = SiteVisits(yesterday=False, today=True)
    found = periods(at(segments=[A], archives=done, visits=only), f"done{A}")
    assert found == [(DAY, "2025-03-13")]


def test_yesterday_is_left_out_while_it_is_in_progress() -> None:
    only = SiteVisits(yesterday=True, today=False)
    found = rows(at(segments=[A], visits=only, in_progress=["done"]))
    assert {name for name, *_ in found} == {f"done{A}"}
    assert rows(at(segments=[A], visits=only, in_progress=["done", f"done{A}"])) == []


def test_a_row_in_progress_does_not_hold_today_back() -> None:
    assert rows(at(in_progress=["done"])) == TODAYS


def test_remembered_days_come_first_the_newest_before_others_and_need_no_visits() -> None:
    days = [date(2025, 3, 1), date(2025, 3, 3)]
    found = periods(at(remembered=days, visits=SiteVisits()))
    assert found == [
        (DAY, "2025-03-03"),
        (WEEK, "2025-03-03"),
        (MONTH, "2025-03-01"),
        (YEAR, "2025-01-01"),
        (DAY, "2025-03-01"),
        (WEEK, "2025-02-24"),
    ]


def test_a_remembered_day_stays_out_for_as_long_as_its_archive_is_young() -> None:
    day = date(2025, 3, 3)
    none = SiteVisits()
    young = at(remembered=[day], archives=archives(held(day, FRESH)), visits=none)
    assert rows(young) == []
    assert len(rows(replace(young, archives=archives(held(day, OLD))))) == 4


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2025-03-12 00:00:00", [DAY, WEEK, MONTH, YEAR, DAY]),
        ("2025-03-12 00:00:01", [DAY, WEEK, MONTH, YEAR]),
        ("2025-03-13 09:00:00", [WEEK, MONTH, YEAR]),
    ],
)
def test_periods_that_end_before_the_site_was_created_are_left_out(
    created: str, expected: list[int]
) -> None:
    assert [period for _, period, *_ in rows(at(site=site(created=created)))] == expected


@pytest.mark.parametrize(
    ("value", "age", "usable"),
    [(1, FRESH, True), (1, OLD, False), (4, FRESH, False), (2, FRESH, False)],
)
def test_a_queued_row_waits_while_a_finished_archive_is_young(
    value: int, age: timedelta, usable: bool
) -> None:
    assert is_usable(Archive(NOW - age, value), NOW) is usable
    assert not is_usable(None, NOW)


ARCHIVES = st.dictionaries(
    st.tuples(
        st.just(1),
        st.sampled_from([DAY, WEEK, MONTH, YEAR]),
        st.sampled_from([TODAY, YESTERDAY, date(2025, 3, 10), date(2025, 3, 1)]),
        st.sampled_from(["done", f"done{A}", f"done{B}"]),
    ),
    st.builds(
        Archive,
        st.integers(0, 200_000).map(lambda seconds: NOW - timedelta(seconds=seconds)),
        st.integers(0, 6),
    ),
)


@given(ARCHIVES, st.sets(st.sampled_from([A, B])), st.booleans(), st.booleans())
def test_archives_never_add_daily_rows(
    done: dict[tuple[int, int, date, str], Archive], segments: set[str], first: bool, last: bool
) -> None:
    now = at(segments=segments, visits=SiteVisits(yesterday=first, today=last), archives=done)
    found = rows(now)
    assert len(set(found)) == len(found)
    assert set(found) <= set(rows(replace(now, archives={})))


def test_days_without_visits_are_queued_since_5_4() -> None:
    assert rows(at(visits=SiteVisits())) == []
    queued = rows(at(visits=SiteVisits()), "5.4.0")
    assert queued == rows(at(), "5.4.0") == rows(at())


def test_about_so_many_rows_come_where_no_archive_will_do() -> None:
    segments = (Segment(A, "a==1", None), Segment(B, "b==1", 2))
    sites = {n: Site(n, None, "UTC") for n in (1, 2)}
    assert most_daily_rows(Instance(sites, segments)) == 5 * 2 + 5 * 3
