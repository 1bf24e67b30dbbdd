"""Logs that went through other programs tell the same as before."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.log_event import Event
from tests.support import archiver_logs as logs
from tests.support.archiver_logs import (
    answer_of_the_dead,
    archiver_death,
    bad_answer,
    heard,
    stamped,
)
from tests.support.log_wrappers import WRAPPERS, wrapped

START = stamped(b"Starting Matomo reports archiving...")
DONE = stamped(b"Done archiving!")
ARCHIVED = stamped(
    b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
    b" Time elapsed: 1.763s"
)
NOW, LATER = bad_answer(answer_of_the_dead())
RAW, RAW_LATER = bad_answer(answer_of_the_dead(), raw=True)


def by_own_times(text: bytes) -> list[object]:
    """Every event, with no time but that of its own line."""
    return [
        replace(event, stamp=b"", is_of_wrapper=False)
        if isinstance(event, Event) and event.is_of_wrapper
        else event
        for event in heard(text)
    ]


@pytest.mark.parametrize("name", WRAPPERS)
def test_each_recorded_log_tells_the_same(name: str) -> None:
    for log in logs.names():
        text = logs.load(log)
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
