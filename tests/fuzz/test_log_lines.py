"""A log of core:archive with anything in it, however it arrives."""

import math
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.log_event import EVENTS, ArchiveDone, SiteStarted
from matomo_archive_exporter.matomo.archiver.log_line import cleaned, notice_of_death
from matomo_archive_exporter.matomo.archiver.log_line import stamped as parts_of
from matomo_archive_exporter.matomo.archiver.log_state import LogState, step
from matomo_archive_exporter.matomo.archiver.log_stream import LogStream, read_line
from matomo_archive_exporter.readings.archiver.log import LogReader
from tests.support.archiver_logs import (
    FATAL,
    archiver_death,
    bad_response,
    reported,
    response_of_the_dead,
    stamped,
)
from tests.support.bounds import cpu_seconds
from tests.support.strategies import Long, cut, joined, long, spoiled

START, DONE = stamped(b"Starting Matomo reports archiving..."), stamped(b"Done archiving!")
FOUND = b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
ARCHIVED = stamped(FOUND + b" Time elapsed: 1.763s")
SKIP = stamped(
    b"Found archive with intersecting period with others in concurrent batch, skipping until next"
    b" batch: [idinvalidation = 1]",
    level=b"DEBUG",
)
FAILED = stamped(b"1 total errors during this script execution, please investigate", level=b"ERROR")
DEATH = archiver_death(logged=True)
QUOTATION, SUMMARY = bad_response(response_of_the_dead())
RAW_QUOTATION, _ = bad_response(response_of_the_dead(), raw=True)

GOOD = [START, ARCHIVED, SKIP, DEATH, FAILED, DONE]
TALES = st.lists(st.sampled_from([*GOOD, QUOTATION, RAW_QUOTATION, SUMMARY]), max_size=12)
LOGS = TALES.map(b"".join)
SHREDS = [b"\n", b"\r\n", b"'", b"\\", b"\\'", b"', ", b"\0", b"\xff", b"\x1b[31m", b"\x1b[", b" "]
SHREDS += [
    b"ERROR     [2026-11-23 07:00:00] 7  ",
    b"INFO [0000-00-00 99:99:99] 0 ",
    b"DEBUG [",
    b"]",
]
SHREDS += [b"PHP Fatal error:  " + FATAL, b"Error: ", b"Response was '", b"Allowed memory size of "]
SHREDS += [b"Error unserializing the following response from ", b"Fatal error encountered: "]
SHREDS += [b"Got invalid response from API request", b" visits found. Time elapsed: ", b"1e999s"]
SHREDS += [b"nan", b"-1s", b"9" * 5000, b"1_0s", b"period = day", b"segment = '", b"plugin = "]
SHREDS += [b"Archived website id ", FOUND + b" Time elapsed: "]


SHREDS += [b'{"log":"', b'\\n","stream":"stdout","time":"2026-11-23T07:00:00Z"}', b"{}", b'"}']
SHREDS += [b"2026-11-23T07:00:00Z ", b"stdout P ", b"stderr F ", b"cron-1  | ", b"Nov 23 07:00:00 "]
SHREDS += [
    b"host php[7]: ",
    b"host tag: ",
    b'time="x" msg="',
    b"[07:00:00] ",
    b"<14>1 ",
    b"[pod/x] ",
]
SHREDS += [b"CronArchive[2026-11-23 07:00:00 UTC] [31a0f] ", b"INFO      [07:00:00] 7  ", b"| "]
ODD_LOGS = joined(SHREDS) | spoiled(LOGS, SHREDS)
NOW = 1795417200


def read(text: bytes) -> None:
    """Everything that a log tells is something that can be counted."""
    stream = LogStream()
    for line in text.split(b"\n"):
        stream, result = read_line(stream, line, NOW)
        assert len(stream.wrapped) <= 16
        assert len(stream.pieces) <= 16
        for state in (stream.state, *(state for _, state in stream.wrapped)):
            assert len(state.responses) <= 16
            assert state.death_window is None or len(state.death_window.pids) <= 1000
        for event in result.events:
            if isinstance(event, SiteStarted):
                continue
            assert event.at is None or isinstance(event.at, int)
            if isinstance(event, ArchiveDone):
                assert 0 <= event.seconds < math.inf
            else:
                assert event.name in EVENTS


@given(ODD_LOGS)
@example(stamped(FOUND + b" Time elapsed: 1e999s"))
def test_any_log_can_be_read(text: bytes) -> None:
    read(text)


@given(st.data(), ODD_LOGS | LOGS)
def test_any_log_gives_the_same_in_any_pieces(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, text: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "archive.log"
    path.write_bytes(b"")
    pieces = data.draw(cut(text))
    with closing(LogReader(path)) as reader:
        reader.read()
        for piece in pieces:
            with path.open("ab") as file:
                file.write(piece)
            reader.read()
        counts = {name: n for name, n in reader.read().events.items() if n}
    whole, _, _ = text.rpartition(b"\n")  # the last line may go on
    assert counts == {name: n for name, n in reported(whole).items() if n}


def strange(line: bytes) -> bool:
    """Whether a line is neither the logger's nor PHP's last word."""
    return parts_of(cleaned(line)) is None and notice_of_death(line) is None


GARBAGE = st.binary(max_size=40) | joined(SHREDS, 4) | st.sampled_from([b"", b"'", b"#0 {main}"])
LINES = GARBAGE.map(lambda text: text.replace(b"\n", b"")).filter(strange)


@given(st.lists(st.tuples(LINES, st.sampled_from(GOOD))))
def test_strange_lines_between_good_ones_lose_none(pairs: list[tuple[bytes, bytes]]) -> None:
    text = b"".join(line + b"\n" + good for line, good in pairs)
    assert reported(text) == reported(b"".join(good for _, good in pairs))


@given(st.data(), LOGS)
def test_colours_change_nothing(data: st.DataObject, text: bytes) -> None:
    coloured = b"\x1b[33m".join(data.draw(cut(text)))
    assert reported(coloured) == reported(text)


@given(LOGS)
def test_lines_may_end_as_on_windows(text: bytes) -> None:
    assert reported(text.replace(b"\n", b"\r\n")) == reported(text)


@given(st.integers(1, 999).map(lambda ms: ms / 1000) | st.floats(0, 1e6), st.booleans())
def test_the_duration_of_an_archive_is_read_as_it_was_written(
    seconds: float, has_more: bool
) -> None:
    written = b"%.3fs" % seconds + (b" (12 MB)" if has_more else b"")
    _, (event,) = step(LogState(), stamped(FOUND + b" Time elapsed: " + written))
    assert isinstance(event, ArchiveDone)
    assert event.seconds == pytest.approx(seconds, abs=0.001)


# Bounds


@settings(max_examples=10)
@given(long(SHREDS) | long([shred for shred in SHREDS if b"\n" not in shred]))
def test_no_log_takes_long(text: Long[bytes]) -> None:
    with cpu_seconds(3):
        read(text.whole)


def test_a_megabyte_of_deaths_in_one_moment_is_read_at_once() -> None:
    """After that many, the reader distinguishes no new archivers, and the rest is fast."""
    deaths = [archiver_death(pid=pid, displayed=False, second=False) for pid in range(1, 6000)]
    assert reported(b"".join(deaths[:900]))["memory_exhausted_archiver"] == 900
    with cpu_seconds(4):
        read(b"".join(deaths))


def test_no_number_of_archivers_that_quote_at_once_fills_the_memory() -> None:
    opened = [bad_response(b"x\n" * 3, pid=pid, raw=True)[0] for pid in range(1, 500)]
    read(b"".join(text.partition(b"\n")[0] + b"\n" for text in opened))


@pytest.mark.parametrize("shred", SHREDS)
def test_a_megabyte_without_a_line_end_is_read_at_once(tmp_path: Path, shred: bytes) -> None:
    path = tmp_path / "archive.log"
    path.touch()
    line = shred.replace(b"\n", b"") * (1_000_000 // len(shred))
    with closing(LogReader(path)) as reader:
        reader.read()
        path.write_bytes(START + line + b"\n" + DONE)
        with cpu_seconds(4):
            counts = reader.read().events
    assert (counts["run_started"], counts["run_completed"]) == (1, 1)
