"""Events of core:archive, read from its log line by line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from matomo_archive_exporter.matomo.archiver import log_time, quoted_response
from matomo_archive_exporter.matomo.archiver.log_death import DeathWindow
from matomo_archive_exporter.matomo.archiver.log_event import (
    ArchiveDone,
    Event,
    EventName,
    SiteStarted,
    archive_done,
)
from matomo_archive_exporter.matomo.archiver.log_line import (
    Notice,
    StampedLine,
    cleaned,
    is_out_of_memory,
    notice_of_death,
    stamped,
)
from matomo_archive_exporter.matomo.archiver.quoted_response import BadResponse, BadResponses

Events = tuple[ArchiveDone | Event | SiteStarted, ...]

_ARCHIVED = b"Archived website id "
_SITE = re.compile(rb"Start processing archives for site (\d{1,10})\.")
_SKIPPED = b"Found archive with intersecting period with others in concurrent batch"
_START = b"Starting Matomo reports archiving..."
_OWN_ERROR = re.compile(rb"Fatal error encountered: |\d+ total errors during this script")
_DIED = re.compile(
    rb"Fatal error encountered: |(?:Uncaught |PHP )?Fatal error: |Allowed memory size "
)
_FAILED = re.compile(rb"\d+ total errors during this script execution")
_PLAIN: Mapping[bytes, EventName] = {
    _START: "run_started",
    b"Done archiving!": "run_completed",
    # Matomo 5.3.2 and later (--stop-processing-after, a day by default).
    b"Maximum time limit per execution has been reached.": "run_stopped",
}
_NO_VISITS = b"Found no visits for site ID = "
# One signal leaves both lines, a second signal the first line again (Matomo 5.8.0).
_SIGNALLED = (
    b"Received system signal to stop archiving: ",
    b"Archiving will stop now because signal to abort received",
)
_MOST_SIGNALLED = 16
_LENGTH_WITHOUT_DATE = 8


@dataclass(frozen=True, slots=True)
class LogState:
    """The memory of the lines so far that the next line needs."""

    stamp: bytes = b""
    """the last one seen"""
    has_debug_lines: bool = False
    responses: BadResponses = ()
    death_window: DeathWindow | None = None
    """of the last deaths, while lines of theirs can still come"""
    signalled: tuple[bytes, ...] = ()
    """pids of the last archivers that logged a signal since their start"""


def step(
    state: LogState, line: bytes, written: bytes = b"", now: int | None = None
) -> tuple[LogState, Events]:
    """Read one whole line, with or without its end.

    `written` is when the line was passed on, as the program that did it says; `now` (Unix seconds)
    is known of a line that was written just before. They serve where the line itself has no time.
    """
    line = cleaned(line)
    return step_parsed(state, line, stamped(line), written, now)


def step_parsed(
    state: LogState, line: bytes, parts: StampedLine | None, written: bytes, now: int | None
) -> tuple[LogState, Events]:
    """Read a clean line of which the parts are known."""
    if parts is None:
        return _unstamped(state, line, written) if line else (state, ())
    if len(parts.stamp) == _LENGTH_WITHOUT_DATE:
        parts = parts._replace(stamp=log_time.dated(parts.stamp, written, now))
    return _stamped(_noted(state, parts), parts, line)


def at_rest(state: LogState) -> LogState:
    """The state after a pause of the log: all begun events are complete."""
    if state.death_window is None and not state.responses:
        return state
    return replace(state, death_window=None, responses=())


def _noted(state: LogState, line: StampedLine) -> LogState:
    """The state with the line's time and level, which seldom changes it."""
    if state.death_window is not None:
        death_window = None if line.message == _START else state.death_window.seen_by(line.stamp)
        state = replace(state, death_window=death_window)
    has_debug_lines = state.has_debug_lines or line.level == b"DEBUG"
    if line.stamp == state.stamp and has_debug_lines == state.has_debug_lines:
        return state
    return LogState(
        line.stamp, has_debug_lines, state.responses, state.death_window, state.signalled
    )


def _stamped(state: LogState, line: StampedLine, text: bytes) -> tuple[LogState, Events]:
    message = line.message
    if message.startswith(_ARCHIVED):
        return _alive(state, line), (archive_done(message, line.stamp, line.pid),)
    if line.level == b"DEBUG":
        skips = (
            (Event("overlap_skip", line.stamp, pid=line.pid),)
            if message.startswith(_SKIPPED)
            else ()
        )
        return _alive(state, line), skips
    open_answer = quoted_response.goes_on_in(line, state.responses)
    if open_answer is not None and not _OWN_ERROR.match(message):
        return _quoted_further(state, open_answer, message)
    if _DIED.match(message) and is_out_of_memory(message):
        return _matomo_died(state, line, text)
    response = quoted_response.quoted(line, state.responses)
    if response is not None:
        return _quoted(state, response)
    if message.startswith(_SIGNALLED):
        return _stopped(_alive(state, line), line)
    if (site := _SITE.match(message)) is not None:
        return _alive(state, line), (SiteStarted(line.stamp, line.pid, int(site[1])),)
    name = _simple(line)
    if name == "run_started":
        state = _without_signal(state, line.pid)
    return _alive(state, line), () if name is None else (Event(name, line.stamp, pid=line.pid),)


def _simple(line: StampedLine) -> EventName | None:
    """The event that the line alone reports."""
    if line.message.startswith(_NO_VISITS):
        return "no_visits"
    if line.level == b"ERROR" and _FAILED.match(line.message):
        return "run_failed"
    return _PLAIN.get(line.message)


def _stopped(state: LogState, line: StampedLine) -> tuple[LogState, Events]:
    """A signal ends the run: reported at its first line, not at those that follow."""
    if line.pid in state.signalled:
        return state, ()
    signalled = (*state.signalled, line.pid)[-_MOST_SIGNALLED:]
    return replace(state, signalled=signalled), (Event("run_stopped", line.stamp, pid=line.pid),)


def _without_signal(state: LogState, pid: bytes) -> LogState:
    """A pid that starts a run is another process than the one that was stopped."""
    if pid not in state.signalled:
        return state
    return replace(state, signalled=tuple(p for p in state.signalled if p != pid))


def _alive(state: LogState, line: StampedLine) -> LogState:
    """Who writes of something else has done with its last bad response."""
    if not state.responses:
        return state
    return replace(state, responses=quoted_response.without(line.pid, state.responses))


def _quoted(state: LogState, response: BadResponse) -> tuple[LogState, Events]:
    """A line about a response that earlier lines may have reported."""
    events: list[Event] = []
    if quoted_response.is_news(response, state.responses):
        events.append(Event("invalid_response", response.stamp))
    if quoted_response.is_death(response, state.responses):
        events.append(Event("memory_exhausted_request", response.stamp))
    return replace(state, responses=quoted_response.with_newest(response, state.responses)), tuple(
        events
    )


def _unstamped(state: LogState, line: bytes, written: bytes) -> tuple[LogState, Events]:
    response = quoted_response.newest_open(state.responses)
    if response is not None:
        return _quoted_further(state, response, line)
    notice = notice_of_death(line)
    return (state, ()) if notice is None else _php_died(state, notice, written)


def _quoted_further(state: LogState, response: BadResponse, line: bytes) -> tuple[LogState, Events]:
    """One more line of a quotation, in any form."""
    now = response.on(line)
    events: Events = ()
    if now.died_for_memory and not response.died_for_memory:
        events = (Event("memory_exhausted_request", response.stamp),)
    return replace(state, responses=quoted_response.with_newest(now, state.responses)), events


def _matomo_died(state: LogState, line: StampedLine, text: bytes) -> tuple[LogState, Events]:
    """The line that Matomo writes of its own death, or that a request's response holds."""
    response = quoted_response.newest_open(state.responses)
    if response is not None and response.pid != line.pid:
        return _quoted_further(state, response, text)
    before = state.death_window or DeathWindow()
    now = before.with_error(line.pid, line.stamp)
    is_known = now.deaths == before.deaths
    event = Event("memory_exhausted_archiver", line.stamp, is_known=is_known, pid=line.pid)
    responses = quoted_response.without(line.pid, state.responses)
    return replace(state, death_window=now, responses=responses), (event,)


def _php_died(state: LogState, notice: Notice, written: bytes) -> tuple[LogState, Events]:
    """A line that bears no time of Matomo's and does not say whose it is."""
    before = state.death_window or DeathWindow()
    now = before.with_notice(notice)
    events: Events = ()
    if now.deaths > before.deaths:
        # The next lines belong to this death, even long after the one before.
        now = DeathWindow().with_notice(notice)
        at = log_time.unix_of(written) if written else None
        stamp = b"" if at is None else log_time.stamp_of(at)
        event = Event("memory_exhausted_archiver", stamp, state.stamp, is_of_wrapper=at is not None)
        events = (event,)
    return replace(state, death_window=now), events
