"""The prefix that an unknown program writes before a line of core:archive.

It is learnt from a line of Matomo's logger, and then found before other lines, too: its words are
the same, with other figures.
"""

import re
from collections.abc import Iterable

from matomo_archive_exporter.matomo.archiver.log_line import is_out_of_memory, stamped

_LONGEST = 300
_MARK = b"\0"
"""begins the source that such a prefix is, which no name does"""
_LOGGED = re.compile(
    rb"(?:DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)"
    rb"(?: {1,6}\[(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\] +\d+ | [\w\\]{1,60}\[\d{4}-\d\d-\d\d )"
)
# Quotes may hold anything; letters would be the beginning of the level.
_PREFIX = re.compile(rb"[^'{]*[^\w'{]")
_PIECE = re.compile(
    rb"(?P<figures>\w*\d\w*)|(?P<date>[A-Z][a-z]{2})(?!\w)|(?P<blanks>[ \t]+)|.", re.DOTALL
)


def split(line: bytes, sources: Iterable[bytes]) -> tuple[bytes, bytes] | None:
    """The prefix's shape, and the line without it; None without one.

    One that is new is not believed where the line tells of a death: it may be a quotation.
    """
    for source in sources:
        known = re.match(source[1:], line, re.DOTALL) if source.startswith(_MARK) else None
        if known is not None:
            return source, line[known.end() :]
    logged = _LOGGED.search(line, 1, _LONGEST)
    if logged is None:
        return None
    prefix, rest = line[: logged.start()], line[logged.start() :]
    is_believed = _PREFIX.fullmatch(prefix) is not None and not is_out_of_memory(line)
    return (_MARK + _shape(prefix), rest) if is_believed and stamped(rest) is not None else None


def _shape(prefix: bytes) -> bytes:
    """A pattern of the prefix in which figures, days and months may change."""
    return _PIECE.sub(_pattern, prefix)


def _pattern(piece: re.Match[bytes]) -> bytes:
    if piece["figures"]:
        return rb"\w+"
    if piece["date"]:
        return rb"[A-Z][a-z]{2}"
    return rb"[ \t]+" if piece["blanks"] else re.escape(piece[0])
