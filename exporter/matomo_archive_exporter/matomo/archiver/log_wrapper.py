"""The wrappers that other programs put around a line of the log of core:archive.

Docker, container runtimes, journald, syslog, supercronic, `ts` and others each write a time, a
name, or both before a line, or the line as a field of their own. One program can pass on what
another wrote, so a line is taken out layer by layer.
"""

import re
from collections.abc import Set
from typing import NamedTuple

from matomo_archive_exporter.matomo.archiver import log_prefix
from matomo_archive_exporter.matomo.archiver.log_line import cleaned, notice_of_death, stamped
from matomo_archive_exporter.matomo.archiver.log_record import record_of

_MOST_LAYERS = 4
UNKNOWN = "lines of another program"

_ZONE = rb"(?: ?(?:Z|UTC|GMT|[A-Z]{1,3}[SD]?T|[+-]\d\d:?\d\d)(?!\w))?"
_CLOCK = rb"\d\d:\d\d:\d\d(?:[.,]\d+)?"
_DATE = rb"(?:[A-Z][a-z]{2} )?\d{4}[-/]\d\d[-/]\d\d[T _]" + _CLOCK + _ZONE
_SHORT_DATE = (
    rb"(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?" + _CLOCK + _ZONE + rb"(?: \d{4})?"
)
_OF_PHP = rb"\d\d-[A-Z][a-z]{2}-\d{4} " + _CLOCK + rb"(?: [\w/+:-]+)?(?=\])"
_TIME = b"|".join(
    (_DATE, _SHORT_DATE, _OF_PHP, rb"\d{10}(?:\.\d+)?", rb" *\d{1,9}\.\d{6}(?=\])", _CLOCK)
)
_TIMED = re.compile(
    rb"(?:<\d{1,3}>)?(?:\[(?P<in>%s)\]|(?P<bare>%s|@[0-9a-f]{24})):?[ \t]+" % (_TIME, _TIME)
)
_RUNTIME = re.compile(rb"(%s) (stdout|stderr) ([FP])(?::\S*)? ?" % _DATE)
_SYSLOG = re.compile(rb"(?:<\d{1,3}>)?1 (%s|-) (\S+ \S+ \S+) \S+ (?:-|(?:\[[^\]]*\])+) ?" % _DATE)
_NAME_AND_PID = re.compile(rb"((?:[^\s:]{1,300} ){0,3}[^\s:\[\]]{1,300}\[\d+\]): ?")
_NAME = re.compile(
    rb"((?:[\w.@/-]{1,300} ){0,3}[\w./@()-]{1,300}|[\w./-]{1,300}\[[\w.-]+\])(?:: ?|\t(?=\{))"
)
# cronie's with -s, within syslog.
_OF_CRON = re.compile(rb"\(\S{1,100}\) CMDOUT \((.*)\)", re.DOTALL)
_ON_TERMINAL = re.compile(
    rb"[A-Z]{4}\[(?:(%s)|\d+)\] (.*) channel=std(?:out|err) iteration=\d+ (job\..*)" % _DATE,
    re.DOTALL,
)
_COLUMN = re.compile(rb"([\w.@/:-]{1,300}(?:\|[\w.-]{1,300})?) *\| ?|(\[[^]\s]{1,300}\]):? ")


class Layer(NamedTuple):
    """One program's part of a line, and what it passed on.

    `time` is as the program writes it. Lines of one `source` belong together. Where a line is
    partial, the rest follows in the source's next line in the same `stream`.
    """

    form: str
    payload: bytes
    time: bytes = b""
    source: bytes = b""
    stream: bytes = b""
    is_partial: bool = False


def unwrapped(line: bytes, sources: Set[bytes], depth: int = _MOST_LAYERS) -> Layer | None:
    """The outermost layer of a clean line, None without one.

    A name in front of it counts if it is one of the `sources` known, or if what follows it is a
    line of core:archive, under no more than `depth` layers: an answer that is quoted in the log may
    look like a line with a name.
    """
    if line.startswith(b"{"):
        return _record(line, sources)
    if (runtime := _RUNTIME.match(line)) is not None:
        time, stream, tag = runtime.groups()
        rest = line[runtime.end() :]
        return Layer("a container runtime (CRI)", rest, time, stream=stream, is_partial=tag == b"P")
    if (syslog := _SYSLOG.match(line)) is not None:
        return Layer("journald or syslog", line[syslog.end() :], syslog[1], syslog[2])
    if (timed := _TIMED.match(line)) is not None:
        return _timed(timed["in"] or timed["bare"], line[timed.end() :], sources, depth)
    if (cron := _OF_CRON.fullmatch(line)) is not None:
        return Layer("cron", cron[1])
    if (job := _ON_TERMINAL.fullmatch(line)) is not None:
        return Layer("supercronic", job[2].rstrip(b" "), job[1] or b"", job[3])
    record = _record(line, sources) if b"msg=" in line else None
    known = record or _column(line, sources, depth)
    return known or (_unknown(line, sources) if depth == _MOST_LAYERS else None)


def _record(line: bytes, sources: Set[bytes]) -> Layer | None:
    record = record_of(line, sources)
    return None if record is None else Layer(*record)


def _timed(time: bytes, rest: bytes, sources: Set[bytes], depth: int) -> Layer:
    """After a time may be the names of a machine and a program."""
    if is_of_archiver(rest, sources, depth - 1):
        return Layer("time stamps (ts)", rest, time)
    name = _NAME_AND_PID.match(rest) or _NAME.match(rest)
    if name is not None:
        payload, source = rest[name.end() :], name[1]
        has_pid = name.re is _NAME_AND_PID
        if has_pid or source in sources or is_of_archiver(payload, sources, depth - 1):
            return Layer("journald or syslog", payload, time, source)
    return Layer("time stamps (ts)", rest, time)


def _column(line: bytes, sources: Set[bytes], depth: int) -> Layer | None:
    """The name of a container, and a bar, as Docker Compose writes it; or that of a pod."""
    column = _COLUMN.match(line)
    if column is None:
        return None
    source, payload = column[1] or column[2], line[column.end() :]
    if source not in sources and not is_of_archiver(payload, sources, depth - 1):
        return None
    return Layer("docker compose logs", payload, source=source)


def _unknown(line: bytes, sources: Set[bytes]) -> Layer | None:
    found = log_prefix.split(line, sources)
    return None if found is None else Layer(UNKNOWN, found[1], source=found[0])


def is_of_archiver(line: bytes, sources: Set[bytes], depth: int = _MOST_LAYERS - 1) -> bool:
    """Whether a line is the archiver's, under however many layers."""
    line = cleaned(line)
    if stamped(line) is not None or notice_of_death(line) is not None:
        return True
    layer = unwrapped(line, sources, depth - 1) if depth > 0 else None
    return layer is not None and is_of_archiver(layer.payload, sources, depth - 1)
