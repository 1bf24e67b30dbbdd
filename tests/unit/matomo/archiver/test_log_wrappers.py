"""Logs that went through other programs give the same events."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.log_event import Event
from tests.support import archiver_logs as logs
from tests.support.archiver_logs import (
    FATAL,
    archiver_death,
    bad_response,
    events_in,
    reported,
    response_of_the_dead,
    stamped,
)
from tests.support.log_wrappers import WRAPPERS, wrapped

START = stamped(b"Starting Matomo reports archiving...")
DONE = stamped(b"Done archiving!")
ARCHIVED = stamped(
    b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
    b" Time elapsed: 1.763s"
)
NOW, LATER = bad_response(response_of_the_dead())
RAW, RAW_LATER = bad_response(response_of_the_dead(), raw=True)


def by_own_times(text: bytes) -> list[object]:
    """Every event, with no time but that of its own line."""
    return [
        replace(event, stamp=b"", is_of_wrapper=False)
        if isinstance(event, Event) and event.is_of_wrapper
        else event
        for event in events_in(text)
    ]


@pytest.mark.parametrize("name", WRAPPERS)
def test_each_recorded_log_tells_the_same(name: str) -> None:
    for log in logs.names():
        text = logs.shortened(logs.load(log))
        assert by_own_times(wrapped(text, WRAPPERS[name])) == logs.events(text), log


TALES = st.lists(
    st.sampled_from(
        [START, ARCHIVED, archiver_death(logged=True), DONE, NOW, LATER, RAW, RAW_LATER]
    ),
    max_size=8,
).map(b"".join)


@given(TALES, st.sampled_from(sorted(WRAPPERS)))
def test_any_log_tells_the_same(text: bytes, name: str) -> None:
    text = START + text  # what a log is from shows in its first line
    assert by_own_times(wrapped(text, WRAPPERS[name])) == logs.events(text)


# Programs that are not known by name


PREFIX = b"worker-7 (job 5) >> "
DEATH = archiver_death(error=False)


def behind(prefix: bytes, text: bytes) -> bytes:
    return b"".join(prefix + line for line in text.splitlines(keepends=True))


def test_a_prefix_is_learnt_from_a_line_of_the_logger() -> None:
    learnt = behind(PREFIX, START) + behind(b"worker-8 (job 6) >> ", DEATH)
    assert reported(learnt) == {"run_started": 1, "memory_exhausted_archiver": 1}
    assert reported(behind(PREFIX, START) + behind(b"another >> ", DEATH)) == {"run_started": 1}


@pytest.mark.parametrize(
    "prefix", [b"worker-7 (job 5) >> ", b"it said 'x", b"cron's: ", b'{"a":"', b"before"]
)
def test_a_death_behind_a_prefix_that_is_not_known_is_none(prefix: bytes) -> None:
    """It may as well be a quotation."""
    assert reported(behind(prefix, archiver_death())) == {}


@pytest.mark.parametrize("prefix", [b"it said 'x ", b"before", b'{"a":"'])
def test_a_possible_quotation_or_word_is_no_prefix(prefix: bytes) -> None:
    assert reported(behind(prefix, START)) == {}


def test_another_service_that_writes_of_a_death_is_not_the_archiver() -> None:
    text = START + ARCHIVED
    log = wrapped(text, WRAPPERS["journald"])
    web = b"Nov 23 07:00:02 matomo php-fpm[99]: PHP Fatal error:  Allowed memory size of 1 bytes"
    assert reported(log + web + b" exhausted (tried to allocate 8 bytes) in x.php on line 1") == {
        "run_started": 1,
        "archive_done": 1,
    }


@pytest.mark.parametrize(
    "line",
    [
        b'{"event":{"original":"%s"},"level":"info"}',
        b'{"level":"info","short":"%s","ts":1795417200.5}',
        b'{"@timestamp":"2026-11-23T07:00:00Z","message":"%s","kubernetes":{"pod":"x"}}',
        b'{"textPayload":"%s","timestamp":"2026-11-23T07:00:00Z"}',
    ],
)
def test_a_line_may_be_in_any_field_of_a_record(line: bytes) -> None:
    assert reported(line % START.rstrip()) == {"run_started": 1}


# Which time counts


def test_a_line_without_a_time_has_that_of_the_program_which_passed_it_on() -> None:
    (event,) = events_in(b"2026-11-23T08:30:00+01:00 PHP Fatal error:  " + FATAL)
    assert isinstance(event, Event)
    assert (event.stamp, event.is_of_wrapper) == (b"2026-11-23 07:30:00", True)


@pytest.mark.parametrize("prefix", [b"Nov 23 07:30:00 host php[1]: ", b"[2026-11-23 07:30:00] "])
def test_a_time_without_year_or_zone_does_not_count(prefix: bytes) -> None:
    (event,) = events_in(prefix + b"PHP Fatal error:  " + FATAL)
    assert isinstance(event, Event)
    assert event.stamp == b""


def test_a_line_without_a_date_has_that_of_the_program_which_passed_it_on() -> None:
    (event,) = events_in(b"2026-11-24T00:00:01Z INFO      [23:59:59] 7  Done archiving!")
    assert isinstance(event, Event)
    assert event.stamp == b"2026-11-23 23:59:59"
