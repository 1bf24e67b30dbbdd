"""Done flags, the names of what is archived: `done[<segment hash>][.<plugin>]`."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["all_visits", "segment"]
SCOPES: tuple[Scope, ...] = ("all_visits", "segment")

_PREFIX = "done"
_NAMELESS = "?"
"""Stands for the segment of a flag that has nothing before its first dot."""


@dataclass(frozen=True, slots=True)
class DoneFlag:
    """The parts of a done flag: `segment` is "" for all visits, `plugin` "" for all plugins."""

    segment: str
    plugin: str

    @property
    def scope(self) -> Scope:
        """Whether it is about all visits or about one segment."""
        return "segment" if self.segment else "all_visits"


def parse(name: str) -> DoneFlag:
    """The parts of column `name`; any text has some.

    Matomo takes a row for all visits only if the text before the first dot is exactly `done`;
    otherwise the rest of that text is the hash of a segment (QueueConsumer, 4.0.0 and later). A
    flag of another shape names a segment that no table knows.
    """
    head, _, plugin = name.partition(".")
    if head == _PREFIX:
        return DoneFlag("", plugin)
    return DoneFlag(head.removeprefix(_PREFIX) or _NAMELESS, plugin)
