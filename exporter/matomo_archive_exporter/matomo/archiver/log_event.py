"""Events in the log of core:archive."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from matomo_archive_exporter.matomo.archiver.log_line import unix
from matomo_archive_exporter.matomo.calendar import LABELS, PeriodLabel

EventName = Literal[
    "memory_exhausted_archiver",
    "memory_exhausted_request",
    "invalid_response",
    "archive_done",
    "no_visits",
    "run_started",
    "run_completed",
    "run_failed",
    "run_stopped",
    "overlap_skip",
]
EVENTS: tuple[EventName, ...] = get_args(EventName)

Role = Literal["archiver", "request"]
DEATHS: Mapping[EventName, Role] = {
    "memory_exhausted_archiver": "archiver",
    "memory_exhausted_request": "request",
}
Scope = Literal["all_visits", "segment"]

_PERIODS: Mapping[bytes, PeriodLabel] = {
    b"period = " + label.encode(): label for label in LABELS.values()
}
_NO_SEGMENT = b"segment = '', "
_END_OF_SEGMENT = b"', "


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with the time on its own line as text in UTC.

    Where its line bears none, it happened at `after` or later, as far as that is known.
    `is_known` means that it was reported before, and that only its time is new. `is_of_wrapper`
    means that the time is that of the program which passed the line on.
    """

    name: EventName
    stamp: bytes
    after: bytes = b""
    is_known: bool = False
    is_of_wrapper: bool = False
    pid: bytes = b""
    """of the archiver that logged it; empty where its line does not say"""

    @property
    def at(self) -> int | None:
        """Unix seconds."""
        return unix(self.stamp)


class ArchiveDone(NamedTuple):
    """An archive that was built; a tuple, as there are millions.

    `seconds` are those of its request, start of PHP included, `stamp` is when it was logged.
    """

    stamp: bytes
    period: PeriodLabel
    scope: Scope
    seconds: float
    has_all_plugins: bool
    pid: bytes = b""

    @property
    def at(self) -> int | None:
        """Unix seconds."""
        return unix(self.stamp)


class SiteStarted(NamedTuple):
    """The turn of a site has begun; a tuple, as there may be many."""

    stamp: bytes
    pid: bytes
    idsite: int


def archive_done(message: bytes, stamp: bytes, pid: bytes = b"") -> ArchiveDone | Event:
    """The figures of `Archived website id ...`; the bare event when it is not understood.

    Split by hand: on a log full of these lines a regular expression takes twice as long.
    """
    head, _, elapsed = message.rpartition(b" visits found. Time elapsed: ")
    parts = head.split(b", ", 3)
    period = _PERIODS.get(parts[1]) if len(parts) == 4 else None
    seconds = _seconds(elapsed)
    if period is None or seconds is None:
        return Event("archive_done", stamp, pid=pid)
    rest = parts[3]
    scope: Scope = "all_visits" if rest.startswith(_NO_SEGMENT) else "segment"
    after_segment = rest[rest.rfind(_END_OF_SEGMENT) + len(_END_OF_SEGMENT) :]
    has_all_plugins = not after_segment.startswith(b"plugin = ")
    return ArchiveDone(stamp, period, scope, seconds, has_all_plugins, pid)


def _seconds(elapsed: bytes) -> float | None:
    """Of "1.763s", which something can follow: the request's memory in later releases."""
    digits = elapsed.partition(b"s")[0]
    try:
        seconds = float(digits) if digits[:1].isdigit() else math.inf
    except ValueError:
        return None
    return seconds if seconds < math.inf else None
