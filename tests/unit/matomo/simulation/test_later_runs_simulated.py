"""Every run of Matomo 5.8.0 and 5.2.1 that was recorded row by row, simulated from its queue."""

from functools import cache
from itertools import chain

import pytest

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import ArchivingRun, SiteStart
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation
from matomo_archive_exporter.matomo.simulation.planned_rows import FateFacts, site_plan
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_run import run_site
from matomo_archive_exporter.matomo.time_zone import local_date
from matomo_archive_exporter.settings.values import parse_memory
from tests.support import later_runs
from tests.support.later_runs import LaterRun, Verdict

ALL = [name for name in later_runs.names() if later_runs.load(name).verdicts]
DIED = "midrun-580-dies-64M"
ENDED = [name for name in ALL if name != DIED]
NEW = 0
"""stands for the id of a row that the run itself inserted"""
LEFT_OVER = {"r11-stop1s-C3": frozenset({3, 4, 5, 6, 7, 8})}
"""sites of the shared list that a run before left"""


@cache
def load(name: str) -> LaterRun:
    return later_runs.load(name)


@cache
def simulated(name: str) -> tuple[ArchivingRun, list[Verdict]]:
    """The whole run, and its verdicts; sites without rows have their turn too."""
    run = load(name)
    plan = plan_of(run)
    made = ArchivingRun(plan)
    reported: list[Verdict] = []
    for site in sorted(LEFT_OVER.get(name, run.instance.sites)):
        rows = work(run, site)
        ids = {id(row): number for row, number in rows}

        def watch(verdict: str, row: Invalidation | None, ids: dict[int, int] = ids) -> None:
            reported.append((verdict, None if row is None else ids.get(id(row), NEW)))

        has_segments = bool(run.instance.hashes_of(site))
        batches = run_site([row for row, _ in rows], plan, today(run, site), watch)
        made.site(batches, SiteStart(site, has_segments))
    return made, reported


def work(run: LaterRun, site: int) -> list[tuple[Invalidation, int]]:
    """A site's rows with their fates and ids; all of them count as having visits."""
    facts = FateFacts(run.instance.hashes_of(site))
    found = site_plan(run.table_rows(site), facts, plan_of(run).behaviour).rows
    queued = [q for q in run.queue.get(site, ()) if q.idinvalidation not in run.states]
    return [(row, q.idinvalidation) for row, q in zip(found, queued, strict=True)]


def plan_of(run: LaterRun) -> RunPlan:
    made, highest = (
        run.totals,
        max((q.idinvalidation for q in chain(*run.queue.values())), default=1),
    )
    limit = parse_memory(made["memory_limit"])
    return RunPlan(
        ArchiverConfig(made["adapter"], made["concurrent_requests"], memory_limit=limit),
        version.behaviour(made["matomo"], made["adapter"]),
        new_digits=len(str(highest)),
    )


def today(run: LaterRun, site: int) -> int | None:
    zone = run.instance.sites[site].timezone
    return local_date(run.now, zone).toordinal() if run.totals["children"] == "real" else None


def recorded(run: LaterRun) -> list[Verdict]:
    ids = {None, *(q.idinvalidation for rows in run.queue.values() for q in rows)}
    return [(code, number if number in ids else NEW) for code, number in run.verdicts]


@pytest.mark.parametrize("name", ALL)
def test_every_row_meets_the_verdicts_that_were_recorded_in_their_order(name: str) -> None:
    expected = recorded(load(name))
    found = simulated(name)[1][: len(expected)]
    assert [(i, a, b) for i, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b] == []


@pytest.mark.parametrize("name", ENDED)
def test_totals_are_equal_to_the_unit(name: str) -> None:
    run, found = load(name).totals, simulated(name)[0].totals
    assert found.taken == run["taken"]
    assert found.skips == run["overlap_skips"]
    assert found.selects == run["selects"]
    assert found.duplicates == run["duplicates_dropped"]
    assert run["repaired_rows"] in (None, found.repaired)
    assert found.sites == run["sites_started"]
    assert run["distinct_select_texts"] in (None, found.texts)


@pytest.mark.parametrize("name", ENDED)
def test_the_peak_is_within_7_percent(name: str) -> None:
    found = simulated(name)[0].totals.peak
    assert found == pytest.approx(load(name).totals["peak_bytes"], rel=0.07)


def test_the_run_that_died_dies_at_its_site() -> None:
    """All rows count as having visits here, so that it dies a little early."""
    found = simulated(DIED)[0]
    assert found.death_site == pytest.approx(load(DIED).totals["last_site_started"], rel=0.05)
    assert found.at_death is not None
    assert not found.dies_in_expansion
