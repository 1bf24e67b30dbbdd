"""A whole run: sites one after the other in one process, its limits and its memory."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from itertools import chain, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiving_run import ArchivingRun, SiteStart, Totals
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_run import Batch, run_site
from matomo_archive_exporter.matomo.simulation.statements import length
from tests.support.invalidations import Queued, days, queues, sites
from tests.support.naive_archiver import NaiveArchiver
from tests.support.plans import MYSQLI, PDO, configured, run_plan

KEEPS = run_plan()
BASE = memory.UNTIL_5_3.base
SITES = st.lists(queues(20, all_archived=True), min_size=1, max_size=4).map(sites)
CONCURRENCY = st.sampled_from([1, 3, 10])
THOUSAND = days(1000, first="2022-01-01")


def run(
    every: Sequence[Sequence[Invalidation]],
    plan: RunPlan = KEEPS,
    *,
    archive_limit: int = 0,
    concurrency: int = 3,
) -> ArchivingRun:
    """A run over the rows of sites 1, 2, and so on."""
    plan = configured(plan, archive_limit=archive_limit, concurrent_requests=concurrency)
    made = ArchivingRun(plan)
    for idsite, rows in enumerate(every, 1):
        made.site(run_site(rows, plan), SiteStart(idsite))
    return made


def rows_of(every: Sequence[Sequence[Queued]]) -> list[list[Invalidation]]:
    return [[q.row for q in queue] for queue in every]


def limited_to(limit: int) -> RunPlan:
    return configured(KEEPS, memory_limit=limit)


# The totals of a run


def test_a_run_without_sites_did_nothing_but_begin() -> None:
    assert run([]).totals == Totals(peak=BASE)


@given(SITES, CONCURRENCY)
def test_totals_are_those_of_a_naive_archiver(every: list[list[Queued]], concurrency: int) -> None:
    naive = NaiveArchiver(concurrency)
    for queue in every:
        naive.run_site(queue)
    texts = {text: len(text) for text in naive.statements}
    totals = run(rows_of(every), concurrency=concurrency).totals
    assert replace(totals, peak=0, of_plugins=0, excluded=0) == Totals(
        archives=naive.count("take"),
        skips=naive.count("skip"),
        duplicates=naive.count("dup"),
        repaired=naive.repaired,
        selects=len(naive.statements),
        texts=len(texts),
        text_bytes=sum(texts.values()),
        sites=len(every),
    )


def test_a_site_without_rows_costs_one_select_and_no_text_but_the_first() -> None:
    totals = run([[], [], []]).totals
    assert (totals.selects, totals.texts, totals.text_bytes, totals.sites) == (3, 1, 244, 3)


def test_two_sites_cost_more_than_twice_one() -> None:
    """Every statement of the second contains the rows of the first."""
    one, two = run([days(500)]).totals, run([days(500), days(500)]).totals
    assert two.archives == 2 * one.archives
    assert two.text_bytes > 3 * one.text_bytes
    assert two.peak - BASE > 2.3 * (one.peak - BASE)


def test_ids_of_former_sites_lengthen_the_texts() -> None:
    totals = run([days(1), []]).totals
    before = run([days(1)]).totals
    assert totals.text_bytes == before.text_bytes  # the last text of the first site comes again
    after = run([days(1), days(1)]).totals
    handled = before.archives * 5 - 1  # 3 digits, 4 of new rows, and as many commas
    assert after.text_bytes - before.text_bytes > length(handled)


@pytest.mark.parametrize(
    ("prefix", "idsite", "more"), [(7, 1, 0), (0, 1, -7), (10, 1, 3), (7, 123, 2)]
)
def test_texts_hold_the_tables_prefix_and_the_sites_id(prefix: int, idsite: int, more: int) -> None:
    usual = run([[], days(3)]).totals
    made = ArchivingRun(replace(KEEPS, prefix=prefix))
    made.site(run_site([], KEEPS), SiteStart(1))
    made.site(run_site(days(3), KEEPS), SiteStart(idsite))
    expected = usual.text_bytes + more * usual.texts
    first_text = more if idsite > 9 else 0  # asked at the first site
    assert made.totals.text_bytes == expected - first_text


# Memory


@given(SITES, CONCURRENCY)
def test_memory_grows_with_every_site(every: list[list[Queued]], concurrency: int) -> None:
    peaks = [
        run(rows_of(every[:count]), concurrency=concurrency).totals.peak
        for count in range(1, len(every) + 1)
    ]
    assert peaks == sorted(peaks)


@pytest.mark.parametrize("adapter", [PDO, MYSQLI])
@pytest.mark.parametrize("concurrency", [1, 3])
def test_memory_grows_with_every_row(adapter: str, concurrency: int) -> None:
    plan = run_plan(adapter=adapter)
    peaks = [
        run([days(count)], plan, concurrency=concurrency).totals.peak for count in range(1, 150, 7)
    ]
    assert all(one < other for one, other in pairwise(peaks))


def test_memory_grows_quadratically_where_statements_are_kept_and_linearly_elsewhere() -> None:
    def growth(count: int, plan: RunPlan) -> int:
        return run([days(count, first="2010-01-01")], plan).totals.peak

    half, whole = (growth(count, KEEPS) - BASE for count in (1500, 3000))
    assert 2.5 * half < whole < 4 * half
    half, whole = (growth(count, run_plan(adapter=MYSQLI)) - BASE for count in (1500, 3000))
    assert whole == pytest.approx(2 * half, rel=0.02)


@given(SITES, st.integers(1, 60))
def test_windows_never_raise_the_peak(every: list[list[Queued]], an_hour: int) -> None:
    whole = run(rows_of(every)).totals
    windows = run(rows_of(every), configured(KEEPS, archives_per_hour=an_hour)).totals
    assert windows.peak <= whole.peak
    assert replace(windows, peak=whole.peak) == whole


def test_windows_lower_the_peak_of_a_long_run() -> None:
    peaks = [
        run([THOUSAND], configured(KEEPS, archives_per_hour=rate)).totals.peak
        for rate in (None, 250, 100, 10)
    ]
    assert all(one > other for one, other in pairwise(peaks))


def test_a_rate_that_a_run_stays_below_makes_it_one_window() -> None:
    assert (
        run([THOUSAND], configured(KEEPS, archives_per_hour=5_000)).totals == run([THOUSAND]).totals
    )


# Death, and safe limits


def test_a_run_without_a_limit_neither_dies_nor_is_cut_off() -> None:
    made = run([THOUSAND])
    assert (made.at_death, made.is_safe, made.is_cut_off) == (None, True, False)
    assert made.safe_archives == made.totals.archives


@pytest.mark.parametrize("megabytes", [20, 27, 41, 60])
def test_a_run_dies_once_98_percent_of_its_limit_are_used_and_goes_on_in_the_simulation(
    megabytes: int,
) -> None:
    limit = megabytes << 20
    made = run([THOUSAND], limited_to(limit))
    assert made.at_death is not None
    assert made.at_death.peak >= memory.exhausted(limit)
    assert made.totals == run([THOUSAND]).totals
    before = run([THOUSAND], KEEPS, archive_limit=max(1, made.at_death.archives - 3)).at_limit
    assert before is not None
    assert before.peak < memory.exhausted(limit)


@pytest.mark.parametrize("megabytes", [27, 39, 55, 70])
def test_a_run_limited_to_its_safe_archives_is_safe_and_with_a_few_more_it_is_not(
    megabytes: int,
) -> None:
    limit = megabytes << 20
    safe = run([THOUSAND], limited_to(limit)).safe_archives
    below = run([THOUSAND], limited_to(limit), archive_limit=safe).at_limit
    above = run([THOUSAND], limited_to(limit), archive_limit=int(safe * 1.05) + 1).at_limit
    assert below is not None
    assert above is not None
    assert below.peak < 0.8 * memory.usable(limit) <= above.peak


def test_no_archive_limit_is_low_enough_where_the_beginning_needs_too_much() -> None:
    made = run([THOUSAND], limited_to(18 << 20))
    assert (made.is_safe, made.safe_archives) == (False, 0)


def test_a_run_is_cut_off_at_ten_times_its_limit() -> None:
    made = run([THOUSAND, THOUSAND], limited_to(10 << 20))
    assert made.is_cut_off
    assert 100 << 20 <= made.totals.peak < 101 << 20
    done = made.totals
    made.site(run_site(days(9), KEEPS), SiteStart(3))
    assert replace(made.totals, sites=done.sites) != Totals()
    assert (made.totals.archives, made.totals.selects) == (done.archives, done.selects)


def test_a_run_that_is_followed_whole_is_not() -> None:
    made = run([THOUSAND, THOUSAND], replace(limited_to(10 << 20), is_followed_whole=True))
    assert not made.is_cut_off
    assert replace(made.totals, peak=0) == replace(run([THOUSAND, THOUSAND]).totals, peak=0)


def test_a_run_is_cut_off_after_the_most_selects() -> None:
    made = run([THOUSAND], configured(KEEPS, most_rows=125))
    assert made.is_cut_off
    assert 500 < made.totals.selects <= 510


# Archive limits


def test_an_archive_limit_is_looked_at_after_each_batch() -> None:
    found = run([THOUSAND], archive_limit=301).at_limit
    assert found is not None
    assert 301 <= found.archives <= 303


def test_no_limit_and_one_that_is_not_reached_change_nothing() -> None:
    assert run([days(5)], archive_limit=0).at_limit is None
    assert run([days(5)], archive_limit=1000).at_limit is None


@given(SITES, st.integers(1, 60), CONCURRENCY)
def test_a_limited_run_is_the_beginning_of_one_without_a_limit(
    every: list[list[Queued]], limit: int, concurrency: int
) -> None:
    rows = rows_of(every)
    found = run(rows, archive_limit=limit, concurrency=concurrency)
    assert found.totals == run(rows, concurrency=concurrency).totals
    assume(found.at_limit is not None)
    assert found.at_limit is not None
    assert replace(found.at_limit, excluded=0) == totals_up_to(limit, rows, concurrency)


def totals_up_to(
    limit: int, every: Sequence[Sequence[Invalidation]], concurrency: int
) -> Totals | None:
    """Those of a run that really ends after the batch with which the limit is reached."""
    made = ArchivingRun(KEEPS)
    archives = 0
    for idsite, rows in enumerate(every, 1):
        batches: list[Batch] = []
        for batch in run_site(rows, configured(KEEPS, concurrent_requests=concurrency)):
            batches.append(batch)
            archives += batch.archived
            if archives >= limit:
                break
        made.site(batches, SiteStart(idsite))
        if archives >= limit:
            return replace(made.totals, excluded=0)
    return None


def test_totals_have_no_field_that_is_never_counted() -> None:
    """A queue in which everything happens leaves none at zero."""
    one = days(5)
    rows = [*chain.from_iterable([day, *days_like(day)] for day in one)]
    totals = run([rows]).totals
    zero = {field.name for field in fields(Totals) if not getattr(totals, field.name)}
    assert zero == {"deleted", "empty", "lists", "of_plugins", "daily"}


def days_like(day: Invalidation) -> Iterable[Invalidation]:
    """The same row once more, and one that overlaps it."""
    return replace(day), replace(day, report="7")
