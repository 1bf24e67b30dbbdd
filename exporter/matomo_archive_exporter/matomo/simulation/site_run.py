"""One site's turn in a run of core:archive, batch by batch, as Matomo's QueueConsumer goes.

Held against recorded runs of Matomo 5.2.0, 5.2.1, 5.3.0-alpha and 5.8.0 with 1, 3 and 10 concurrent
requests: the ordered sequence of verdicts is the same.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from matomo_archive_exporter.matomo.simulation.invalidation import (
    Fate,
    Invalidation,
    conflict,
    same,
)
from matomo_archive_exporter.matomo.simulation.repair import QueuedPeriods
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_list import SiteList
from matomo_archive_exporter.matomo.simulation.statements import DistinctStatements

_STARTED = (Fate.ARCHIVED, Fate.EMPTY)
_DELETED_AT_ONCE = 100
"""foreign rows that one look for the next row deletes at most; then it finds none"""

Watcher = Callable[[str, Invalidation | None], None]
"""Called with every verdict in order: take, skip, dup, dupip, delseg, delnoE, E, EX, nonext."""


@dataclass(slots=True)
class Batch:
    """The archiver's work until a batch was complete, and the batch itself.

    `archived` are the rows given to children, of which `of_plugins` are for a single plugin;
    `empty` days without visits, which were started without a child. `texts` has the bytes of the
    turn's own ids in each SELECT text that was new; `handled` those of all ids that the turn has
    excluded by then.
    """

    archived: int = 0
    of_plugins: int = 0
    empty: int = 0
    selects: int = 0
    skips: int = 0
    duplicates: int = 0
    deleted: int = 0
    hidden: int = 0
    repaired: int = 0
    texts: list[int] = field(default_factory=list)
    handled: int = 0


def run_site(
    rows: Iterable[Invalidation],
    plan: RunPlan,
    today: int | None = None,
    watch: Watcher = lambda verdict, row: None,
) -> Iterator[Batch]:
    """The batches of a turn over these rows, which are in Matomo's order; the last one is empty.

    `today` is the site's day. Once all plugins of a period that holds it were archived, its plugin
    rows are deleted and another row of all plugins is hidden; None where children archive nothing.
    """
    return SiteRun(rows, plan, today, watch).batches()


class SiteRun:
    """Rows go by their number, the place in which they came; repaired ones come after all."""

    def __init__(
        self, rows: Iterable[Invalidation], plan: RunPlan, today: int | None, watch: Watcher
    ) -> None:
        self._concurrency = plan.config.concurrent_requests
        self._behaviour = plan.behaviour
        self._new_digits = plan.new_digits
        self._today = today
        self._watch = watch
        self._list = SiteList(rows)
        self._queued = QueuedPeriods(self._list.rows)
        self._texts = DistinctStatements()
        self._archived: set[tuple[str, str, str, int, int, int]] = set()
        self._members: list[Invalidation] = []

    def batches(self) -> Iterator[Batch]:
        while True:
            batch = self._collect()
            has_put_off = self._list.rewind()
            batch.handled = self._texts.end_batch()
            for row in self._members:
                self._finish(row, batch)
            yield batch
            if not self._members and not has_put_off:
                return

    def _collect(self) -> Batch:
        """Look at one row after the other until the batch is full or no row is left."""
        batch = Batch()
        self._members = []
        while len(self._members) < self._concurrency:
            number = self._look(batch)
            if number is None:
                self._watch("nonext", None)
                break
            self._decide(number, self._list.rows[number], batch)
        return batch

    def _look(self, batch: Batch) -> int | None:
        """The next row whose segment is archived; others are deleted on the way."""
        for _ in range(_DELETED_AT_ONCE):
            batch.selects += 1
            text = self._texts.select()
            if text is not None:
                batch.texts.append(text)
            number = self._list.take()
            if number is None or self._list.rows[number].fate is not Fate.FOREIGN:
                return number
            self._delete(self._list.rows[number], batch, "delseg")
        return None

    def _decide(self, number: int, row: Invalidation, batch: Batch) -> None:
        if row.fate is Fate.BEFORE_CREATION:
            self._delete(row, batch, "delnoE")
        elif any(same(row, member) for member in self._members):
            self._drop(number, row, batch, "dup")
        elif row.fate is Fate.IN_PROGRESS_ALREADY:
            self._drop(number, row, batch, "dupip")
        elif self._overlaps(row):
            batch.skips += 1
            self._put_off(number, row)
            self._watch("skip", row)
        elif row.fate in _STARTED and not self._is_usable(row):
            self._members.append(row)
            self._queued.remove(row)
            self._exclude(number, row, "take")
        else:
            self._pass_over(number, row, batch)

    def _overlaps(self, row: Invalidation) -> bool:
        exempts = self._behaviour.exempts_other_segments
        return any(conflict(m, row, exempts_other_segments=exempts) for m in self._members)

    def _is_usable(self, row: Invalidation) -> bool:
        """Whether this run has just archived what a row of today asks for."""
        today = self._today
        if today is None or not row.date1 <= today <= row.date2:
            return False
        wanted = [("", "")]
        if self._behaviour.finds_usable_reports and row.plugin:
            wanted += [(row.plugin, ""), (row.plugin, row.report)]
        return any(_archive(row, *parts) in self._archived for parts in wanted)

    def _delete(self, row: Invalidation, batch: Batch, verdict: str) -> None:
        """Delete a row without excluding it: it cannot come again, and the text stays the same."""
        batch.deleted += 1
        self._queued.remove(row)
        self._watch(verdict, row)

    def _drop(self, number: int, row: Invalidation, batch: Batch, verdict: str) -> None:
        batch.duplicates += 1
        self._queued.remove(row)
        self._exclude(number, row, verdict)

    def _put_off(self, number: int, row: Invalidation) -> None:
        self._list.put_off(number)
        self._texts.skip(number + 1, row.digits)

    def _pass_over(self, number: int, row: Invalidation, batch: Batch) -> None:
        if row.fate is Fate.BLOCKED:
            batch.hidden += 1
            self._list.has_put_off = True
            self._texts.skip(number + 1, row.digits)
            self._exclude(number, row, "EX")
        elif row.fate is Fate.HIDDEN or (row.fate in _STARTED and row.plugin == ""):
            batch.hidden += 1
            self._exclude(number, row, "E")
        else:
            batch.deleted += 1
            self._queued.remove(row)
            self._exclude(number, row, "E")

    def _exclude(self, number: int, row: Invalidation, verdict: str) -> None:
        """Hide a row from the rest of this process."""
        self._texts.handle(number + 1, row.digits)
        self._watch(verdict, row)

    def _finish(self, row: Invalidation, batch: Batch) -> None:
        """Take note of a finished archive, and repair: insert periods above that are not queued.

        An empty archive repairs nothing.
        """
        self._archived.add(_archive(row, row.plugin, row.report if row.plugin else ""))
        if row.fate is Fate.EMPTY:
            batch.empty += 1
            return
        batch.archived += 1
        batch.of_plugins += row.plugin != ""
        for missing in self._queued.missing_above(row, self._new_digits):
            batch.repaired += 1
            self._queued.add(missing)
            self._list.insert(missing)


def _archive(row: Invalidation, plugin: str, report: str) -> tuple[str, str, str, int, int, int]:
    """The archive of a row's segment and period that holds these parts; "" is all."""
    return row.segment, plugin, report, row.period, row.date1, row.date2
