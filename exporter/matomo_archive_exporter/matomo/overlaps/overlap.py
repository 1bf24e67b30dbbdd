"""Rows of a site's queue that must wait because they overlap an unfinished one.

A row is blocked by one that Matomo's SELECT returns before it (date1 descending, period ascending,
length of name ascending, id descending) and that it may not be archived together with
(QueueConsumer::hasIntersectingPeriod, 4.0.0 to 5.2.2), and since 5.3.0 by rows in progress.

In that order an interval overlaps one before it exactly when the last one before it starts on or
before its own last day: nothing before it starts earlier than that. So one look at each is enough.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from matomo_archive_exporter.matomo.overlaps.overlap_intervals import (
    ALL_VISITS,
    SELECTABLE,
    STARTED,
    Details,
    PeriodGroup,
    RowGroup,
)
from matomo_archive_exporter.matomo.version import Behaviour

_NONE_BEFORE = 10**9
"""a first day after all others"""


def unresolved(
    intervals: Sequence[PeriodGroup], details: Details, behaviour: Behaviour
) -> list[PeriodGroup]:
    """Intervals whose rows have to be known before `blocked` can be told, and are not in `details`.

    When they have been read there may be more: what is in progress decides about others.
    """
    odd = [i for i in intervals if not i.is_plain and i.key not in details]
    if odd:
        return odd
    site = _Site(intervals, details, behaviour)
    return [i for i, before in site.in_order() if i.key not in details and site.is_open(i, before)]


def blocked(
    intervals: Sequence[PeriodGroup], details: Details, behaviour: Behaviour
) -> Counter[int]:
    """Blocked rows by the number of their period; nothing may be `unresolved`."""
    found: Counter[int] = Counter()
    site = _Site(intervals, details, behaviour)
    for interval, before in site.in_order():
        rows = details.get(interval.key)
        found[interval.period] += (
            site.blocked_of(interval, before) if rows is None else site.blocked_among(rows, before)
        )
    return found


def duplicates(intervals: Sequence[PeriodGroup], details: Details) -> int:
    """Queued rows that repeat another unfinished one; one in progress counts as the first."""
    return sum(
        interval.rows - interval.distinct
        if (rows := details.get(interval.key)) is None
        else _repeated(rows)
        for interval in intervals
    )


def _repeated(rows: Sequence[RowGroup]) -> int:
    queued: Counter[tuple[int, str, str]] = Counter()
    started = set()
    for row in rows:
        key = (row.date2, row.name, row.report)
        if row.is_queued:
            queued[key] += row.rows
        else:
            started.add(key)
    return sum(count - (key not in started) for key, count in queued.items())


@dataclass(slots=True)
class _Site:
    """One site's queue; `before` is the first day of the last selectable interval before one."""

    intervals: Sequence[PeriodGroup]
    details: Details
    behaviour: Behaviour
    _backward: list[RowGroup] = field(default_factory=list)
    """selectable rows that end before they begin, for which the rule of one look does not hold"""
    _started: list[RowGroup] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = [row for group in self.details.values() for row in group]
        self._backward = [r for r in rows if r.state == SELECTABLE and r.date2 < r.date1]
        if self.behaviour.in_progress_blocks:
            self._started = [row for row in rows if row.state == STARTED]

    def in_order(self) -> Iterator[tuple[PeriodGroup, int]]:
        before = _NONE_BEFORE
        for interval in self.intervals:
            yield interval, before
            if self._is_in_the_way(interval):
                before = interval.date1

    def _is_in_the_way(self, interval: PeriodGroup) -> bool:
        rows = self.details.get(interval.key)
        if rows is None:
            return interval.is_selectable
        return any(row.state == SELECTABLE and row.date2 >= row.date1 for row in rows)

    def is_open(self, interval: PeriodGroup, before: int) -> bool:
        """Whether the counts of a plain interval leave open how many of its rows are blocked."""
        if not interval.is_selectable or self._is_covered(interval, before):
            return False
        return self._free(interval) is None or any(
            _holds_back(row, interval) for row in self._started
        )

    def blocked_of(self, interval: PeriodGroup, before: int) -> int:
        """The count for a plain interval."""
        if not interval.is_selectable:
            return 0
        if self._is_covered(interval, before):
            return interval.rows
        return interval.rows - (self._free(interval) or 0)

    def _free(self, interval: PeriodGroup) -> int | None:
        """The rows of an uncovered interval that do not block each other; None if unknown."""
        alone = interval.rows == 1 or interval.kinds & ALL_VISITS
        if alone or not self.behaviour.exempts_other_segments:
            return 1
        return interval.segments or None

    def _is_covered(self, interval: PeriodGroup, before: int) -> bool:
        """Whether all its rows overlap something outside of it."""
        return (
            before <= interval.date2
            or (bool(self._backward) and self._is_behind(interval))
            or any(not row.segment and _holds_back(row, interval) for row in self._started)
        )

    def _is_behind(self, row: PeriodGroup | RowGroup) -> bool:
        """Whether it overlaps one of those before it that end before they begin."""
        return any(
            other.date1 <= row.date2
            and other.date2 >= row.date1
            and (-other.date1, other.period) < (-row.date1, row.period)
            for other in self._backward
        )

    def blocked_among(self, rows: Sequence[RowGroup], before: int) -> int:
        """The count for the rows of one interval, by name."""
        seen = _Seen(self.behaviour.exempts_other_segments)
        total = 0
        for row in sorted((r for r in rows if r.state == SELECTABLE), key=lambda r: r.rank):
            if before <= row.date2 or self._is_behind(row) or self._is_held_back(row):
                total += row.rows
            elif row.date2 >= row.date1:
                total += row.rows - (not seen.blocks(row))
            if row.date2 >= row.date1:
                seen.add(row)
        return total

    def _is_held_back(self, row: RowGroup) -> bool:
        return any(
            _holds_back(other, row) and (other.segment in ("", row.segment) or not row.segment)
            for other in self._started
        )


def _holds_back(started: RowGroup, row: PeriodGroup | RowGroup) -> bool:
    """Whether a row in progress holds back a row, without a look at their segments."""
    return (
        started.period <= row.period and started.date1 <= row.date2 and started.date2 >= row.date1
    )


@dataclass(slots=True)
class _Seen:
    """The rows of one interval that come before a row, as far as they may block it."""

    exempts_other_segments: bool
    _segments: set[str] = field(default_factory=set)
    _ends: set[int] = field(default_factory=set)

    def add(self, row: RowGroup) -> None:
        self._segments.add(row.segment)
        self._ends.add(row.date2)

    def blocks(self, row: RowGroup) -> bool:
        """Two may go together if they are of different segments and the very same period."""
        if not self._segments:
            return False
        may_go_together = self.exempts_other_segments and row.segment and self._ends == {row.date2}
        return not may_go_together or bool(self._segments & {"", row.segment})
