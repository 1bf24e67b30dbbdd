"""Every recorded run of core:archive, simulated from the queue that it met."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from matomo_archive_exporter.matomo.simulation.archiving_run import ArchivingRun
from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation
from matomo_archive_exporter.matomo.simulation.site_run import Batch, run_site
from tests.support import recorded_runs
from tests.support.invalidations import Queued
from tests.support.naive_archiver import NaiveArchiver
from tests.support.recorded_runs import load
from tests.support.simulated_runs import Rerun, rerun

ALL = recorded_runs.names()
CLOSELY = recorded_runs.names_with_verdicts()
DIED = ["case-07-128M", "log-info-main-oom-midrun"]
IN_PLACE_OF_VALUES = 24
"""bytes that a text is shorter with placeholders for site, status and time, as MYSQLI sends it"""
NEW = 0
"""stands for the id of a row that the run itself inserted"""

# Facts that the queue does not contain, by run and verdict: fate and rows.
FROM_OUTSIDE: Mapping[str, Mapping[str, tuple[Fate, int]]] = {
    # one of the 8 sites had no visits in the days of 35 rows
    "case-06a": {"E": (Fate.NO_VISITS, 35)},
    # visits since October only; a segment of one site, queued at all five
    "case-13": {"E": (Fate.NO_VISITS, 1980), "delseg": (Fate.FOREIGN, 976)},
    # the archiver met its own child in the process list
    "case-real-01": {"EX": (Fate.BLOCKED, 1)},
    # a segment of one site, queued at all three
    "case2-06a": {"delseg": (Fate.FOREIGN, 198)},
}


@cache
def again(name: str) -> Rerun:
    run, outside = load(name), FROM_OUTSIDE.get(name, {})
    fates = {
        v.idinvalidation: outside[v.code][0]
        for v in run.verdicts
        if v.code in outside and v.idinvalidation is not None
    }
    return rerun(run, fates)


@cache
def simulated(name: str) -> tuple[ArchivingRun, list[tuple[str, int | None]]]:
    """The whole run, and its verdicts."""
    case = again(name)
    run, verdicts = ArchivingRun(case.plan), list[tuple[str, int | None]]()
    for site, batches in site_runs(case, verdicts):
        run.site(batches, case.start_of(site))
    return run, verdicts


def site_runs(
    case: Rerun, verdicts: list[tuple[str, int | None]]
) -> Iterator[tuple[int, Iterator[Batch]]]:
    for site, queue in case.queues.items():
        ids = {id(q.row): q.idinvalidation for q in queue}

        def watch(verdict: str, row: Invalidation | None, ids: Mapping[int, int] = ids) -> None:
            verdicts.append((verdict, None if row is None else ids.get(id(row), NEW)))

        yield site, run_site([q.row for q in queue], case.plan, case.today, watch)


def recorded(name: str) -> list[tuple[str, int | None]]:
    ids = {None, *(q.idinvalidation for q in rows(name))}
    verdicts = load(name).verdicts
    return [(v.code, v.idinvalidation if v.idinvalidation in ids else NEW) for v in verdicts]


def rows(name: str) -> list[Queued]:
    return [q for queue in again(name).queues.values() for q in queue]


@pytest.mark.parametrize("name", CLOSELY)
def test_rows_that_the_queue_cannot_explain_are_listed_here(name: str) -> None:
    listed = {code: count for code, (_, count) in FROM_OUTSIDE.get(name, {}).items()}
    found = Counter(v.code for v in load(name).verdicts if v.code in ("E", "EX", "delseg"))
    if load(name).children == "real":
        del found["E"]  # usable archives of the same run, which the simulation knows of
    assert found == listed


@pytest.mark.parametrize("name", CLOSELY)
def test_every_row_meets_the_verdicts_that_were_recorded_in_their_order(name: str) -> None:
    _, verdicts = simulated(name)
    expected = recorded(name)
    if name in DIED:
        assert len(expected) < len(verdicts)
        verdicts = verdicts[: len(expected)]
    assert len(verdicts) == len(expected)
    assert [*differences(verdicts, expected)] == []


def differences(
    found: list[tuple[str, int | None]], expected: list[tuple[str, int | None]]
) -> Iterator[tuple[int, object, object]]:
    for place, (one, other) in enumerate(zip(found, expected, strict=True)):
        if one != other:
            yield place, one, other


@pytest.mark.parametrize("name", sorted({*CLOSELY} - {*DIED}))
def test_totals_are_equal_to_the_unit(name: str) -> None:
    run, totals = load(name), simulated(name)[0].totals
    assert run.other_verdicts is not None
    assert totals.archives == run.taken
    assert totals.skips == run.overlap_skips
    assert totals.duplicates == run.duplicates_dropped
    assert totals.repaired == run.repaired_rows
    assert totals.selects == run.selects
    assert totals.texts == run.distinct_select_texts
    assert totals.sites == run.sites_started


def test_a_run_of_which_little_was_logged_takes_as_many_selects() -> None:
    run, totals = load("log-info-normal"), simulated("log-info-normal")[0].totals
    assert totals.selects == run.selects == 113
    assert totals.archives == run.memory[-1].rows_started == 38


@cache
def statements(name: str) -> list[tuple[str, int]]:
    """Every SELECT in full, and its length with all digits of the site's id."""
    case, written = again(name), list[tuple[str, int]]()
    new = max(q.idinvalidation for q in rows(name)) + 1
    archiver = NaiveArchiver(case.run.concurrent_requests, today=case.today, next_id=new)
    for site, queue in case.queues.items():
        archiver.run_site(queue)
        more = len(str(site)) - 1
        written += [(text, len(text) + more) for text in archiver.statements[len(written) :]]
    return written


@pytest.mark.parametrize("name", [name for name in ALL if load(name).sum_select_length])
def test_statements_written_in_full_are_as_long_as_those_recorded(name: str) -> None:
    run = load(name)
    lengths = [length for _, length in statements(name)]
    if run.adapter == "MYSQLI":
        lengths = [len(text) - IN_PLACE_OF_VALUES for text, _ in statements(name)]
    assert sum(lengths[: run.selects]) == run.sum_select_length


@pytest.mark.parametrize("name", ALL)
def test_texts_and_their_lengths_are_those_of_statements_written_in_full(name: str) -> None:
    totals = simulated(name)[0].totals
    lengths = dict(reversed(statements(name)))  # of each text when it first came
    assert totals.texts == len(lengths)
    assert totals.text_bytes == sum(lengths.values())


@pytest.mark.parametrize("name", ALL)
def test_the_peak_is_within_7_percent(name: str) -> None:
    assert simulated(name)[0].totals.peak == pytest.approx(load(name).peak_bytes, rel=0.07)


@pytest.mark.parametrize(("name", "started"), [(DIED[0], 2224), (DIED[1], 88)])
def test_a_run_dies_when_it_did(name: str, started: int) -> None:
    death = simulated(name)[0].at_death
    assert load(name).exit_status == 255
    assert death is not None
    assert death.archives == pytest.approx(started, rel=0.05)
    assert death.selects == pytest.approx(load(name).selects, rel=0.05)


@pytest.mark.parametrize("name", sorted({*ALL} - {*DIED}))
def test_a_run_that_lived_lives(name: str) -> None:
    assert load(name).exit_status == 0
    assert simulated(name)[0].at_death is None
