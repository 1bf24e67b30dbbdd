"""The memory of sites, with and without rows: lists of segments, expansions, empty archives."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiving_run import ArchivingRun, SiteStart, Totals
from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation
from matomo_archive_exporter.matomo.simulation.memory import Expanding
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_run import run_site
from tests.support.invalidations import MONTH, days, row
from tests.support.plans import configured, run_plan

KEEPS = run_plan()
THOUSAND = days(1000, first="2022-01-01")


def run(rows: Sequence[Invalidation], plan: RunPlan) -> ArchivingRun:
    """Over the rows of one site."""
    made = ArchivingRun(plan)
    made.site(run_site(rows, plan), SiteStart(1))
    return made


# Memory that the first batch frees


def test_the_memory_of_an_expansion_counts_until_children_were_asked() -> None:
    """The first look for a row is kept beside it."""
    what = Expanding(sites=1, lists=1, segments=9, months=7)
    expanding, held = replace(KEEPS, expanding=what), memory.expanding(KEEPS.behaviour, what)
    assert run([], expanding).totals.peak == held + 19_400 + 768
    whole, without = (run(THOUSAND, c).totals.peak for c in (expanding, KEEPS))
    assert whole - without == memory.UNTIL_5_3.segments + memory.UNTIL_5_3.list_of_segments


def test_a_run_that_asks_no_child_keeps_its_connection_and_all_statements() -> None:
    """Rows that are only deleted, site after site: nothing is given back (seen with 5.2.1)."""
    unvisited = [replace(row, fate=Fate.NO_VISITS) for row in THOUSAND]
    rated = configured(KEEPS, archives_per_hour=1)
    assert run(unvisited, rated).totals == run(unvisited, KEEPS).totals
    asked = run([*unvisited, *days(300)], KEEPS).totals.peak  # whose first batch drops it
    assert asked == pytest.approx(run(unvisited, KEEPS).totals.peak, rel=0.01)


# Lists of segments, one for each site


NEW = run_plan("5.8.0")
LIST = memory.SINCE_5_4.list_of_segments


def listing(plan: RunPlan, *starts: SiteStart) -> ArchivingRun:
    """A run over sites of which none has a row."""
    made = ArchivingRun(plan)
    for one in starts:
        made.site(run_site([], plan), one)
    return made


def test_each_site_whose_segments_are_asked_for_costs_a_list_once() -> None:
    asking = [SiteStart(site, lists_segments=True) for site in range(1, 101)]
    totals = listing(NEW, *asking, SiteStart(101)).totals
    assert totals.lists == 100
    assert (
        totals.peak
        == memory.SINCE_5_4.base + memory.SINCE_5_4.segments + 100 * LIST + memory.SINCE_5_4.site
    )


def test_a_list_that_the_expansion_asked_for_is_not_paid_for_again() -> None:
    expanding = replace(NEW, expanding=Expanding(sites=50, lists=50))
    listed = [SiteStart(site, lists_segments=True, was_listed=True) for site in range(1, 51)]
    made, without = listing(expanding, *listed), listing(NEW, *listed)
    assert made.totals.peak == without.totals.peak
    assert made.totals.lists == without.totals.lists == 50


def test_rows_that_a_turn_queues_itself_cost_where_statements_are_kept() -> None:
    def more(plan: RunPlan) -> int:
        peaks = [listing(plan, SiteStart(1, daily=daily)).totals.peak for daily in (0, 10)]
        return peaks[1] - peaks[0]

    assert more(KEEPS) == 10 * 21_400
    assert more(NEW) == 0


@settings(max_examples=50)
@given(st.integers(30, 300))
def test_a_run_over_idle_sites_dies_at_the_site_whose_list_is_too_much(megabytes: int) -> None:
    limit = megabytes << 20
    every = [SiteStart(site, lists_segments=True) for site in range(1, 801)]
    made = listing(configured(NEW, memory_limit=limit), *every)
    room = memory.exhausted(limit) - memory.SINCE_5_4.base - memory.SINCE_5_4.segments
    assert made.death_site == max(1, -(-room // LIST))
    assert made.at_death is not None
    assert (made.at_death.sites, made.dies_in_expansion) == (made.death_site, False)


@settings(max_examples=50)
@given(st.integers(30, 300))
def test_the_expansion_dies_or_lives_by_its_lists_alone(megabytes: int) -> None:
    limit = megabytes << 20
    room = memory.exhausted(limit) - memory.SINCE_5_4.expansion_with_segments
    deadly = -(-room // LIST)
    for lists in (deadly - 1, deadly):
        expanding = Expanding(sites=lists, lists=lists)
        made = ArchivingRun(replace(configured(NEW, memory_limit=limit), expanding=expanding))
        assert made.dies_in_expansion is (lists == deadly)
        assert made.death_site is None


def test_nothing_is_worked_off_by_a_run_that_dies_in_the_expansion() -> None:
    plan = configured(NEW, memory_limit=64 << 20)
    made = run(THOUSAND, replace(plan, expanding=Expanding(sites=300, lists=300)))
    assert made.at_death == Totals(lists=300, peak=made.at_death.peak if made.at_death else 0)
    assert (made.safe_archives, made.is_safe) == (0, False)
    assert made.totals.archives > 0  # it is followed beyond its death


def test_days_without_visits_cost_little_and_do_not_count_towards_an_archive_limit() -> None:
    empty = [replace(row, fate=Fate.EMPTY) for row in days(100)]
    made = run([*empty, row(MONTH, "2024-01-01")], configured(NEW, archive_limit=1))
    assert made.at_limit is not None
    assert (made.at_limit.archives, made.at_limit.empty, made.at_limit.taken) == (1, 100, 101)
    assert made.totals.peak - run([], NEW).totals.peak < 100 * 700 + 9_000
