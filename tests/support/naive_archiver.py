"""Matomo's archiver written a second time, slowly: each SELECT looks at all rows.

After QueueConsumer and CronArchive of Matomo 5.2.0, for days without visits and usable reports
after those of 5.8.0. It shares nothing with the product but rows.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation
from tests.support.invalidations import DAY, FIRST_NEW_ID, MONTH, RANGE, WEEK, YEAR, Queued

_BARE = "?" * 244
"""stands for the statement without exclusions, for a site with one digit"""
_MOST_DELETED = 100
"""foreign rows in one look for the next row"""
_PASSED_OVER = (Fate.ALREADY_ARCHIVED, Fate.DUPLICATE, Fate.NO_VISITS)

Verdict = tuple[str, int | None]


@dataclass(slots=True)
class NaiveArchiver:
    """One process. Its list of excluded ids is never emptied."""

    concurrency: int
    exempts_other_segments: bool = True
    today: int | None = None
    finds_usable_reports: bool = False
    verdicts: list[Verdict] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    repaired: int = 0
    next_id: int = FIRST_NEW_ID
    _excluded: list[int] = field(default_factory=list)
    _table: list[Queued] = field(default_factory=list)
    _archived: list[Invalidation] = field(default_factory=list)

    def count(self, verdict: str) -> int:
        """How many rows met it."""
        return sum(found == verdict for found, _ in self.verdicts)

    def run_site(self, table: Sequence[Queued]) -> None:
        """Work a site's queue off."""
        self._table, self._archived = list(table), []
        while True:
            batch, skipped = self._batch()
            for member in batch:
                self._finish(member.row)
            if not batch and not skipped:
                return

    def _batch(self) -> tuple[list[Queued], list[int]]:
        batch: list[Queued] = []
        skipped: list[int] = []
        while len(batch) < self.concurrency:
            found = self._next(skipped)
            if found is None:
                self.verdicts.append(("nonext", None))
                break
            self._decide(found, batch, skipped)
        return batch, skipped

    def _next(self, skipped: list[int]) -> Queued | None:
        deleted = 0
        while deleted < _MOST_DELETED:
            found = self._select(skipped)
            if found is None or found.row.fate is not Fate.FOREIGN:
                return found
            self._record("delseg", found)
            self._table.remove(found)
            deleted += 1
        return None

    def _select(self, skipped: list[int]) -> Queued | None:
        ids = [*self._excluded, *skipped]
        without = f" AND idinvalidation NOT IN ({','.join(map(str, ids))})" if ids else ""
        self.statements.append(_BARE + without)
        hidden = set(ids)
        seen = (queued for queued in self._table if queued.idinvalidation not in hidden)
        return min(seen, key=_order, default=None)

    def _decide(self, found: Queued, batch: list[Queued], skipped: list[int]) -> None:
        row, fate = found.row, found.row.fate
        if fate is Fate.BEFORE_CREATION:
            self._record("delnoE", found)
            self._table.remove(found)
        elif any(_is_same(row, member.row) for member in batch):
            self._exclude("dup", found, is_deleted=True)
        elif fate is Fate.IN_PROGRESS_ALREADY:
            self._exclude("dupip", found, is_deleted=True)
        elif any(self._conflict(row, member.row) for member in batch):
            self._record("skip", found)
            skipped.append(found.idinvalidation)
        elif fate is Fate.BLOCKED:
            skipped.append(found.idinvalidation)
            self._exclude("EX", found, is_deleted=False)
        elif fate not in (Fate.ARCHIVED, Fate.EMPTY):
            self._exclude("E", found, is_deleted=fate in _PASSED_OVER)
        elif self._is_usable(row):
            self._exclude("E", found, is_deleted=row.plugin != "")
        else:
            batch.append(found)
            self._exclude("take", found, is_deleted=True)  # no longer queued

    def _record(self, verdict: str, found: Queued) -> None:
        self.verdicts.append((verdict, found.idinvalidation))

    def _exclude(self, verdict: str, found: Queued, *, is_deleted: bool) -> None:
        self._record(verdict, found)
        self._excluded.append(found.idinvalidation)
        if is_deleted:
            self._table.remove(found)

    def _conflict(self, row: Invalidation, member: Invalidation) -> bool:
        days = set(range(row.date1, row.date2 + 1))
        if days.isdisjoint(range(member.date1, member.date2 + 1)):
            return False
        same_period = _period(row) == _period(member)
        segments = {row.segment, member.segment}
        two_segments = len(segments) == 2 and "" not in segments
        return not (self.exempts_other_segments and two_segments and same_period)

    def _is_usable(self, row: Invalidation) -> bool:
        is_todays = self.today is not None and row.date1 <= self.today <= row.date2
        return is_todays and any(
            done.segment == row.segment
            and _period(done) == _period(row)
            and (not done.plugin or (self.finds_usable_reports and _holds(done, row)))
            for done in self._archived
        )

    def _finish(self, row: Invalidation) -> None:
        self._archived.append(row)
        if row.fate is Fate.EMPTY:
            return
        for period, first, last in _above(row):
            if not any(_is_like(other.row, row, period) for other in self._table):
                self._insert(row, period, first.toordinal(), last.toordinal())

    def _insert(self, row: Invalidation, period: int, first: int, last: int) -> None:
        digits = len(str(self.next_id))
        new = replace(row, period=period, date1=first, date2=last, digits=digits)
        self._table.append(Queued(self.next_id, new))
        self.next_id += 1
        self.repaired += 1


def _order(queued: Queued) -> tuple[int, ...]:
    row = queued.row
    return (-row.date1, row.period, len(row.name), -queued.idinvalidation)


def _period(row: Invalidation) -> tuple[int, int, int]:
    return row.period, row.date1, row.date2


def _holds(done: Invalidation, row: Invalidation) -> bool:
    """Whether the archive of one plugin, or of one of its reports, is what the row asks for."""
    return done.plugin == row.plugin and done.report in ("", row.report)


def _is_same(row: Invalidation, other: Invalidation) -> bool:
    return _period(row) == _period(other) and (row.name, row.report) == (other.name, other.report)


def _is_like(other: Invalidation, row: Invalidation, period: int) -> bool:
    """Whether the other one is of this period around the row, and of its name and report."""
    return (
        other.period == period
        and other.date1 <= row.date1
        and other.date2 >= row.date2
        and other.name == row.name
        and (not row.report or other.report == row.report)
    )


def _above(row: Invalidation) -> Iterator[tuple[int, date, date]]:
    """The week, month and year above a row that hold it as a whole."""
    first, last = date.fromordinal(row.date1), date.fromordinal(row.date2)
    if row.period == DAY:
        monday = first - timedelta(days=first.weekday())
        yield WEEK, monday, monday + timedelta(days=6)
    if row.period < MONTH and (first.year, first.month) == (last.year, last.month):
        end = monthrange(first.year, first.month)[1]
        yield MONTH, first.replace(day=1), first.replace(day=end)
    if row.period < YEAR and row.period != RANGE and first.year == last.year:
        yield YEAR, date(first.year, 1, 1), date(first.year, 12, 31)
