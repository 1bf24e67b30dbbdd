"""Weeks, months and years that Matomo queues itself once something inside them was archived.

After each finished archive it inserts the periods above it that no queued row has
(repairInvalidationsIfNeeded, seen in runs of Matomo 5.2.0 and 5.3.0-alpha).
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from matomo_archive_exporter.matomo.calendar import covering
from matomo_archive_exporter.matomo.done_flag import DoneFlag
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation, invalidation

_ABOVE = {1: (2, 3, 4), 2: (3, 4), 3: (4,), 4: (), 5: ()}


class QueuedPeriods:
    """The weeks, months and years that are queued, by name, and by name and report."""

    def __init__(self, rows: Iterable[Invalidation]) -> None:
        self._rows: Counter[tuple[str, str | None, int, int]] = Counter()
        self._above: dict[tuple[int, int, int], tuple[tuple[int, int, int], ...]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Invalidation) -> None:
        """Record a queued row."""
        self._count(row, 1)

    def remove(self, row: Invalidation) -> None:
        """Record that a row was started or deleted."""
        self._count(row, -1)

    def _count(self, row: Invalidation, change: int) -> None:
        if row.period in (2, 3, 4):
            self._rows[row.name, None, row.period, row.date1] += change
            self._rows[row.name, row.report, row.period, row.date1] += change

    def missing_above(self, row: Invalidation, digits: int) -> Iterator[Invalidation]:
        """New rows, their ids of so many digits, for the periods around `row` that are not queued.

        A row without a report is content with any row of its name. No month for a week that lies in
        two, no year likewise.
        """
        for period, first, last in self._periods_above(row.period, row.date1, row.date2):
            if not self._rows[row.name, row.report or None, period, first]:
                flag = DoneFlag(row.segment, row.plugin)
                yield invalidation(flag, row.name, row.report, period, first, last, digits)

    def _periods_above(
        self, period: int, date1: int, date2: int
    ) -> tuple[tuple[int, int, int], ...]:
        """Number, first and last day of the larger periods that hold the whole interval."""
        key = (period, date1, date2)
        found = self._above.get(key)
        if found is None:
            larger = ((p, *covering(p, date1)) for p in _ABOVE.get(period, ()))
            found = tuple((p, first, last) for p, first, last in larger if date2 <= last)
            self._above[key] = found
        return found
