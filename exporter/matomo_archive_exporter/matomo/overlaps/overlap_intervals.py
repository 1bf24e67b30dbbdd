"""The queue of one site as intervals: all rows of one first day and period, counted together.

Counts alone decide most of them. Where they do not, the names of an interval's rows decide.
Dates are numbers such as 20241231, so that each compares with any other, odd ones included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matomo_archive_exporter.matomo.done_flag import parse

# The kinds of rows in an interval, in bits. First their state in the queue ...
SELECTABLE, UNSELECTABLE, STARTED, NEVER_STARTED = 1, 2, 4, 8
# ... then the form of their names.
SEGMENT, ALL_VISITS, ODD_NAME = 16, 32, 64
_STATES = SELECTABLE | UNSELECTABLE | STARTED | NEVER_STARTED

SEPARATOR = ";"
PERIODS, KINDS = 1000, 128
"""Two numbers of an interval are packed into one: what the lower one is below."""

Key = tuple[int, int]
"""First day and period."""


@dataclass(frozen=True, slots=True)
class PeriodGroup:
    """Rows of one site with the same first day and period.

    An all-visits name counts as `ODD_NAME` when it is as long as that of a segment: only short ones
    surely come first in Matomo's order. So does any name of which more has to be known.
    """

    date1: int
    period: int
    date2: int
    """last day; 0 where not all rows have the same"""
    rows: int
    kinds: int
    """the bits of all its rows"""
    distinct: int
    """rows without those that repeat another one in name and report"""
    segments: int = 0
    """how many segments its rows are for, if there are none for all visits; 0 for not known"""
    foreign: int = 0
    """rows of segments that are not archived for the site, all names being ordinary"""

    @property
    def key(self) -> Key:
        """The properties that its rows have in common."""
        return (self.date1, self.period)

    @property
    def is_plain(self) -> bool:
        """Whether the counts tell nearly all: its rows differ in name and report only."""
        state = self.kinds & _STATES
        alike = state in (SELECTABLE, UNSELECTABLE) and not self.kinds & ODD_NAME
        return alike and self.date2 >= self.date1 and self.date2 > 0

    @property
    def is_selectable(self) -> bool:
        """Whether the archiver's SELECT can return its rows; for a plain one."""
        return self.kinds & _STATES == SELECTABLE


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows of an interval that are the same but for their ids, of which `newest` is the highest."""

    date1: int
    period: int
    date2: int
    name: str
    report: str
    state: int
    """one bit: SELECTABLE, UNSELECTABLE, STARTED or NEVER_STARTED"""
    rows: int
    newest: int

    @property
    def segment(self) -> str:
        """Hash of its segment, "" for all visits."""
        return parse(self.name).segment

    @property
    def is_queued(self) -> bool:
        """Whether it is not in progress."""
        return self.state in (SELECTABLE, UNSELECTABLE)

    @property
    def rank(self) -> tuple[int, int]:
        """Sorts the groups of one interval as Matomo's SELECT does, by their first rows."""
        return (len(self.name), -self.newest)


Details = Mapping[Key, Sequence[RowGroup]]
"""The rows of the intervals that were read row by row."""


def unpack(text: str) -> tuple[PeriodGroup, ...]:
    """Intervals from their numbers, `;` between them, in Matomo's order: the newest first.

    They are first day * 1000 + period, last day - first day, rows * 128 + kinds, repeated rows, and
    maybe segments and foreign.
    """
    entries = text.split(SEPARATOR) if text else ()
    found = (_interval(*map(int, entry.split(" "))) for entry in entries)
    return tuple(sorted(found, key=lambda interval: (-interval.date1, interval.period)))


def _interval(
    start: int, length: int, rows_and_kinds: int, repeated: int, segments: int = 0, foreign: int = 0
) -> PeriodGroup:
    date1, period = divmod(start, PERIODS)
    rows, kinds = divmod(rows_and_kinds, KINDS)
    return PeriodGroup(
        date1, period, date1 + length, rows, kinds, rows - repeated, segments, foreign
    )


def entries_in(text: str) -> int:
    return text.count(SEPARATOR) + 1 if text else 0
