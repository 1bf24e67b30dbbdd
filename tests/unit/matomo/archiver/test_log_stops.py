"""Runs that were stopped, and rows without visits, from the log: lines of Matomo 5.8.0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.log_state import LogState, step
from tests.support.archiver_logs import reported, stamped
from tests.support.command_lines import SAMPLES

START = stamped(b"Starting Matomo reports archiving...")
DONE = stamped(b"Done archiving!")
ALIVE = stamped(
    b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
    b" Time elapsed: 1.763s"
)
SIGNALLED = stamped(b"Received system signal to stop archiving: 15")
STOPPED_BY_SIGNAL = SIGNALLED + (
    stamped(b"Trying to stop running cli processes...")
    + ALIVE
    + stamped(b"Archiving will stop now because signal to abort received")
)
OUT_OF_TIME = stamped(b"Maximum time limit per execution has been reached.")
NO_VISITS = stamped(
    b"Found no visits for site ID = 8, day (2026-10-14,2026-10-14), site is using the tracker so"
    b" skipping archiving..."
)


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("log-signal", {"run_started": 1, "run_stopped": 1, "archive_done": 1}),
        (
            "log-no-visits-time-limit-death",
            {
                "no_visits": 1,
                "run_stopped": 1,
                "run_completed": 1,
                "memory_exhausted_archiver": 1,
            },
        ),
    ],
)
def test_recorded_lines_of_5_8_tell_what_happened(sample: str, expected: dict[str, int]) -> None:
    assert reported((SAMPLES / f"{sample}-5.8.0.txt").read_bytes()) == expected


def test_a_signal_stops_a_run_which_does_not_complete() -> None:
    assert reported(START + STOPPED_BY_SIGNAL) == {
        "run_started": 1,
        "run_stopped": 1,
        "archive_done": 1,
    }


@pytest.mark.parametrize(
    "text",
    [
        SIGNALLED,
        SIGNALLED + SIGNALLED,
        stamped(b"Archiving will stop now because signal to abort received"),
    ],
    ids=["killed before it wrote more", "signalled twice", "log that was begun too late"],
)
def test_each_run_is_stopped_once(text: bytes) -> None:
    assert reported(text) == {"run_stopped": 1}


def test_each_of_several_archivers_is_stopped() -> None:
    assert reported(SIGNALLED + SIGNALLED.replace(b"] 7 ", b"] 8 ")) == {"run_stopped": 2}


def test_a_later_run_with_the_same_pid_is_stopped_too() -> None:
    assert reported(STOPPED_BY_SIGNAL + START + STOPPED_BY_SIGNAL)["run_stopped"] == 2


def test_a_run_that_reached_its_time_limit_is_stopped_and_counts_as_completed() -> None:
    assert reported(START + OUT_OF_TIME + DONE) == {
        "run_started": 1,
        "run_stopped": 1,
        "run_completed": 1,
    }


@pytest.mark.parametrize("what", [b"sites to process", b"archives to process"])
def test_other_limits_do_not_count_as_stopped(what: bytes) -> None:
    reached = stamped(b"Maximum number of %s per execution has been reached." % what)
    assert reported(reached + DONE) == {"run_completed": 1}


def test_a_row_without_visits_is_done_without_an_archive() -> None:
    assert reported(NO_VISITS * 2) == {"no_visits": 2}


def test_a_row_that_one_in_progress_holds_back_is_no_overlap_within_a_batch() -> None:
    line = stamped(
        b"Skipping invalidated archive, all visits archive in progress for same site with lower or"
        b" same period (period = day, date = 2026-11-04): [idinvalidation = 1886, idsite = 1,"
        b" period = week(2026-11-02 - 2026-11-08), name = done, segment = ]",
        level=b"DEBUG",
    )
    assert reported(line) == {}


def test_a_death_in_the_logger_itself_is_one_death() -> None:
    fatal = (
        b"PHP Fatal error:  Allowed memory size of 50331648 bytes exhausted (tried to allocate"
        b" 2097152 bytes) in /var/www/matomo/vendor/symfony/monolog-bridge/Formatter/"
        b"ConsoleFormatter.php on line 203\n"
    )
    assert reported(fatal * 2) == {"memory_exhausted_archiver": 1}


@given(st.lists(st.integers(1, 40), max_size=60))
def test_few_signalled_archivers_are_remembered(pids: list[int]) -> None:
    state = LogState()
    for pid in pids:
        line = SIGNALLED.replace(b"] 7 ", b"] %d " % pid)
        state, _ = step(state, line)
    assert len(state.signalled) <= 16
