"""Responses of archiving requests that the archiver quotes in its log when it cannot use them.

The quotation can go on over several lines, with anything in it: a request's death by memory reads
like the archiver's own (Matomo 4.0.0 and later). One bad response is quoted up to three times, by
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
# Not that of "'memory_limit' in your php.ini", where the response was empty.
_RESPONSE = re.compile(rb"Response was '|%s\S+: '" % _UNREADABLE)
_MOST_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class BadResponse:
    """The last bad response of one archiver, and whether its quotation goes on."""

    pid: bytes
    stamp: bytes
    is_open: bool
    ending: Ending = "plain"
    died_for_memory: bool = False

    def on(self, line: bytes) -> Self:
        """The response after a further line of its quotation."""
        return replace(
            self,
            is_open=not ends_quotation(line, self.ending),
            died_for_memory=self.died_for_memory or tells_of_no_memory(line),
        )


BadResponses = tuple[BadResponse, ...]


def quoted(line: StampedLine, responses: BadResponses) -> BadResponse | None:
    """The bad response that a line of the archiver is about; None when it is about none."""
    message = line.message
    if is_first(line):
        return _first(line)
    if is_summary(line):
        return replace(_first(line), died_for_memory=True)
    earlier = of(line.pid, responses) or BadResponse(line.pid, line.stamp, is_open=False)
    if message.startswith(b"'"):
        # On its own, the quote can only be the first one.
        now = replace(earlier, ending="exported").on(message)
        return replace(now, is_open=now.is_open or message == b"'")
    if message.startswith(_UNREADABLE):
        return replace(earlier, ending="plain").on(message)
    return None


def is_first(line: StampedLine) -> bool:
    """Whether nothing was told of the bad response before."""
    return line.message.startswith(_INVALID)


def is_summary(line: StampedLine) -> bool:
    """Whether everything was told of it before, in the course of the run."""
    return line.message.startswith((_SUMMARY + _INVALID, _SUMMARY + _UNREADABLE))


def _first(line: StampedLine) -> BadResponse:
    has_quotation = _RESPONSE.search(line.message) is not None
    is_open = has_quotation and not ends_quotation(line.message, "plain")
    return BadResponse(
        line.pid, line.stamp, is_open, died_for_memory=tells_of_no_memory(line.message)
    )


def of(pid: bytes, responses: BadResponses) -> BadResponse | None:
    """The last bad response of that archiver."""
    return next((response for response in responses if response.pid == pid), None)


def without(pid: bytes, responses: BadResponses) -> BadResponses:
    """The bad responses of the other archivers."""
    return tuple(response for response in responses if response.pid != pid)


def with_newest(response: BadResponse, responses: BadResponses) -> BadResponses:
    """All of them, the newest last; few, whatever pids the log holds."""
    return (*without(response.pid, responses), response)[-_MOST_AT_ONCE:]


def newest_open(responses: Iterable[BadResponse]) -> BadResponse | None:
    """The one that a line without a stamp belongs to."""
    return next((response for response in reversed(tuple(responses)) if response.is_open), None)


def goes_on(cut: bytes, rest: bytes) -> bool:
    """Whether the start of a line and the first line of the next file are one line cut in two.

    A line that begins like one of the logger's is one, but within a quotation.
    """
    if stamped(cleaned(rest)) is None:
        return True
    start = stamped(cleaned(cut))
    response = None if start is None else quoted(start, ())
    return response is not None and response.is_open
