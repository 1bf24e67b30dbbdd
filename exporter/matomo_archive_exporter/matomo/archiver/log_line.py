"""One line of the log of core:archive: who wrote it, when, and what it holds.

`LEVEL [Y-m-d H:i:s] pid  message` in UTC (Matomo 4.0.0 and later; 5.0.0 pads the level), and
between such lines whatever PHP and the archiving requests print.
"""

import re
from typing import Literal, NamedTuple

from matomo_archive_exporter.matomo.calendar import unix_seconds

Ending = Literal["plain", "exported"]

_LEVEL = rb"(?:DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)"
_STAMPED = re.compile(
    rb"(%s) *\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] +(\d+) +(.*)" % _LEVEL, re.DOTALL
)
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")
_FATAL = re.compile(rb"(PHP )?Fatal error: ")
# The second text is of PHP when the system, not memory_limit, refused the memory.
_NO_MEMORY = re.compile(rb"Allowed memory size of \d+ bytes exhausted|Out of memory \(allocated ")


class StampedLine(NamedTuple):
    """A line that Matomo's logger wrote; a tuple, as there are millions of them.

    `stamp` is its time as text in UTC.
    """

    level: bytes
    stamp: bytes
    pid: bytes
    message: bytes


def cleaned(line: bytes) -> bytes:
    """The line without colour codes and without what is left of its end."""
    if b"\x1b" in line:
        line = _COLOURS.sub(b"", line)
    return line.rstrip(b"\r\n")


def stamped(line: bytes) -> StampedLine | None:
    """The parts of a clean line; None when the logger did not write it."""
    match = _STAMPED.match(line)
    return StampedLine._make(match.groups()) if match else None


def tells_of_no_memory(text: bytes) -> bool:
    """Whether PHP says in it that there was no memory left."""
    return b"emory" in text and _NO_MEMORY.search(text) is not None


def fatal_for_memory(line: bytes) -> Literal["logged", "displayed"] | None:
    """How PHP itself told that it died for want of memory; it can do both for one death."""
    if not tells_of_no_memory(line):
        return None
    fatal = _FATAL.search(line)
    if fatal is None:
        return None
    return "logged" if fatal[1] else "displayed"


def ends_quotation(text: bytes, ending: Ending) -> bool:
    """Whether a quotation ends with this text; where PHP exported it, its own quotes are escaped.

    var_export() puts a backslash before a quote and before a backslash.
    """
    if not text.endswith(b"'"):
        return False
    before = text[:-1]
    backslashes = len(before) - len(before.rstrip(b"\\"))
    return ending == "plain" or backslashes % 2 == 0


def unix(stamp: bytes) -> int | None:
    """Unix seconds of a stamp; None for none, and for a date that cannot be."""
    return unix_seconds(stamp.decode("ascii")) if stamp else None
