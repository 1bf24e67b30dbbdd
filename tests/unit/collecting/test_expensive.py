"""When overlaps and the forecast are computed again."""

from dataclasses import replace

from matomo_archive_exporter.collecting.expensive import Fingerprint
from matomo_archive_exporter.matomo.queue.queue import summarise
from matomo_archive_exporter.matomo.queue.turnover import Turnover
from matomo_archive_exporter.readings.runs.runs import RunsReading

RUNS = RunsReading("5.8.0", shared_sites=frozenset({1, 2, 3}))
BEFORE = Fingerprint(queue=summarise([]), turnover=Turnover(0, 0), instance=(), runs=RUNS, moment=7)


def test_a_site_that_a_run_takes_from_the_shared_list_changes_the_forecast_alone() -> None:
    taken = replace(BEFORE, runs=replace(RUNS, shared_sites=frozenset({2, 3})))
    assert taken.of_overlaps == BEFORE.of_overlaps
    assert taken != BEFORE


def test_a_new_shared_list_changes_no_overlap() -> None:
    begun = replace(BEFORE, runs=replace(RUNS, list_began=1_700_000_000))
    assert begun.of_overlaps == BEFORE.of_overlaps


def test_time_alone_changes_no_overlap_and_another_version_does() -> None:
    assert replace(BEFORE, moment=8).of_overlaps == BEFORE.of_overlaps
    updated = replace(BEFORE, runs=replace(RUNS, matomo_version="5.2.0"))
    assert updated.of_overlaps != BEFORE.of_overlaps
