"""A log that went through other programs, as it arrives and is rotated."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import archiver_logs as logs
from tests.support.archiver_logs import (
    archiver_death,
    bad_response,
    reported,
    response_of_the_dead,
    stamped,
)
from tests.support.followed_log import ROTATIONS, Log
from tests.support.log_wrappers import WRAPPERS, wrapped

DONE = b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
QUOTATION, SUMMARY = bad_response(response_of_the_dead(), raw=True)
SAMPLE = (
    stamped(b"Starting Matomo reports archiving...")
    + stamped(DONE + b" Time elapsed: 1.763s")
    + QUOTATION
    + archiver_death(logged=True)
    + stamped(b"Done archiving!", pid=8)
    + SUMMARY
)
CUTS = st.lists(st.floats(0, 1), max_size=12)


@given(st.sampled_from(sorted(WRAPPERS)), CUTS, st.data())
def test_however_it_arrives(
    tmp_path_factory: pytest.TempPathFactory, name: str, cuts: list[float], data: st.DataObject
) -> None:
    text = wrapped(SAMPLE, WRAPPERS[name])
    places = [0, *sorted(int(cut * len(text)) for cut in cuts), len(text)]
    with Log(tmp_path_factory.mktemp("log")) as log:
        log.read()
        for start, end in pairwise(places):
            log.write(text[start:end])
            log.read()
            data.draw(st.sampled_from(ROTATIONS))(log)
        assert log.counted() == reported(SAMPLE)
        assert log.read().last_deaths == {"archiver": 1795417201, "request": 1795417200}


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_recorded_log_that_is_rotated_anywhere(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    plain = logs.load("log-info-main-oom-midrun")
    text = wrapped(plain, WRAPPERS[name])
    for at in range(1, len(text), len(text) // 11):
        with Log(tmp_path_factory.mktemp("log")) as log:
            log.read()
            log.write(text[:at])
            log.read()
            ROTATIONS[at % len(ROTATIONS)](log)
            log.write(text[at:])
            assert log.counted() == {event: n for event, n in reported(plain).items() if n}, at
