"""A line of a log as a field of a record: of JSON (Docker, journald) or logfmt (supercronic)."""

import json
import re
from collections.abc import Iterator, Mapping, Set
from typing import Any, NamedTuple

from matomo_archive_exporter.matomo.archiver.log_line import cleaned, stamped

_MESSAGE = ("log", "MESSAGE", "msg", "message", "textPayload", "short_message")
_TIME = ("time", "__REALTIME_TIMESTAMP", "ts", "timestamp", "@timestamp", "date", "datetime")
# What tells lines of several programs apart.
_SOURCE = (
    *("_HOSTNAME", "SYSLOG_IDENTIFIER", "_PID", "container_name", "job.position"),
    *("podName", "containerName"),
)
_OF_DOCKER = frozenset({"log", "stream", "time", "attrs"})

_FIELD = re.compile(rb'([\w.@-]+)=("(?:[^"\\]|\\.)*"|[^\s"]*+)(?: +|$)', re.DOTALL)
_LOGFMT = re.compile(rb'(?:[\w.@-]+=(?:"(?:[^"\\]|\\.)*"|[^\s"]*+)(?: +|$))+', re.DOTALL)
_ESCAPED = re.compile(rb"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", re.DOTALL)
_CONTROLS: Mapping[bytes, bytes] = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a"}


class Record(NamedTuple):
    """The fields of a record that count, in the order in which a Layer has them."""

    form: str
    payload: bytes
    time: bytes
    source: bytes
    stream: bytes
    is_partial: bool


def record_of(line: bytes, sources: Set[bytes] = frozenset()) -> Record | None:
    """The record in a line; None without a message.

    Without a time, a text counts if Matomo's logger wrote it, or one at the same place of a record
    with the same fields, which the `sources` know: an answer may be a record with a message, too.
    """
    fields = _json(line) if line.startswith(b"{") else _logfmt(line)
    message = next((fields[key] for key in _MESSAGE if key in fields), None)
    time = next((fields[key] for key in _TIME if key in fields), None)
    source = b" ".join(_bytes(str(fields[key])) for key in _SOURCE if key in fields)
    if isinstance(message, list):  # as journald writes what is no UTF-8
        message = _of_numbers(message)
    if not isinstance(message, str | bytes) or not isinstance(time, str | bytes | int | float):
        message, source = _untimed(fields, source, sources)
        time = ""
        if message is None:
            return None
    form = "Docker's json-file" if fields.keys() <= _OF_DOCKER else "JSON"
    payload = _bytes(message)
    return Record(
        form if line.startswith(b"{") else "logfmt (supercronic)",
        payload.removesuffix(b"\n"),
        _bytes(str(time) if isinstance(time, int | float) else time),
        source,
        _bytes(str(fields.get("stream", ""))),
        _is_partial(fields, payload),
    )


def _untimed(
    fields: Mapping[str, Any], source: bytes, sources: Set[bytes]
) -> tuple[str | bytes | None, bytes]:
    """The text that counts, and what tells of records like this one."""
    names = _bytes(" ".join(fields))
    for name, text in _texts(fields):
        place = b"%s: %s of %s" % (source, _bytes(name), names)
        if place in sources or stamped(cleaned(_bytes(text))) is not None:
            return text, place
    return None, source


def _texts(fields: Mapping[str, Any]) -> Iterator[tuple[str, str | bytes]]:
    """The names and texts in a record, those in records within it too."""
    for name, value in fields.items():
        if isinstance(value, str | bytes):
            yield name, value
        elif isinstance(value, dict):
            yield from (
                (f"{name}.{inner}", text) for inner, text in value.items() if isinstance(text, str)
            )


def _is_partial(fields: Mapping[str, Any], payload: bytes) -> bool:
    """Docker cuts lines after 16 KiB: the pieces lack the end of the line."""
    if "logtag" in fields:
        return str(fields["logtag"]).startswith("P")
    if "partial_message" in fields:
        return str(fields.get("partial_last", "false")).lower() != "true"
    return "time" in fields and fields.keys() <= _OF_DOCKER and not payload.endswith(b"\n")


def _json(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _of_numbers(numbers: list[Any]) -> bytes | None:
    try:
        return bytes(numbers)
    except (ValueError, TypeError):
        return None


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def _logfmt(line: bytes) -> dict[str, Any]:
    if _LOGFMT.fullmatch(line) is None:
        return {}
    return {key.decode(): _value(value) for key, value in _FIELD.findall(line)}


def _value(text: bytes) -> bytes:
    if not text.startswith(b'"'):
        return text
    return _ESCAPED.sub(_character, text[1:-1]) if b"\\" in text else text[1:-1]


def _character(escaped: re.Match[bytes]) -> bytes:
    """Undo the escapes of Go's strconv.Quote."""
    text = escaped[1]
    if len(text) == 1:
        return _CONTROLS.get(text, text)
    number = int(text[1:], 16)
    if text.startswith(b"x"):
        return bytes((number,))
    return chr(number).encode("utf-8", "surrogatepass") if number <= 0x10FFFF else b"?"
