"""The work of each site, from the facts of an instance."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from matomo_archive_exporter.matomo.instance import Instance, Segment
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion
from matomo_archive_exporter.matomo.simulation.run_inputs import Clock
from matomo_archive_exporter.matomo.simulation.site_planner import SitePlanner
from matomo_archive_exporter.matomo.simulation.site_state import Archive, SiteVisits
from tests.support.invalidations import DAY, MONTH, WEEK, YEAR, A, ordinal, row
from tests.support.planned_sites import (
    INSTANCE,
    NAMES,
    NOW,
    QUEUE,
    SITES,
    TODAY,
    fates,
    inputs,
    met,
    packed,
    plan,
    visits,
)

YESTERDAY = date(2025, 3, 12)
FRESH = timedelta(minutes=5)


# Facts


def test_a_site_has_the_rows_of_its_queue() -> None:
    found = plan(1)
    assert met(found) == [
        ("done", DAY, "2025-03-05"),
        ("done.Goals", DAY, "2025-03-04"),
        (f"done{A}", DAY, "2025-03-03"),
    ]
    assert fates(found) == ["ARCHIVED"] * 3
    assert (found.idsite, found.work.daily, found.work.rearchived) == (1, 0, 0)


def test_its_segments_are_those_of_all_sites_and_its_own() -> None:
    others = inputs(instance=Instance(SITES, (Segment(A, "a==1", 2),)))
    assert fates(plan(1, at=others))[2] == "FOREIGN"
    assert fates(plan(2, at=others))[2] == "ARCHIVED"


def test_periods_that_ended_before_the_site_was_created_are_not_archived() -> None:
    """It was created in the second second of 4 March: too late for that day."""
    assert fates(plan(4)) == ["ARCHIVED", "BEFORE_CREATION", "BEFORE_CREATION"]
    midnight = replace(SITES[4], created=datetime.fromisoformat("2025-03-04 00:00:00"))
    at = inputs(instance=Instance({4: midnight}, INSTANCE.segments))
    assert fates(plan(4, at=at)) == ["ARCHIVED", "ARCHIVED", "BEFORE_CREATION"]


def test_days_before_the_first_visit_have_none_in_the_sites_own_zone() -> None:
    evening = inputs(visits=visits("2025-03-03 20:00:00"))
    assert fates(plan(1, at=evening)) == ["ARCHIVED"] * 3
    assert fates(plan(3, at=evening)) == ["ARCHIVED", "ARCHIVED", "NO_VISITS"]


def test_a_site_that_never_had_a_visit_has_nothing_to_archive() -> None:
    assert fates(plan(1, at=inputs(visits=visits(None)))) == ["NO_VISITS"] * 3


def test_where_visits_are_not_known_there_is_work_with_and_without_them() -> None:
    unknown = plan(1, at=inputs(visits=None))
    assert unknown.work.daily > 0
    assert [row.fate.name for row in unknown.work.rows] == ["ARCHIVED"] * len(unknown.work.rows)
    assert unknown.unvisited is not None
    assert [row.fate.name for row in unknown.unvisited.rows] == ["NO_VISITS"] * 3
    assert unknown.unvisited.daily == 0
    assert plan(1).unvisited is None


def test_today_is_that_of_the_site_or_the_day_that_was_asked_for() -> None:
    assert plan(1).today == TODAY.toordinal()
    assert plan(3).today == TODAY.toordinal() + 1
    asked = inputs(clock=Clock(NOW, date(2025, 1, 2)))
    assert plan(1, at=asked).today == plan(3, at=asked).today == ordinal("2025-01-02")


# Own rows and archives


def archived(period: int, day: str, name: str, value: int = 1, age: timedelta = FRESH) -> Any:
    return {(1, period, date.fromisoformat(day), name): Archive(NOW - age, value)}


def test_a_site_with_visits_adds_its_daily_rows_under_ids_to_come() -> None:
    days = SiteVisits(yesterday=False, today=True)
    found = plan(1, "", inputs(visits=visits("2020-01-01", days)), digits=6)
    assert found.work.daily == len(found.work.rows) == 4 * 2
    assert {r.digits for r in found.work.rows} == {6}
    assert ("done", DAY, "2025-03-13") in met(found)
    assert (f"done{A}", YEAR, "2025-01-01") in met(found)


def test_daily_rows_that_are_queued_already_are_asked_for_all_the_same() -> None:
    """The turn has to ask before it knows; the statement is kept either way, as a dump has it."""
    days = SiteVisits(yesterday=False, today=True)
    at = inputs(visits=visits("2020-01-01", days))
    empty, queued = plan(1, "", at), plan(1, packed(("all", "2025-03-13")), at)
    assert (empty.work.daily, queued.work.daily) == (8, 7)
    assert empty.work.daily_asked == queued.work.daily_asked == 8


def test_daily_rows_with_a_usable_archive_are_not_asked_for() -> None:
    days = SiteVisits(yesterday=False, today=True)
    fresh = archived(DAY, "2025-03-13", "done") | archived(DAY, "2025-03-13", f"done{A}")
    assert (
        plan(1, "", inputs(visits=visits("2020-01-01", days), archives=fresh)).work.daily_asked == 0
    )


def test_days_that_are_remembered_for_a_site_are_its_daily_rows_too() -> None:
    found = plan(1, "", inputs(remembered={1: [date(2025, 2, 3)]}))
    assert ("done", DAY, "2025-02-03") in met(found)
    assert plan(2, "", inputs(remembered={1: [date(2025, 2, 3)]})).work.rows == ()


def test_a_fresh_archive_keeps_rows_of_its_period_from_being_built() -> None:
    text = packed(("all", "2025-03-13"), ("goals", "2025-03-13"), ("a", "2025-03-13"))
    fresh = inputs(archives=archived(DAY, "2025-03-13", "done"))
    assert fates(plan(1, text, fresh)) == ["HIDDEN", "ALREADY_ARCHIVED", "ARCHIVED"]
    assert fates(plan(2, text, fresh)) == ["ARCHIVED"] * 3


@pytest.mark.parametrize(
    ("value", "age"), [(1, timedelta(seconds=901)), (4, FRESH), (2, FRESH), (5, FRESH)]
)
def test_an_old_or_unfinished_archive_does_not(value: int, age: timedelta) -> None:
    text = packed(("all", "2025-03-13"), ("goals", "2025-03-13"))
    at = inputs(archives=archived(DAY, "2025-03-13", "done", value, age))
    assert fates(plan(1, text, at)) == ["ARCHIVED"] * 2


@pytest.mark.parametrize(
    ("period", "first"), [(DAY, TODAY), (WEEK, date(2025, 3, 10)), (MONTH, date(2025, 3, 1))]
)
def test_usable_archives_are_those_of_every_period_around_today(period: int, first: date) -> None:
    days_more = {DAY: 0, WEEK: 6, MONTH: 30}[period]
    text = f"{first.toordinal() + 365} {days_more} {period} 4 goals "
    fresh = inputs(archives=archived(period, first.isoformat(), "done"))
    assert fates(plan(1, text, fresh)) == ["ALREADY_ARCHIVED"]


def test_an_archive_that_the_turn_invalidates_itself_is_not_usable() -> None:
    """Yesterday is not archived yet, so its week, month and year are to be built again."""
    week = packed(("goals", "2025-03-13")).replace(" 0 1 ", " 6 2 ").replace("739688", "739685")
    fresh = archived(WEEK, "2025-03-10", "done") | archived(DAY, "2025-03-13", "done")
    days = SiteVisits(yesterday=True, today=True)
    at = inputs(archives=fresh, visits=visits("2020-01-01", days))
    assert {r.fate.name for r in plan(1, week, at).work.rows} == {"ARCHIVED"}


# Re-archivings


def expanded(sites: frozenset[int] | None, *days: str) -> Expansion:
    return Expansion(sites, tuple(row(DAY, day, "done.Actions") for day in days), 1)


def test_a_re_archiving_adds_rows_to_the_sites_that_it_concerns() -> None:
    some = [expanded(frozenset({2}), "2025-03-01", "2025-03-02")]
    assert plan(2, expansions=some).work.rearchived == 2
    assert plan(1, expansions=some).work.rearchived == 0
    everywhere = [expanded(None, "2025-03-01")]
    assert [plan(site, expansions=everywhere).work.rearchived for site in (1, 2, 3)] == [1, 1, 1]


def test_it_makes_no_rows_of_before_the_site_was_created() -> None:
    some = [expanded(None, "2025-03-03", "2025-03-04", "2025-03-05")]
    found = plan(4, "", expansions=some)
    assert met(found) == [("done.Actions", DAY, "2025-03-05")]


def test_rows_of_a_re_archiving_may_lie_before_the_first_visit() -> None:
    at, some = inputs(visits=visits("2025-01-01")), [expanded(None, "2024-01-01")]
    assert fates(plan(1, at=at, expansions=some)) == ["ARCHIVED"] * 3 + ["NO_VISITS"]


# Sites that are alike


def test_sites_with_the_same_work_are_worked_out_once() -> None:
    planner = SitePlanner(inputs())
    first, again, other = (planner.plan(site, QUEUE, NAMES) for site in (1, 1, 2))
    assert first.key == again.key
    assert first.work is again.work
    assert other.key != first.key  # another segment may be archived for it


def test_events_before_all_rows_make_no_difference_between_sites() -> None:
    old = replace(SITES[1], idsite=2, created=datetime.fromisoformat("2019-05-05 05:05:05"))
    at = inputs(instance=Instance({1: SITES[1], 2: old}))
    planner = SitePlanner(at)
    assert planner.plan(1, QUEUE, NAMES).key == planner.plan(2, QUEUE, NAMES).key


@pytest.mark.parametrize(
    "change",
    [
        {"created": datetime.fromisoformat("2025-03-04 00:00:01")},
        {"timezone": "Pacific/Auckland"},
    ],
)
def test_sites_that_differ_get_plans_of_their_own(change: Mapping[str, Any]) -> None:
    other = replace(SITES[1], idsite=2, **change)
    planner = SitePlanner(inputs(instance=Instance({1: SITES[1], 2: other})))
    assert planner.plan(1, QUEUE, NAMES).key != planner.plan(2, QUEUE, NAMES).key


def test_another_queue_makes_another_key() -> None:
    planner = SitePlanner(inputs())
    assert planner.plan(1, QUEUE, NAMES).key != planner.plan(1, QUEUE + "s", NAMES).key


def test_work_is_forgotten_when_there_is_too_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matomo_archive_exporter.matomo.simulation.bounded_cache.MOST_ROWS", 4)
    planner = SitePlanner(inputs())
    first = planner.plan(1, QUEUE, NAMES)
    assert planner.plan(1, QUEUE, NAMES).work is first.work
    planner.plan(1, packed(("all", "2025-03-05"), ("all", "2025-03-04")), NAMES)
    again = planner.plan(1, QUEUE, NAMES)
    assert again.work is not first.work
    assert met(again) == met(first)
    assert again.key == first.key
