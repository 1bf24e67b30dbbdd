"""The next run of core:archive: all sites together, as configured and as it might be."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiving_run import ArchivingRun, SiteStart
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster, SiteInput
from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation
from matomo_archive_exporter.matomo.simulation.planned_rows import SitePlan
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_run import run_site
from tests.support.invalidations import (
    DAY,
    A,
    Queued,
    days,
    queues,
    row,
    sites,
)
from tests.support.plans import configured, ruled, run_plan

THOUSAND = days(1000, first="2022-01-01")
SITES = st.lists(queues(20, all_archived=True), min_size=1, max_size=4).map(sites)


def plan(
    limit_megabytes: int | None = None, *, knows_visits: bool = True, **config: Any
) -> RunPlan:
    limit = None if limit_megabytes is None else limit_megabytes << 20
    return replace(run_plan(memory_limit=limit, **config), knows_visits=knows_visits)


def work(rows: Iterable[Invalidation], rearchived: int = 0, daily: int = 0) -> SitePlan:
    return SitePlan(tuple(rows), rearchived, daily)


def unvisited(found: SitePlan) -> SitePlan:
    return replace(found, rows=tuple(replace(r, fate=Fate.NO_VISITS) for r in found.rows), daily=0)


def site(
    idsite: int, rows: Sequence[Invalidation], key: object = None, *, knows_visits: bool = True
) -> SiteInput:
    found = work(rows)
    without = None if knows_visits else unvisited(found)
    return SiteInput(idsite, key or idsite, found, without, None)


def forecast(run: RunPlan, *every: Sequence[Invalidation], cut_off: bool = False) -> Forecast:
    forecaster = Forecaster(run)
    for idsite, rows in enumerate(every, 1):
        forecaster.add(site(idsite, rows, knows_visits=run.knows_visits))
    if cut_off:
        forecaster.cut_off()
    return forecaster.result()


def simulated(run: RunPlan, *every: Sequence[Invalidation], concurrency: int) -> ArchivingRun:
    run = configured(run, concurrent_requests=concurrency)
    made = ArchivingRun(run)
    for idsite, rows in enumerate(every, 1):
        made.site(run_site(rows, run), SiteStart(idsite))
    return made


# Both runs


def test_an_instance_without_sites_has_an_exact_forecast_of_nothing() -> None:
    found = forecast(plan())
    assert (found.configured.totals.archives, found.full_queue_peak) == (0, memory.UNTIL_5_3.base)
    assert found.is_exact
    assert found.configured.safe_archives is None


@settings(max_examples=50)
@given(SITES, st.sampled_from([1, 2, 3, 10]))
def test_the_run_as_configured_and_one_with_single_requests_are_both_simulated(
    every: list[list[Queued]], concurrency: int
) -> None:
    rows = [[q.row for q in queue] for queue in every]
    run = plan(concurrent_requests=concurrency)
    found = forecast(run, *rows)
    assert found.configured.totals == simulated(run, *rows, concurrency=concurrency).totals
    assert found.single_request.totals == simulated(run, *rows, concurrency=1).totals
    assert found.single_request.totals.skips == 0
    assert found.full_queue_peak == found.lowest_peak == found.configured.totals.peak


def test_rows_to_come_are_counted_over_all_sites() -> None:
    forecaster = Forecaster(plan())
    for idsite, (rearchived, daily) in enumerate([(3, 0), (4, 8)], 1):
        forecaster.add(SiteInput(idsite, idsite, work([], rearchived, daily), None, None))
    found = forecaster.result()
    assert (found.rearchived, found.daily) == (7, 8)


def test_different_segments_run_together_only_where_the_version_lets_them() -> None:
    rows = [row(DAY, "2025-03-05", f"done{segment * 32}") for segment in "ab"]
    skips = [
        forecast(ruled(plan(), exempts_other_segments=exempts), rows).configured.totals.skips
        for exempts in (True, False)
    ]
    assert skips[0] < skips[1]


def test_todays_plugin_rows_go_once_all_plugins_were_archived() -> None:
    rows = [row(DAY, "2025-03-05"), row(DAY, "2025-03-05", "done.Goals")]
    forecaster = Forecaster(plan())
    forecaster.add(replace(site(1, rows), today=rows[0].date1))
    assert forecaster.result().configured.totals.deleted == 1
    assert forecast(plan(), rows).configured.totals.deleted == 0


# Sites that are alike


@settings(max_examples=50)
@given(queues(30), st.integers(1, 5))
def test_sites_that_are_alike_cost_what_they_would_cost_otherwise(
    queue: list[Queued], how_many: int
) -> None:
    rows = [q.row for q in queue]
    apart, alike = Forecaster(plan()), Forecaster(plan())
    for idsite in range(1, how_many + 1):
        apart.add(site(idsite, rows, ("apart", idsite)))
        alike.add(site(idsite, rows, "alike"))
    assert apart.result() == alike.result()


@pytest.mark.parametrize("most", [0, 5, 25])
def test_a_memory_that_is_too_small_for_turns_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    rows = [days(10), days(20), days(10), days(20), days(10)]
    expected = forecast(plan(), *rows)
    monkeypatch.setattr("matomo_archive_exporter.matomo.simulation.bounded_cache.MOST_ROWS", most)
    forecaster = Forecaster(plan())
    for idsite, some in enumerate(rows, 1):
        forecaster.add(site(idsite, some, len(some)))
    assert forecaster.result() == expected


# Limits


def test_a_run_that_fits_needs_no_archive_limit_and_does_not_die() -> None:
    found = forecast(plan(512), THOUSAND).configured
    assert (found.death, found.safe_archives) == (None, None)


def test_a_run_that_does_not_fit_dies_on_its_way() -> None:
    found = forecast(plan(50), THOUSAND).configured
    assert found.death is not None
    assert found.death.archives < found.totals.archives
    assert found.death.peak >= 0.98 * (50 << 20)


def test_an_archive_limit_may_end_the_run_before_its_death() -> None:
    found = forecast(plan(50, archive_limit=100), THOUSAND)
    assert found.configured.death is None
    assert 100 <= found.configured.totals.archives <= 102
    assert found.full_queue_peak > 50 << 20 > found.configured.totals.peak
    late = forecast(plan(50, archive_limit=1000), THOUSAND).configured
    assert late.death is not None


@settings(max_examples=20)
@given(st.integers(27, 70), st.sampled_from([1, 3, 10]))
def test_safe_archives_is_the_largest_limit_that_keeps_the_run_below_80_percent(
    megabytes: int, concurrency: int
) -> None:
    run = plan(megabytes, concurrent_requests=concurrency)
    safe = forecast(run, THOUSAND).configured.safe_archives
    assert safe is not None
    below = forecast(configured(run, archive_limit=safe), THOUSAND).configured.totals
    more = configured(run, archive_limit=int(safe * 1.05) + 1)
    above = forecast(more, THOUSAND).configured.totals
    assert below.peak < 0.8 * memory.usable(megabytes << 20) <= above.peak


def test_no_archive_limit_is_low_enough_for_a_process_that_hardly_begins() -> None:
    assert forecast(plan(20), THOUSAND).configured.safe_archives == 0


# Visits that are not known


def test_where_visits_are_not_known_the_truth_lies_between_two_runs() -> None:
    found = forecast(plan(knows_visits=False), THOUSAND)
    assert found.configured.totals == forecast(plan(), THOUSAND).configured.totals
    without = [replace(r, fate=Fate.NO_VISITS) for r in THOUSAND]
    assert found.lowest_peak == forecast(plan(), without).configured.totals.peak
    assert found.lowest_peak < found.configured.totals.peak == found.full_queue_peak
    assert not found.knows_visits


@given(queues(40), st.sampled_from([1, 2, 3, 10]))
def test_before_5_4_it_makes_no_difference_without_visits_how_many_requests_run_at_once(
    queue: list[Queued], concurrency: int
) -> None:
    fates = dict.fromkeys((Fate.ARCHIVED, Fate.EMPTY, Fate.BLOCKED), Fate.NO_VISITS)
    rows = [replace(q.row, fate=fates.get(q.row.fate, q.row.fate)) for q in queue]
    run = plan()
    assert (
        simulated(run, rows, concurrency=concurrency).totals
        == simulated(run, rows, concurrency=1).totals
    )


@pytest.mark.parametrize("megabytes", [30, 60, 75])
def test_no_archive_limit_is_sure_to_be_low_enough_where_it_may_never_be_reached(
    megabytes: int,
) -> None:
    """Rows without visits do not count towards it."""
    found = forecast(plan(megabytes, knows_visits=False), THOUSAND).configured
    assert found.safe_archives == 0
    assert found.safe_if_visited == forecast(plan(megabytes), THOUSAND).configured.safe_archives


@pytest.mark.parametrize("knows_visits", [True, False])
def test_no_limit_is_needed_where_all_rows_fit_with_visits(knows_visits: bool) -> None:
    found = forecast(plan(512, knows_visits=knows_visits), THOUSAND).configured
    assert (found.safe_archives, found.safe_if_visited) == (None, None)


def test_where_visits_are_known_safe_archives_is_the_same_either_way() -> None:
    found = forecast(plan(50), THOUSAND).configured
    assert found.safe_archives == found.safe_if_visited


# What was not simulated to its end


def test_a_run_is_over_once_every_one_needs_ten_times_its_memory() -> None:
    forecaster = Forecaster(plan(10))
    numbers = count(1)
    while not forecaster.is_over:
        forecaster.add(site(next(numbers), THOUSAND, "alike"))
    found = forecaster.result()
    assert not found.is_exact
    assert found.configured.totals.peak >= 100 << 20
    assert found.configured.totals.archives < next(numbers) * len(THOUSAND)


def test_a_run_is_not_over_while_it_fits() -> None:
    forecaster = Forecaster(plan(512))
    forecaster.add(site(1, THOUSAND))
    assert not forecaster.is_over
    assert forecaster.result().is_exact


def test_rows_to_come_are_not_known_where_not_all_sites_were_looked_at() -> None:
    assert forecast(plan(), days(3)).knows_added
    assert not forecast(plan(), days(3), cut_off=True).knows_added


def test_a_queue_that_was_not_read_to_its_end_makes_a_lower_bound() -> None:
    assert not forecast(plan(), days(3), cut_off=True).is_exact
    assert forecast(plan(), days(3), cut_off=True).configured.safe_archives is None
    limited = forecast(plan(512), days(3), cut_off=True).configured
    assert limited.safe_archives == forecast(plan(512), days(3)).configured.totals.archives


def test_the_lists_of_the_sites_segments_cost_memory() -> None:
    peaks = []
    for lists in (False, True):
        forecaster = Forecaster(plan())
        for idsite in (1, 2):
            forecaster.add(replace(site(idsite, days(30)), lists_segments=lists))
        peaks.append(forecaster.result().configured.totals.peak)
    costs = memory.UNTIL_5_3
    assert peaks[1] - peaks[0] == costs.segments + 2 * costs.list_of_segments


def test_names_of_segments_do_not_matter_to_memory() -> None:
    one, other = days(30), days(30, f"done{A}")
    assert (
        forecast(plan(), one).configured.totals.peak
        == forecast(plan(), other).configured.totals.peak
    )
