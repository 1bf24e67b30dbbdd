"""What happened, as the log of core:archive tells it line by line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from matomo_archive_exporter.matomo.archiver import quoted_response
from matomo_archive_exporter.matomo.archiver.log_death import Moment
from matomo_archive_exporter.matomo.archiver.log_event import (
    ArchiveDone,
    Event,
    EventName,
    SiteStarted,
    archive_done,
)
from matomo_archive_exporter.matomo.archiver.log_line import (
    StampedLine,
    cleaned,
    fatal_for_memory,
    stamped,
    tells_of_no_memory,
)
from matomo_archive_exporter.matomo.archiver.quoted_response import BadAnswer, BadAnswers

Events = tuple[ArchiveDone | Event | SiteStarted, ...]

_ARCHIVED = b"Archived website id "
_SITE = b"Start processing archives for site "
_SKIPPED = b"Found archive with intersecting period with others in concurrent batch"
_START = b"Starting Matomo reports archiving..."
_DIED = b"Fatal error encountered: "
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


@dataclass(frozen=True, slots=True)
class Story:
    """What must be remembered of the lines so far to understand the next one."""

    stamp: bytes = b""
    """the last one seen"""
    has_debug_lines: bool = False
    answers: BadAnswers = ()
    moment: Moment | None = None
    """of the last deaths, while lines of theirs can still come"""
    signalled: tuple[bytes, ...] = ()
    """pids of the last archivers that logged a signal since their start"""


def step(story: Story, line: bytes) -> tuple[Story, Events]:
    """Read one whole line, with or without its end."""
    line = cleaned(line)
    parts = stamped(line)
    if parts is not None:
        return _stamped(_noted(story, parts), parts, line)
    return _unstamped(story, line) if line else (story, ())


def at_rest(story: Story) -> Story:
    """The story when nothing was written for a while: whatever was being told is complete."""
    if story.moment is None and not story.answers:
        return story
    return replace(story, moment=None, answers=())


def _noted(story: Story, line: StampedLine) -> Story:
    """The story with the line's time and level, which seldom changes it."""
    if story.moment is not None:
        moment = None if line.message == _START else story.moment.seen_by(line.stamp)
        story = replace(story, moment=moment)
    has_debug_lines = story.has_debug_lines or line.level == b"DEBUG"
    if line.stamp == story.stamp and has_debug_lines == story.has_debug_lines:
        return story
    return Story(line.stamp, has_debug_lines, story.answers, story.moment, story.signalled)


def _stamped(story: Story, line: StampedLine, text: bytes) -> tuple[Story, Events]:
    message = line.message
    if message.startswith(_ARCHIVED):
        return _alive(story, line), (archive_done(message, line.stamp, line.pid),)
    if line.level == b"DEBUG":
        skips = (
            (Event("overlap_skip", line.stamp, pid=line.pid),)
            if message.startswith(_SKIPPED)
            else ()
        )
        return _alive(story, line), skips
    if message.startswith(_DIED) and tells_of_no_memory(message):
        return _matomo_died(story, line, text)
    answer = quoted_response.quoted(line, story.answers)
    if answer is not None:
        return _quoted(story, line, answer)
    if message.startswith(_SIGNALLED):
        return _stopped(_alive(story, line), line)
    if message.startswith(_SITE):
        return _alive(story, line), (SiteStarted(line.stamp, line.pid),)
    name = _simple(line)
    if name == "run_started":
        story = _without_signal(story, line.pid)
    return _alive(story, line), () if name is None else (Event(name, line.stamp, pid=line.pid),)


def _simple(line: StampedLine) -> EventName | None:
    """The event that the line alone reports."""
    if line.message.startswith(_NO_VISITS):
        return "no_visits"
    if line.level == b"ERROR" and _FAILED.match(line.message):
        return "run_failed"
    return _PLAIN.get(line.message)


def _stopped(story: Story, line: StampedLine) -> tuple[Story, Events]:
    """A signal ends the run: reported at its first line, not at those that follow."""
    if line.pid in story.signalled:
        return story, ()
    signalled = (*story.signalled, line.pid)[-_MOST_SIGNALLED:]
    return replace(story, signalled=signalled), (Event("run_stopped", line.stamp, pid=line.pid),)


def _without_signal(story: Story, pid: bytes) -> Story:
    """A pid that starts a run is another process than the one that was stopped."""
    if pid not in story.signalled:
        return story
    return replace(story, signalled=tuple(p for p in story.signalled if p != pid))


def _alive(story: Story, line: StampedLine) -> Story:
    """Who writes of something else has done with its last bad answer."""
    if not story.answers:
        return story
    return replace(story, answers=quoted_response.without(line.pid, story.answers))


def _quoted(story: Story, line: StampedLine, answer: BadAnswer) -> tuple[Story, Events]:
    """A line about an answer of which others may have told before."""
    events: list[Event] = []
    if quoted_response.is_first(line):
        events.append(Event("invalid_response", line.stamp))
        was_dead = False
    else:
        earlier = quoted_response.of(line.pid, story.answers)
        was_dead = quoted_response.is_summary(line) or bool(earlier and earlier.died_for_memory)
    if answer.died_for_memory and not was_dead:
        events.append(Event("memory_exhausted_request", line.stamp))
    return replace(story, answers=quoted_response.with_newest(answer, story.answers)), tuple(events)


def _unstamped(story: Story, line: bytes) -> tuple[Story, Events]:
    answer = quoted_response.newest_open(story.answers)
    if answer is not None:
        return _quoted_further(story, answer, line)
    kind = fatal_for_memory(line)
    return (story, ()) if kind is None else _php_died(story, kind == "logged")


def _quoted_further(story: Story, answer: BadAnswer, line: bytes) -> tuple[Story, Events]:
    """A further line of a quotation, whatever it looks like."""
    now = answer.on(line)
    events: Events = ()
    if now.died_for_memory and not answer.died_for_memory:
        events = (Event("memory_exhausted_request", answer.stamp),)
    return replace(story, answers=quoted_response.with_newest(now, story.answers)), events


def _matomo_died(story: Story, line: StampedLine, text: bytes) -> tuple[Story, Events]:
    """The line that Matomo writes of its own death, or that a request's answer holds."""
    answer = quoted_response.newest_open(story.answers)
    if answer is not None and answer.pid != line.pid:
        return _quoted_further(story, answer, text)
    before = story.moment or Moment()
    now = before.with_error(line.pid, line.stamp)
    is_known = now.deaths == before.deaths
    event = Event("memory_exhausted_archiver", line.stamp, is_known=is_known, pid=line.pid)
    answers = quoted_response.without(line.pid, story.answers)
    return replace(story, moment=now, answers=answers), (event,)


def _php_died(story: Story, is_logged: bool) -> tuple[Story, Events]:
    """PHP's own line. It bears no time and does not say whose it is."""
    before = story.moment or Moment()
    now = before.with_fatal(is_logged)
    events: Events = ()
    if now.deaths > before.deaths:
        # What follows is about this one, however long ago the one before was.
        now = Moment().with_fatal(is_logged)
        events = (Event("memory_exhausted_archiver", b"", after=story.stamp),)
    return replace(story, moment=now), events
