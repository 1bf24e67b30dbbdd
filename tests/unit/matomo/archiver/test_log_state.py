"""Events from the lines of the log of core:archive."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.log_event import Event
from matomo_archive_exporter.matomo.archiver.log_state import LogState, at_rest, step
from tests.support import archiver_logs as logs
from tests.support import recorded_runs
from tests.support.archiver_logs import (
    archiver_death,
    bad_response,
    reported,
    response_of_the_dead,
    stamped,
)

START = stamped(b"Starting Matomo reports archiving...")
DONE = stamped(b"Done archiving!")
ARCHIVED = b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
ALIVE = stamped(ARCHIVED + b" Time elapsed: 1.763s")
FAILED = stamped(
    b"2 total errors during this script execution, please investigate and try and fix these"
    b" errors.",
    level=b"ERROR",
)


@pytest.mark.parametrize("name", logs.names())
def test_a_recorded_log_tells_what_happened(name: str) -> None:
    text = logs.load(name)
    run = recorded_runs.load(name)
    count = reported(text)
    assert count == logs.counted(text.split(b"\n"))
    assert count["run_started"] == 1
    assert count["run_completed"] == (run.exit_status == 0)
    assert count["memory_exhausted_archiver"] == (run.exit_status == 255)
    assert count["overlap_skip"] == (run.overlap_skips or 0)


# Deaths of core:archive


@pytest.mark.parametrize("displayed", [True, False])
@pytest.mark.parametrize("logged", [True, False])
@pytest.mark.parametrize("error", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_a_death_counts_once_in_every_form_of_its_report(
    displayed: bool, logged: bool, error: bool, second: bool
) -> None:
    death = archiver_death(displayed=displayed, logged=logged, error=error, second=second)
    expected = 1 if displayed or logged or error else 0
    assert reported(START + ALIVE + death) == Counter(
        {"run_started": 1, "archive_done": 1, "memory_exhausted_archiver": expected}
    )


def test_a_death_has_the_time_of_matomos_own_line() -> None:
    first, second = (
        event
        for event in logs.events(ALIVE + archiver_death(b"07:30:00"))
        if isinstance(event, Event)
    )
    assert (first.at, first.after, first.is_known) == (None, b"2026-11-23 07:00:00", False)
    assert (second.at, second.is_known) == (1795419000, True)


def test_each_run_can_die() -> None:
    assert reported((START + archiver_death()) * 3)["memory_exhausted_archiver"] == 3


@pytest.mark.parametrize("error", [True, False])
def test_deaths_one_after_another_count_each_when_nothing_else_is_logged(error: bool) -> None:
    """`core:archive -q` logs errors only."""
    text = b"".join(archiver_death(b"0%d:00:00" % hour, error=error) for hour in range(1, 5))
    assert reported(text)["memory_exhausted_archiver"] == 4


def test_two_archivers_that_die_at_once_are_two() -> None:
    one, other = archiver_death(pid=7).splitlines(True), archiver_death(pid=8).splitlines(True)
    mixed = b"".join(line for pair in zip(one, other, strict=True) for line in pair)
    assert reported(mixed)["memory_exhausted_archiver"] == 2


def test_another_archiver_goes_on_while_one_dies() -> None:
    lines = archiver_death(pid=7).splitlines(True)
    other = stamped(ARCHIVED + b" Time elapsed: 9.000s", pid=8, time=b"07:00:02")
    text = other.join(lines)
    assert reported(text)["memory_exhausted_archiver"] == 1
    much_later = stamped(b"Start processing archives for site 9.", pid=8, time=b"09:00:00")
    death_of_the_other = archiver_death(b"09:00:01", pid=8, error=False, second=False)
    assert reported(text + much_later + death_of_the_other)["memory_exhausted_archiver"] == 2


def test_after_a_rest_the_next_fatal_error_is_another_death() -> None:
    fatal = b"Fatal error: " + logs.FATAL
    state, first = step(LogState(), fatal)
    same, nothing = step(state, fatal)
    _, second = step(at_rest(same), fatal)
    assert (len(first), len(nothing), len(second)) == (1, 0, 1)


def test_a_fatal_error_that_is_not_about_memory_is_no_such_death() -> None:
    text = b"PHP Fatal error:  Uncaught Error: Call to a member function on null in x.php on line 1"
    assert reported(text) == {}


def test_memory_that_the_system_refuses_counts_like_the_limit() -> None:
    text = b"PHP Fatal error:  Out of memory (allocated 2097152) (tried to allocate 8 bytes) in x"
    assert reported(text) == {"memory_exhausted_archiver": 1}


# Deaths of requests


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("info", [False, True])
def test_a_request_that_died_does_not_count_as_the_archiver(raw: bool, info: bool) -> None:
    now, later = bad_response(response_of_the_dead(), raw=raw, info=info)
    assert reported(START + now + ALIVE + DONE + later + FAILED) == {
        "run_started": 1,
        "invalid_response": 1,
        "memory_exhausted_request": 1,
        "archive_done": 1,
        "run_completed": 1,
        "run_failed": 1,
    }


def test_a_batch_of_requests_that_died_counts_each() -> None:
    now, later = bad_response(response_of_the_dead())
    count = reported(now * 3 + later * 3)
    assert (count["invalid_response"], count["memory_exhausted_request"]) == (3, 3)
    assert count["memory_exhausted_archiver"] == 0


def test_the_archiver_can_die_right_after_its_request() -> None:
    now, _ = bad_response(response_of_the_dead())
    count = reported(now + archiver_death())
    assert count == {
        "invalid_response": 1,
        "memory_exhausted_request": 1,
        "memory_exhausted_archiver": 1,
    }


def test_an_empty_answer_is_no_death_by_memory_that_anybody_saw() -> None:
    text = stamped(
        b"Got invalid response from API request: %s. The response was empty. This usually means a"
        b" server error. A solution to this error is generally to increase the value of"
        b" 'memory_limit' in your php.ini file. command: php -i | grep error_log" % logs.URL,
        level=b"ERROR",
    )
    assert reported(text + archiver_death()) == {
        "invalid_response": 1,
        "memory_exhausted_archiver": 1,
    }


def test_a_death_reported_in_json_counts_and_its_archive_does_not() -> None:
    response = b'{"result":"error","message":"Allowed memory size of 1 bytes exhausted (tried)"}'
    first = b"Got invalid response from API request: %s. Response was '%s'" % (logs.URL, response)
    skipped = b"Skipped Archiving website id 1, period = day, date = 2026-11-23, segment = '', "
    text = stamped(first, level=b"ERROR") + stamped(skipped + b"0 visits found. Time elapsed: 9.1s")
    assert reported(text) == {"invalid_response": 1, "memory_exhausted_request": 1}


def test_an_answer_that_is_no_json_for_another_reason_is_no_death() -> None:
    now, later = bad_response(b"PHP Warning:  error \\'\n{}\nFatal error: it's something else\\")
    assert reported(now + later + ALIVE) == {"invalid_response": 1, "archive_done": 1}


# Levels, formats, writers


def test_older_releases_do_not_pad_the_level() -> None:
    text = b"INFO [2021-07-20 14:22:03] 36417  " + ARCHIVED + b" Time elapsed: 1.763s"
    assert reported(text) == {"archive_done": 1}


def test_colours_and_line_ends_of_windows_do_not_matter() -> None:
    line = (
        b"\x1b[32mINFO      [2026-11-23 07:20:19] 1 \x1b[39m " + ARCHIVED + b" Time elapsed: 2s\r"
    )
    assert reported(line) == {"archive_done": 1}


def test_a_line_with_any_content_can_be_read() -> None:
    @given(st.lists(st.binary(max_size=200) | st.sampled_from(PIECES), max_size=30))
    def check(lines: list[bytes]) -> None:
        state = LogState()
        for line in lines:
            state, _ = step(state, line)
        assert len(state.responses) <= 16

    check()


PIECES = [
    *(START + ALIVE + archiver_death() + FAILED).splitlines(),
    stamped(b"Received system signal to stop archiving: 15"),
    *bad_response(response_of_the_dead(), raw=True)[0].splitlines(),
    b"ERROR     [2026-99-99 99:99:99] 1  Fatal error encountered: x: "
    b"Allowed memory size of 1 bytes exhausted",
]


@given(st.data())
def test_writers_that_take_turns_are_each_understood(data: st.DataObject) -> None:
    """Deaths of requests are quoted in one write; everything else comes line by line."""
    ours = [START, ALIVE, bad_response(response_of_the_dead())[0], ALIVE, DONE]
    theirs = [line.replace(b"] 7  ", b"] 8  ") for line in ours]
    mixed: list[bytes] = []
    while ours or theirs:
        source = data.draw(st.sampled_from([lines for lines in (ours, theirs) if lines]))
        mixed.append(source.pop(0))
    assert reported(b"".join(mixed)) == {
        "run_started": 2,
        "archive_done": 4,
        "invalid_response": 2,
        "memory_exhausted_request": 2,
        "run_completed": 2,
    }
