"""The rows that core:archive takes together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from matomo_archive_exporter.matomo import done_flag


@dataclass(frozen=True, slots=True)
class QueuedRow:
    idinvalidation: int
    name: str
    date1: date
    date2: date
    period: int


def next_batch(queue: Sequence[QueuedRow], concurrent_requests: int) -> list[QueuedRow]:
    """The first rows of `queue`, which is in the archiver's order, that may run side by side.

    A row that intersects one taken before it is left for a later batch (Matomo 4.0.0 and later).
    """
    batch: list[QueuedRow] = []
    for row in queue:
        if len(batch) == concurrent_requests:
            break
        if not any(intersects(row, taken) for taken in batch):
            batch.append(row)
    return batch


def intersects(a: QueuedRow, b: QueuedRow) -> bool:
    """Whether the two may not be in one batch: their days overlap, plugins play no role.

    Two different segments of the very same period are no conflict (Matomo 4.1.0 and later).
    """
    segments = {done_flag.parse(a.name).segment, done_flag.parse(b.name).segment}
    same_period = (a.period, a.date1, a.date2) == (b.period, b.date1, b.date2)
    if same_period and len(segments) == 2 and "" not in segments:
        return False
    return a.date1 <= b.date2 and b.date1 <= a.date2
