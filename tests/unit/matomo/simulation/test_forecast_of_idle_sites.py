"""Runs over sites without visits or rows: days that are started, expansions, the shared list."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster, SiteInput
from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation
from matomo_archive_exporter.matomo.simulation.planned_rows import SitePlan
from tests.support.invalidations import MONTH, WEEK, YEAR, A, days, ordered, row
from tests.support.plans import configured, ruled, run_plan

PLAN, NEW = run_plan(), run_plan("5.8.0")


def work(rows: Sequence[Invalidation], rearchived: int = 0) -> SitePlan:
    return SitePlan(tuple(rows), rearchived, 0)


# Days without visits, 5.4.0 and later


def overlapping_days(fate: Fate) -> list[Invalidation]:
    """Six days of one week for two names, with all that holds them: nothing is to be repaired."""
    names = ("done", f"done{A}")
    of_days = [r for name in names for r in days(6, name, "2025-03-03")]
    above = [row(period, "2025-03-03", name) for name in names for period in (WEEK, MONTH, YEAR)]
    return ordered([*(replace(r, fate=fate) for r in of_days), *above])


def test_without_visits_days_that_are_started_cause_skips_too() -> None:
    """Whether they have visits or not, as many requests at once put as many rows off."""
    forecaster = Forecaster(replace(NEW, knows_visits=False))
    visited, empty = (work(overlapping_days(fate)) for fate in (Fate.ARCHIVED, Fate.EMPTY))
    forecaster.add(SiteInput(1, 1, visited, empty, None))
    found = forecaster.result()
    assert found.lowest_peak < found.configured.totals.peak
    assert found.configured.totals.skips > 0
    alone = Forecaster(NEW)
    alone.add(SiteInput(1, 1, empty, None, None))
    reported = alone.result().configured.totals
    assert reported.skips == found.configured.totals.skips
    assert (reported.archives, reported.empty) == (6, 12)


@pytest.mark.parametrize("starts", [False, True])
def test_before_5_4_idle_sites_without_a_segments_row_need_no_list(starts: bool) -> None:
    plan = ruled(replace(PLAN, knows_visits=False), works_unvisited_days=starts)
    forecaster = Forecaster(plan)
    forecaster.add(SiteInput(1, 1, work(days(1)), work([]), None, lists_segments=True))
    costs, found = memory.costs_of(plan.behaviour), forecaster.result()
    lists = costs.segments + costs.list_of_segments
    assert found.lowest_peak - costs.base - 19_400 - 768 == (lists if starts else costs.site)


# The expansion of re-archivings


def expanding(megabytes: int, sites: int, archive_limit: int = 0) -> Forecast:
    """So many sites with one row and a segment each, on 5.8.0."""
    plan = configured(NEW, memory_limit=megabytes << 20, archive_limit=archive_limit)
    forecaster = Forecaster(replace(plan, expanding=memory.Expanding(sites, sites)))
    for idsite in range(1, sites + 1):
        found = SiteInput(
            idsite, 1, work(days(1)), None, None, lists_segments=True, was_listed=True
        )
        forecaster.add(found)
    return forecaster.result()


@pytest.mark.parametrize("archive_limit", [0, 3])
def test_a_run_that_dies_in_the_expansion_dies_before_any_site_with_every_archive_limit(
    archive_limit: int,
) -> None:
    found = expanding(64, 300, archive_limit)
    run = found.configured
    assert (run.dies_in, run.death_site, run.safe_archives) == ("expansion", None, 0)
    assert run.death is not None
    assert (run.death.archives, run.death.sites) == (0, 0)
    assert found.single_request.dies_in == "expansion"


def test_a_death_in_the_expansion_comes_with_the_run_without_one() -> None:
    spared = expanding(64, 300).without_expansion
    assert spared is not None
    assert spared.dies_in == "run"
    assert spared.death_site == pytest.approx(98, abs=2)
    assert expanding(256, 300).without_expansion is None


def test_a_run_that_survives_dies_nowhere() -> None:
    run = expanding(256, 300).configured
    assert (run.death, run.dies_in, run.death_site) == (None, None, None)


def test_an_archive_limit_that_ends_the_run_at_a_site_spares_it_the_next_ones() -> None:
    """The sites behind cost memory without a single row."""
    for limit, dies_in in ((0, "run"), (1, None)):
        forecaster = Forecaster(configured(NEW, memory_limit=32 << 20, archive_limit=limit))
        for idsite in range(1, 101):
            rows = work(days(1) if idsite == 1 else [])
            forecaster.add(SiteInput(idsite, idsite, rows, None, None, lists_segments=True))
        assert forecaster.result().configured.dies_in == dies_in


def test_rows_at_sites_that_the_run_does_not_take_are_added_all_the_same() -> None:
    forecaster = Forecaster(PLAN)
    forecaster.add(SiteInput(1, 1, work(days(1), 5), None, None))
    forecaster.add_waiting(7)
    found = forecaster.result()
    assert (found.rearchived, found.configured.totals.sites) == (12, 1)
