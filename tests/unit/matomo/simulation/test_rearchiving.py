"""The rows into which a scheduled re-archiving is expanded."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.memory import Expanding
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.rearchiving import (
    Expansion,
    expanding,
    expansion,
    rows_of_a_site,
    segment_hash,
    sites_of,
)
from matomo_archive_exporter.matomo.simulation.run_inputs import Clock, RunInputs
from matomo_archive_exporter.matomo.version import behaviour
from tests.support import recordings
from tests.support.invalidations import DAY, MONTH, WEEK, YEAR, A, B
from tests.support.plans import PDO
from tests.support.recorded_runs import load
from tests.support.simulated_runs import rerun

HITS = ReArchiving(None, "Actions", "Actions_hits", None, None)
SITES = {number: Site(number, None, "UTC") for number in (1, 2, 3)}
TWO_SEGMENTS = Instance(SITES, (Segment(A, "a==1", None), Segment(B, "b==2", 3)))


def since(day: str, entry: ReArchiving = HITS) -> ReArchiving:
    start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    return ReArchiving(entry.sites, entry.plugin, entry.report, start, entry.segment)


def expand(
    entry: ReArchiving,
    today: str,
    instance: Instance = Instance(SITES),  # noqa: B008 - frozen
    *,
    last_n_months: int = 6,
    exclude_segments: bool = False,
    at_own_sites_only: bool = False,
) -> Expansion:
    config = ArchiverConfig(PDO, rearchive_last_n_months=last_n_months)
    inputs = RunInputs(
        replace(config, rearchive_exclude_segments=exclude_segments),
        behaviour("5.4.0" if at_own_sites_only else "5.3.2", PDO),
        instance,
        Clock(datetime.fromisoformat(today)),
    )
    found = expansion(entry, inputs, digits=4)
    assert rows_of_a_site(entry, inputs) == len(found.rows)
    return found


def first_days(found: Expansion, period: int) -> list[str]:
    return [date.fromordinal(r.date1).isoformat() for r in found.rows if r.period == period]


# The memory of the expansion


def test_all_sites_of_an_entry_are_asked_for_their_segments_before_any_is_worked() -> None:
    found = expand(since("2025-02-27"), "2025-03-04", TWO_SEGMENTS)
    assert expanding([found], TWO_SEGMENTS) == Expanding(sites=3, lists=3, segments=2, months=2)
    of_site_3 = Instance(SITES, (Segment(B, "b==2", 3),))
    assert expanding([found], of_site_3) == Expanding(sites=3, lists=1, segments=1, months=2)
    assert expanding([found], Instance(SITES)) == Expanding(sites=3, lists=0, months=2)


def test_sites_of_several_entries_are_asked_once() -> None:
    some = [ReArchiving(sites, "Actions", "7", None, None) for sites in ((1, 2), (2, 99))]
    found = [expand(entry, "2025-03-04", TWO_SEGMENTS) for entry in some]
    asked = expanding(found, TWO_SEGMENTS)
    assert asked is not None
    assert (asked.sites, asked.lists) == (2, 2)


def test_none_is_asked_where_segments_are_excluded_or_the_entry_has_its_own() -> None:
    excluded = expand(HITS, "2025-03-04", TWO_SEGMENTS, exclude_segments=True)
    own = expand(ReArchiving(None, None, None, None, "a==1"), "2025-03-04", TWO_SEGMENTS)
    for found in (excluded, own):
        asked = expanding([found], TWO_SEGMENTS)
        assert asked is not None
        assert (asked.sites, asked.lists) == (3, 0)


def test_an_entry_without_any_day_asks_for_nothing() -> None:
    none = expand(HITS, "2025-03-04", TWO_SEGMENTS, last_n_months=0)
    assert none.rows == ()
    assert expanding([none], TWO_SEGMENTS) is None
    assert expanding([], TWO_SEGMENTS) is None


def test_since_5_4_a_segments_rows_are_for_its_own_sites() -> None:
    everywhere = expand(since("2025-03-02"), "2025-03-04", TWO_SEGMENTS)
    own = expand(since("2025-03-02"), "2025-03-04", TWO_SEGMENTS, at_own_sites_only=True)
    assert {r.segment for r in everywhere.rows_of({A})} == {"", A, B}
    assert {r.segment for r in own.rows_of({A})} == {"", A}
    assert {r.segment for r in own.rows_of({A, B})} == {"", A, B}


# Which days


def test_days_go_to_yesterday_with_the_periods_that_hold_them() -> None:
    found = expand(since("2025-02-27"), "2025-03-04")
    assert first_days(found, DAY) == [
        "2025-02-27", "2025-02-28", "2025-03-01", "2025-03-02", "2025-03-03",
    ]  # fmt: skip
    assert first_days(found, WEEK) == ["2025-02-24", "2025-03-03"]
    assert first_days(found, MONTH) == ["2025-02-01", "2025-03-01"]
    assert first_days(found, YEAR) == ["2025-01-01"]
    assert found.months == 2


def test_the_week_across_the_start_belongs_to_it_the_month_and_year_before_do_not() -> None:
    found = expand(since("2025-01-01"), "2025-01-03")
    assert first_days(found, WEEK) == ["2024-12-30"]
    assert first_days(found, MONTH) == first_days(found, YEAR) == ["2025-01-01"]


@pytest.mark.parametrize(
    ("today", "earliest"),
    [
        ("2024-12-30", "2024-06-01"),
        ("2024-08-31", "2024-02-01"),
        ("2025-01-02", "2024-07-01"),
        ("2025-01-01", "2024-06-01"),
        ("2025-07-01", "2024-12-01"),
    ],
)
def test_six_months_before_yesterday_is_the_limit_to_the_first_of_the_month(
    today: str, earliest: str
) -> None:
    assert first_days(expand(HITS, today), DAY)[0] == earliest
    assert first_days(expand(since("2020-01-01"), today), DAY)[0] == earliest


def test_the_limit_can_be_another() -> None:
    found = expand(HITS, "2025-03-13", last_n_months=1)
    assert first_days(found, DAY)[0] == "2025-02-01"
    assert first_days(expand(HITS, "2025-03-13", last_n_months=14), DAY)[0] == "2024-01-01"


def test_without_a_limit_an_entry_goes_back_to_its_start() -> None:
    found = expand(since("2020-01-01"), "2025-03-13", last_n_months=0)
    assert first_days(found, DAY)[0] == "2020-01-01"


def test_with_neither_start_nor_limit_there_is_nothing_to_do() -> None:
    found = expand(HITS, "2025-03-13", last_n_months=0)
    assert (found.rows, found.months) == ((), 0)


@pytest.mark.parametrize("start", ["2025-01-01", "2025-01-05"])
def test_a_start_that_is_not_before_today_queues_nothing(start: str) -> None:
    assert expand(since(start), "2025-01-01").rows == ()


def test_the_start_is_a_day_of_utc() -> None:
    assert first_days(expand(since("2025-03-09 23:59:59"), "2025-03-13"), DAY)[0] == "2025-03-09"


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 700), st.integers(1, 30))
def test_every_day_is_there_once_and_lies_in_one_row_of_each_period(
    today: date, ago: int, months: int
) -> None:
    start = today - timedelta(days=ago)
    found = expand(since(start.isoformat()), today.isoformat(), last_n_months=months)
    covered = [r.date1 for r in found.rows if r.period == DAY]
    assert covered == [*range(min(covered, default=0), min(covered, default=0) + len(covered))]
    assert set(covered) <= set(range(start.toordinal(), today.toordinal()))
    for day in covered:
        holders = Counter(r.period for r in found.rows if r.date1 <= day <= r.date2)
        assert holders == {DAY: 1, WEEK: 1, MONTH: 1, YEAR: 1}


# Which names, and where


def test_rows_name_the_plugin_and_the_report_once_for_each_segment() -> None:
    found = expand(HITS, "2025-03-13", TWO_SEGMENTS, last_n_months=1)
    assert Counter((r.name, r.report, r.digits) for r in found.rows) == {
        (name, "Actions_hits", 4): 40 + 7 + 2 + 1
        for name in ("done.Actions", f"done{A}.Actions", f"done{B}.Actions")
    }


def test_segments_can_be_left_out() -> None:
    found = expand(HITS, "2025-03-13", TWO_SEGMENTS, exclude_segments=True)
    assert {r.name for r in found.rows} == {"done.Actions"}


@pytest.mark.parametrize(
    ("segment", "name"),
    [("", "done.Actions"), ("browserCode==FF", f"done{segment_hash('browserCode==FF')}.Actions")],
)
@pytest.mark.parametrize("exclude_segments", [True, False])
def test_an_entry_about_one_segment_is_about_no_other(
    segment: str, name: str, exclude_segments: bool
) -> None:
    entry = ReArchiving(None, "Actions", None, None, segment)
    found = expand(entry, "2025-03-13", TWO_SEGMENTS, exclude_segments=exclude_segments)
    assert {(r.name, r.report) for r in found.rows} == {(name, "")}


def test_an_entry_without_a_plugin_is_about_all_of_them() -> None:
    entry = ReArchiving(None, None, None, None, None)
    names = {r.name for r in expand(entry, "2025-03-13", TWO_SEGMENTS).rows}
    assert names == {"done", f"done{A}", f"done{B}"}


def test_the_same_segment_stored_twice_counts_once() -> None:
    twice = Instance(SITES, (Segment(A, "a==1", 1), Segment(A, "a==1", 2)))
    rows = expand(HITS, "2025-03-13", twice).rows
    assert max(Counter((r.name, r.period, r.date1) for r in rows).values()) == 1


def test_an_entry_concerns_its_sites_or_all() -> None:
    some = ReArchiving((1, 3, 99), "Actions", None, None, None)
    found = expand(some, "2025-03-13")
    assert [found.concerns(site) for site in (1, 2, 3)] == [True, False, True]
    assert sites_of(some, TWO_SEGMENTS) == 2
    assert sites_of(HITS, TWO_SEGMENTS) == 3


@pytest.mark.parametrize("start", [10**12, 10**14])
def test_a_start_beyond_all_calendars_is_yet_to_come(start: int) -> None:
    assert expand(replace(HITS, start=start), "2025-03-13").rows == ()


def test_more_months_than_there_ever_were_reach_back_to_the_start() -> None:
    found = expand(since("2025-02-27"), "2025-03-13", last_n_months=30_000)
    assert first_days(found, DAY)[0] == "2025-02-27"


# As Matomo does it


@pytest.mark.parametrize("name", ["case-06a", "case-13", "case2-01a", "log-info-normal"])
def test_a_segments_hash_is_the_one_that_matomo_stored(name: str) -> None:
    table = recordings.read(name)["segment"]
    records = [dict(zip(table.columns, values, strict=True)) for values in table.rows]
    assert records
    assert [segment_hash(str(r["definition"])) for r in records] == [r["hash"] for r in records]


def test_a_definition_is_decoded_before_it_is_hashed() -> None:
    assert segment_hash("pageUrl=@a%2Fb") == segment_hash("pageUrl=@a/b")
    assert segment_hash("") == ""


@pytest.mark.parametrize(
    ("name", "rows"),
    [("case-01", 244), ("case-02", 1464), ("case-10", 244), ("case-13", 732), ("case2-01a", 16)],
)
def test_the_backfill_of_5_2_0_is_the_one_that_was_recorded(name: str, rows: int) -> None:
    recorded = rerun(load(name), {})
    today = load(name).today
    found = expand(since(f"{today.year}-01-01"), today.isoformat(), recorded.instance)
    expected = {(r.name, r.report, r.period, r.date1, r.date2) for r in found.rows}
    assert len(expected) == len(found.rows) == rows
    for queue in recorded.queues.values():
        met = [q.row for q in queue if q.row.report == "Actions_hits"]
        assert {(r.name, r.report, r.period, r.date1, r.date2) for r in met} == expected
