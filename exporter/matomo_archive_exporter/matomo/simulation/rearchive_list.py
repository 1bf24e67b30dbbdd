"""Option `ReArchiveList`: mass re-archivings that are scheduled but not yet rows of the queue."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_ARRAY = re.compile(rb"a:([0-9]{1,10}):\{")
_NUMBER_KEY = re.compile(rb"i:-?[0-9]{1,20};")
_STRING = re.compile(rb's:([0-9]{1,10}):"')
_DIGITS = re.compile(r"[0-9]{1,15}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BEYOND_INTEGERS = 10**15
_EMPTY = (b"", b"N;", b"b:0;", b"i:0;", b's:0:"";')
"""Values that PHP takes for false, which Matomo reads as an empty list."""


class ReArchiveListError(ValueError):
    """The value is not such a list. The message names the offset in bytes."""

    def __init__(self, offset: int, fault: str) -> None:
        super().__init__(f"ReArchiveList, byte {offset}: {fault}")


class _FieldError(ValueError):
    """A field, named by the message, has a value that Matomo does not write."""


@dataclass(frozen=True, slots=True)
class ReArchiving:
    """One scheduled re-archiving.

    None stands for all sites, all plugins, all reports of the plugin, and the earliest day that
    Matomo's configuration allows. `start` is in Unix seconds. `segment` is the definition as it
    is stored: None when the entry is not about one segment, '' when it is about all visits.
    """

    sites: tuple[int, ...] | None
    plugin: str | None
    report: str | None
    start: int | None
    segment: str | None


def parse(value: bytes) -> tuple[ReArchiving, ...]:
    """Read the value as stored in table option: a PHP-serialized array of JSON strings.

    Lengths in it count bytes. Keys are dropped: Matomo 5.2.0 leaves gaps where it removed an
    entry. `idSites` is "all", a list, or an object once one of its sites was removed. Raises
    `ReArchiveListError` for anything else, a list cut short included, and nothing besides.
    """
    if value in _EMPTY:
        return ()
    array = _ARRAY.match(value)
    if array is None:
        raise ReArchiveListError(0, "no PHP-serialized array begins here")
    entries = []
    offset = array.end()
    for _ in range(int(array[1])):
        start, end = _string(value, _after_key(value, offset))
        entries.append(_entry(value[start:end], start))
        offset = end + len('";')
    if value[offset:] != b"}":
        raise ReArchiveListError(offset, "the array does not end here, as its length says")
    return tuple(entries)


def _after_key(value: bytes, offset: int) -> int:
    if number := _NUMBER_KEY.match(value, offset):
        return number.end()
    _, end = _string(value, offset)
    return end + len('";')


def _string(value: bytes, offset: int) -> tuple[int, int]:
    """Find the bytes of the serialized string at `offset`: where they start and end."""
    head = _STRING.match(value, offset)
    if head is None:
        raise ReArchiveListError(offset, "no PHP-serialized string begins here")
    end = head.end() + int(head[1])
    if value[end : end + 2] != b'";':
        raise ReArchiveListError(offset, "the string does not end where its length says")
    return head.end(), end


def _entry(text: bytes, offset: int) -> ReArchiving:
    try:
        entry = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise ReArchiveListError(offset, "the entry is not JSON") from None
    if not isinstance(entry, dict):
        raise ReArchiveListError(offset, "the entry is not a JSON object")
    try:
        return _re_archiving(entry)
    except _FieldError as error:
        raise ReArchiveListError(offset, f"the entry's {error} cannot be read") from None


def _re_archiving(entry: Mapping[str, object]) -> ReArchiving:
    return ReArchiving(
        sites=_sites(entry.get("idSites")),
        plugin=_text(entry, "pluginName") or None,
        report=_text(entry, "report") or None,
        start=_integer("startDate", entry.get("startDate") or 0) or None,
        segment=_text(entry, "segment"),
    )


def _sites(value: object) -> tuple[int, ...] | None:
    if value == "all":
        return None
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        raise _FieldError("idSites")
    return tuple(_integer("idSites", site) for site in value)


def _integer(name: str, value: object) -> int:
    """Give a number that is not negative, written as a number or, as PHP may do, as a string."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _BEYOND_INTEGERS:
        return value
    raise _FieldError(name)


def _text(entry: Mapping[str, object], name: str) -> str | None:
    """Give a text, or the number of a report as one."""
    value = entry.get(name)
    if value is None or (isinstance(value, str) and not _SURROGATE.search(value)):
        return value
    return str(_integer(name, value))
