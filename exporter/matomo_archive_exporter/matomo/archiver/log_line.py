"""One line of the log of core:archive: who wrote it, when, and what it holds.

`LEVEL [Y-m-d H:i:s] pid  message` in UTC (Matomo 4.0.0 and later; 5.0.0 pads the level, 5.0.0 to
5.0.2 leave out the date), or `LEVEL class[Y-m-d H:i:s UTC] [request] message` from the writer to
Matomo's own log file. Between such lines is what PHP and the archiving requests print.
"""

import re
from typing import Literal, NamedTuple

from matomo_archive_exporter.matomo.calendar import unix_seconds

Notice = Literal["logged", "displayed", "encountered"]

_LEVEL = rb"(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)"
_STAMPED = re.compile(
    rb"%s *\[((?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d)\] +(\d+) +(.*)" % _LEVEL, re.DOTALL
)
_OF_FILE_WRITER = re.compile(
    rb"%s [\w\\.:/-]{0,100}\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: [A-Za-z/_+:\d-]{1,40})?\]"
    rb" (?:\[(\w{1,40})\] ?)?(.*)" % _LEVEL,
    re.DOTALL,
)
# Of the levels: most lines of other programs need no closer look.
_FIRST_LETTERS = tuple(b"%c" % letter for letter in b"DINWECA")
_MARK = b"\xef\xbb\xbf"
_COLOURS = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
# PHP puts a time before what it writes to its own log file.
_NOTICE = re.compile(
    rb"(?:\[[^\]]{1,60}\] )?(?:(PHP )?Fatal error: |((?:Matomo|Piwik) encountered an error: ))"
)
# The second text is of PHP when the system, not memory_limit, refused the memory.
_NO_MEMORY = re.compile(rb"Allowed memory size of \d+ bytes exhausted|Out of memory \(allocated ")


class StampedLine(NamedTuple):
    """A line that Matomo's logger wrote; a tuple, as there are millions of them.

    `stamp` is its time as text in UTC. The file writer `repeats` all that is before the message on
    each line of it, and has the id of the request in place of the pid.
    """

    level: bytes
    stamp: bytes
    pid: bytes
    message: bytes
    repeats: bool = False


def cleaned(line: bytes) -> bytes:
    """The line without colour codes, byte order mark and what is left of its end."""
    if b"\x1b" in line:
        line = _COLOURS.sub(b"", line)
    return line.removeprefix(_MARK).rstrip(b"\r\n")


def stamped(line: bytes) -> StampedLine | None:
    """The parts of a clean line; None when the logger did not write it."""
    if not line.startswith(_FIRST_LETTERS):
        return None
    match = _STAMPED.match(line)
    if match is not None:
        return StampedLine._make((*match.groups(), False))
    match = _OF_FILE_WRITER.match(line)
    if match is None:
        return None
    level, stamp, request, message = match.groups()
    return StampedLine(level, stamp, request or b"", message.rstrip(b" "), repeats=True)


def is_out_of_memory(text: bytes) -> bool:
    """Whether PHP says in it that there was no memory left."""
    return b"emory" in text and _NO_MEMORY.search(text) is not None


def notice_of_death(line: bytes) -> Notice | None:
    """A message of PHP or Matomo, outside the log, that memory ran out.

    One death can be told in all ways.
    """
    notice = _NOTICE.match(line)
    if notice is None or not is_out_of_memory(line):
        return None
    if notice[2]:
        return "encountered"
    return "logged" if notice[1] else "displayed"


def unix(stamp: bytes) -> int | None:
    """Unix seconds of a stamp; None for none, for one without a date and for an impossible one."""
    return unix_seconds(stamp.decode("ascii")) if stamp else None
