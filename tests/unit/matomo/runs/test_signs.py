"""Whether a run is going on, by its visible signs."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.runs.signs import ArchiverProcess, Signs, going_on

MINUTE, HOUR = 60, 3600
NOW = 1_000_000
OPEN = Signs(NOW, 0, 100, started=NOW - HOUR, completed=NOW - 2 * HOUR)
CLOSED = replace(OPEN, completed=NOW - MINUTE)
PROCESS = ArchiverProcess(7, NOW - HOUR, None)


def runs(signs: Signs, silent: int = 0, *, shows_archivers: bool = False) -> int | None:
    return going_on(signs, NOW - silent, shows_archivers=shows_archivers)


def test_each_process_is_a_run_however_long_nothing_moves() -> None:
    assert runs(replace(OPEN, processes=(PROCESS, replace(PROCESS, pid=8))), 5 * HOUR) == 2


def test_a_proc_that_shows_archivers_and_shows_none_proves_that_there_is_none() -> None:
    signs = replace(OPEN, processes=(), newest_started=NOW - MINUTE)
    assert runs(signs, shows_archivers=True) == 0


def test_a_proc_that_has_never_shown_one_proves_nothing() -> None:
    assert runs(replace(OPEN, processes=(), newest_started=NOW - MINUTE)) == 1


def test_archivers_of_another_matomo_on_the_host_are_not_counted() -> None:
    assert runs(replace(CLOSED, processes=(PROCESS,)), HOUR) == 0


@pytest.mark.parametrize(("silent", "expected"), [(59 * MINUTE, 1), (HOUR, None)])
def test_rows_in_progress_count_while_something_moved_within_the_hour(
    silent: int, expected: int | None
) -> None:
    assert runs(replace(OPEN, newest_started=NOW - silent), silent) == expected


@pytest.mark.parametrize(("silent", "expected"), [(9 * MINUTE, 1), (10 * MINUTE, 0)])
def test_between_two_batches_an_open_run_counts_for_some_minutes(
    silent: int, expected: int
) -> None:
    assert runs(OPEN, silent) == expected


def test_an_open_run_that_was_not_watched_for_as_long_may_be_between_two_batches() -> None:
    """As after a restart of the exporter: 0 would be a guess."""
    assert going_on(OPEN, NOW - HOUR, shows_archivers=False, watched=9 * MINUTE) is None
    assert going_on(OPEN, NOW - HOUR, shows_archivers=False, watched=10 * MINUTE) == 0
    assert going_on(OPEN, NOW - MINUTE, shows_archivers=False, watched=0) == 1
    assert going_on(CLOSED, NOW - HOUR, shows_archivers=False, watched=0) == 0


def test_a_run_that_expands_leaves_no_trace_for_long() -> None:
    assert runs(replace(OPEN, is_expanding=True), HOUR) is None


def test_a_run_that_completed_is_none() -> None:
    assert runs(CLOSED, 0) == 0


def test_a_death_in_the_log_ends_it_although_its_rows_are_still_in_progress() -> None:
    dead = LogRun(b"7", NOW - HOUR, ended="exhausted", seen=NOW - 2 * MINUTE)
    left = replace(OPEN, newest_started=NOW - 2 * MINUTE, log=(dead,))
    assert runs(left, 2 * MINUTE) == 0
    assert runs(left, 30) == 1  # another archiver may be at work
    assert runs(replace(left, started=NOW - 2 * MINUTE), 2 * MINUTE) == 1


def test_rows_that_a_run_before_left_are_not_of_a_run_that_is_going_on() -> None:
    left = replace(CLOSED, newest_started=NOW - 3 * HOUR)
    assert runs(left, 3 * HOUR) == 0
    assert runs(replace(CLOSED, newest_started=NOW - 2 * MINUTE), 2 * MINUTE) is None


def test_without_any_sign_there_is_none() -> None:
    assert runs(Signs(NOW, 0, 0), HOUR) == 0


@pytest.mark.parametrize(
    "change",
    [{"removed": 1}, {"newest_started": NOW}, {"sites_left": frozenset({1})}, {"started": NOW}],
)
def test_every_change_is_a_sign_of_life(change: dict[str, object]) -> None:
    assert replace(OPEN, **change).has_moved(OPEN)  # type: ignore[arg-type]
    assert not replace(OPEN, now=NOW + 1).has_moved(OPEN)
