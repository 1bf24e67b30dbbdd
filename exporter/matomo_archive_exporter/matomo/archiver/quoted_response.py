"""Answers of archiving requests that the archiver quotes in its log when it cannot use them.

The quotation can go on over several lines, with anything in it: a request's death by memory reads
like the archiver's own (Matomo 4.0.0 and later). One bad answer is quoted up to three times, by
`Got invalid response from API request`, by itself, and by `Error unserializing the following
response`, and once more in the summary at the end of the run.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from matomo_archive_exporter.matomo.archiver.log_line import (
    Ending,
    StampedLine,
    cleaned,
    ends_quotation,
    stamped,
    tells_of_no_memory,
)

_INVALID = b"Got invalid response from API request"
_UNREADABLE = b"Error unserializing the following response from "
_SUMMARY = b"Error: "
# Not that of "'memory_limit' in your php.ini", where the answer was empty.
_ANSWER = re.compile(rb"Response was '|%s\S+: '" % _UNREADABLE)
_MOST_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """The last bad answer of one archiver, and whether its quotation goes on."""

    pid: bytes
    stamp: bytes
    is_open: bool
    ending: Ending = "plain"
    died_for_memory: bool = False

    def on(self, line: bytes) -> Self:
        """The answer after a further line of its quotation."""
        return replace(
            self,
            is_open=not ends_quotation(line, self.ending),
            died_for_memory=self.died_for_memory or tells_of_no_memory(line),
        )


BadAnswers = tuple[BadAnswer, ...]


def quoted(line: StampedLine, answers: BadAnswers) -> BadAnswer | None:
    """The bad answer that a line of the archiver is about; None when it is about none."""
    message = line.message
    if is_first(line):
        return _first(line)
    if is_summary(line):
        return replace(_first(line), died_for_memory=True)
    earlier = of(line.pid, answers) or BadAnswer(line.pid, line.stamp, is_open=False)
    if message.startswith(b"'"):
        # On its own, the quote can only be the first one.
        now = replace(earlier, ending="exported").on(message)
        return replace(now, is_open=now.is_open or message == b"'")
    if message.startswith(_UNREADABLE):
        return replace(earlier, ending="plain").on(message)
    return None


def is_first(line: StampedLine) -> bool:
    """Whether nothing was told of the bad answer before."""
    return line.message.startswith(_INVALID)


def is_summary(line: StampedLine) -> bool:
    """Whether everything was told of it before, in the course of the run."""
    return line.message.startswith((_SUMMARY + _INVALID, _SUMMARY + _UNREADABLE))


def _first(line: StampedLine) -> BadAnswer:
    has_quotation = _ANSWER.search(line.message) is not None
    is_open = has_quotation and not ends_quotation(line.message, "plain")
    return BadAnswer(
        line.pid, line.stamp, is_open, died_for_memory=tells_of_no_memory(line.message)
    )


def of(pid: bytes, answers: BadAnswers) -> BadAnswer | None:
    """The last bad answer of that archiver."""
    return next((answer for answer in answers if answer.pid == pid), None)


def without(pid: bytes, answers: BadAnswers) -> BadAnswers:
    """The bad answers of the other archivers."""
    return tuple(answer for answer in answers if answer.pid != pid)


def with_newest(answer: BadAnswer, answers: BadAnswers) -> BadAnswers:
    """All of them, the newest last; few, whatever pids the log holds."""
    return (*without(answer.pid, answers), answer)[-_MOST_AT_ONCE:]


def newest_open(answers: Iterable[BadAnswer]) -> BadAnswer | None:
    """The one that a line without a stamp belongs to."""
    return next((answer for answer in reversed(tuple(answers)) if answer.is_open), None)


def goes_on(cut: bytes, rest: bytes) -> bool:
    """Whether the start of a line and the first line of the next file are one line cut in two.

    A line that begins like one of the logger's is one, but within a quotation.
    """
    if stamped(cleaned(rest)) is None:
        return True
    start = stamped(cleaned(cut))
    answer = None if start is None else quoted(start, ())
    return answer is not None and answer.is_open
