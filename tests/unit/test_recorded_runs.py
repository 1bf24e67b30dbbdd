import csv
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from tests.support import recorded_runs, recordings
from tests.support.recorded_runs import Code, RecordedRun, load

COLUMNS = (
    "idinvalidation,idarchive,name,idsite,date1,date2,period"
    ",ts_invalidated,ts_started,status,report"
)
OTHER_IDS = "case-10"  # its queue was recorded in another run over the same queue


def queued_ids(run: RecordedRun) -> set[int]:
    return {int(row["idinvalidation"]) for row in csv.DictReader(run.queue.splitlines())}


def counts(run: RecordedRun) -> Counter[str]:
    return Counter(verdict.code for verdict in run.verdicts)


def test_the_tables_of_every_run_were_recorded_too() -> None:
    assert len(recorded_runs.names()) == 13
    assert set(recorded_runs.names()) < set(recordings.names())


@pytest.mark.parametrize("name", recorded_runs.names_with_verdicts())
def test_the_verdicts_of_a_run_add_up_to_its_totals(name: str) -> None:
    run = load(name)
    found = counts(run)
    assert set(found) <= set(get_args(Code))
    assert run.selects == len(run.verdicts)
    assert found["take"] == run.taken
    assert found["skip"] == run.overlap_skips
    assert found["dup"] == run.duplicates_dropped
    assert found["nonext"] == run.ends_of_list
    assert run.other_verdicts is not None
    assert found["E"] + found["EX"] + found["delseg"] == sum(run.other_verdicts.values())


@pytest.mark.parametrize("name", recorded_runs.names_with_verdicts())
def test_the_verdicts_of_a_runs_sites_add_up_to_its_own(name: str) -> None:
    run = load(name)
    assert run.per_site is not None
    assert sum(map(Counter, run.per_site.values()), Counter()) == counts(run)
    assert len(run.per_site) == run.sites_started


@pytest.mark.parametrize("name", sorted({*recorded_runs.names_with_verdicts()} - {OTHER_IDS}))
def test_a_verdict_is_on_a_row_of_the_queue_or_one_that_the_run_inserted(name: str) -> None:
    run = load(name)
    judged = {v.idinvalidation for v in run.verdicts if v.idinvalidation is not None}
    assert len(judged - queued_ids(run)) == run.repaired_rows


@pytest.mark.parametrize("name", recorded_runs.names())
def test_a_queue_is_written_as_it_was_recorded(name: str, tmp_path: Path) -> None:
    run = load(name)
    path = run.queue_file(tmp_path)
    assert path.read_bytes() == run.queue.encode()
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    assert header == COLUMNS
    assert len(rows) == len(queued_ids(run)) > 0
    assert all(row.count(",") == COLUMNS.count(",") for row in rows)


@pytest.mark.parametrize("name", recorded_runs.names())
def test_a_memory_curve_goes_from_the_first_select_to_the_last(name: str) -> None:
    run = load(name)
    assert len(run.memory) <= 200
    for before, after in pairwise(run.memory):
        assert before.selects < after.selects
        assert before.rows_started <= after.rows_started
        assert before.peak <= after.peak
    if name.startswith("case2-"):  # recorded without one
        assert run.memory == ()
    else:
        assert run.memory[0].used == run.memory_at_first_select
        assert run.memory[-1].selects >= run.selects - 25
        assert all(point.used <= point.peak <= run.peak_bytes for point in run.memory)


def test_a_run_that_was_not_looked_at_closely_has_no_made_up_zeros() -> None:
    run = load("log-info-normal")
    assert run.verdicts == ()
    assert (run.taken, run.overlap_skips, run.repaired_rows, run.per_site) == (None,) * 4
    assert run.memory[-1].rows_started == 38


def test_a_run_knows_the_conditions_that_it_ran_under() -> None:
    died, year_edge = load("case-07-128M"), load("case2-01a")
    assert (died.memory_limit, died.exit_status, died.taken) == ("128M", 255, 2224)
    assert (year_edge.today, died.today) == (date(2025, 1, 2), date(2026, 11, 23))
    assert (load(OTHER_IDS).adapter, load("case-04").concurrent_requests) == ("MYSQLI", 1)
