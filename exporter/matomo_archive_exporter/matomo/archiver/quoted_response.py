"""Responses of archiving requests that the archiver quotes in its log when it cannot use them.

One bad response is quoted up to three times, one right after the other (Matomo 4.0.0 and later): by
`Got invalid response from API request`, if it holds the word error; by itself, as var_export()
writes it; and by `Error unserializing the following response`, if it is no JSON; and once more in
the summary at the end of the run. The first and the third are on one line, or, with
PIWIK_ARCHIVE_NO_TRUNCATE, on equally many. On those lines may be anything: the request's death by
memory reads like the archiver's own, and a line may end like the quotation.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self

from matomo_archive_exporter.matomo.archiver.log_line import StampedLine, is_out_of_memory

_INVALID = b"Got invalid response from API request"
_UNREADABLE = b"Error unserializing the following response from "
_SUMMARY = b"Error: "
# Not that of "'memory_limit' in your php.ini", where the response was empty.
_OPENINGS = (b". Response was '", b": '")
_MOST_AT_ONCE = 16

Stage = Literal["first", "exported", "last", "summary"]


@dataclass(frozen=True, slots=True)
class BadResponse:
    """The last bad response of one archiver, and whether its quotation goes on."""

    pid: bytes
    stamp: bytes
    level: bytes
    stage: Stage
    is_open: bool
    died_for_memory: bool = False
    lines: int = 0
    """further lines of this quotation so far"""
    expected: int | None = None
    """further lines of the first quotation, where there was one"""

    def on(self, line: bytes) -> Self:
        """The response after a further line of its quotation."""
        lines = self.lines + 1
        if self.stage != "last":
            is_open = True  # until the archiver logs something else, which it does at once
        elif self.expected is not None:
            is_open = lines < self.expected
        else:
            is_open = not line.endswith(b"'")
        died = self.died_for_memory or is_out_of_memory(line)
        return replace(self, lines=lines, is_open=is_open, died_for_memory=died)


BadResponses = tuple[BadResponse, ...]


def quoted(line: StampedLine, responses: BadResponses) -> BadResponse | None:
    """The bad response that a line of the archiver is about; None when it is about none."""
    message = line.message
    if message.startswith(_INVALID):
        return _begun(line, "first", is_open=_may_go_on(message))
    if message.startswith((_SUMMARY + _INVALID, _SUMMARY + _UNREADABLE)):
        is_open = _may_go_on(message.removeprefix(_SUMMARY))
        return replace(_begun(line, "summary", is_open=is_open), died_for_memory=True)
    earlier = of(line.pid, responses)
    is_first = earlier is None or earlier.stage in ("last", "summary")
    if message.startswith(_UNREADABLE):
        content = _content(message)
        now = _begun(line, "last", is_open=content == b"" or not message.endswith(b"'"))
    elif message.startswith(b"'") and line.level == b"INFO":
        now = _begun(line, "exported", is_open=True)
    else:
        return None
    if is_first or earlier is None:
        return now
    expected = earlier.lines if earlier.stage == "first" else earlier.expected
    is_open = now.is_open if expected is None or now.stage != "last" else expected > 0
    died = earlier.died_for_memory or now.died_for_memory
    return replace(now, expected=expected, is_open=is_open, died_for_memory=died)


def is_news(response: BadResponse, responses: BadResponses) -> bool:
    """Whether an response that a line is about was not called bad before."""
    earlier = of(response.pid, responses)
    was_called_bad = earlier is not None and (
        earlier.stage == "first" or (earlier.stage == "exported" and earlier.expected is not None)
    )
    return response.stage == "first" or (response.stage == "last" and not was_called_bad)


def is_death(response: BadResponse, responses: BadResponses) -> bool:
    """Whether a line is the first to tell that the request died for memory."""
    if not response.died_for_memory or response.stage == "summary":
        return False
    earlier = of(response.pid, responses)
    is_same = earlier is not None and response.stage != "first" and earlier.stage in _BEFORE_LAST
    return not (is_same and earlier is not None and earlier.died_for_memory)


_BEFORE_LAST: tuple[Stage, ...] = ("first", "exported")


def goes_on_in(line: StampedLine, responses: BadResponses) -> BadResponse | None:
    """The open response of which a line of the file writer is a further line."""
    response = of(line.pid, responses) if line.repeats else None
    if response is None or not response.is_open or line.level != response.level:
        return None
    beginnings = (_SUMMARY,) if response.stage == "summary" else (_INVALID, _UNREADABLE)
    return None if line.message.startswith(beginnings) else response


def _begun(line: StampedLine, stage: Stage, *, is_open: bool) -> BadResponse:
    died = is_out_of_memory(line.message)
    return BadResponse(line.pid, line.stamp, line.level, stage, is_open, died_for_memory=died)


def _may_go_on(message: bytes) -> bool:
    """Whether it quotes anything, other than whole JSON."""
    content = _content(message)
    return content is not None and not (content.startswith(b"{") and content.endswith(b"}'"))


def _content(message: bytes) -> bytes | None:
    """What follows the opening quote; None without one."""
    opening = _OPENINGS[0] if message.startswith(_INVALID) else _OPENINGS[1]
    _, found, content = message.partition(opening)
    return content if found else None


def of(pid: bytes, responses: BadResponses) -> BadResponse | None:
    """The last bad response of that archiver."""
    return next((response for response in responses if response.pid == pid), None)


def without(pid: bytes, responses: BadResponses) -> BadResponses:
    """The bad responses of the other archivers."""
    return tuple(response for response in responses if response.pid != pid)


def with_newest(response: BadResponse, responses: BadResponses) -> BadResponses:
    """All of them, the newest last; their number is limited."""
    return (*without(response.pid, responses), response)[-_MOST_AT_ONCE:]


def newest_open(responses: Iterable[BadResponse]) -> BadResponse | None:
    """The one that a line without a stamp belongs to."""
    return next((response for response in reversed(tuple(responses)) if response.is_open), None)


def is_cut_short(line: StampedLine) -> bool:
    """Whether a line quotes an response of which the end is not on it."""
    message = line.message
    content = message[1:] if message.startswith(b"'") else _content(message)
    is_quotation = quoted(line, ()) is not None
    return is_quotation and content is not None and (not content or not content.endswith(b"'"))
