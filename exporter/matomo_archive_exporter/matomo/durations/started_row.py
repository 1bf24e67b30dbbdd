"""Rows of the queue seen in progress, and what became of them.

A finished row is deleted, a failed one goes back to status 0 (Matomo 4.0.0 and later). The rows of
a batch stay in progress until the slowest is done, so when a row went says nothing of how long its
own archive took.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from matomo_archive_exporter.matomo import done_flag
from matomo_archive_exporter.matomo.calendar import LABELS
from matomo_archive_exporter.matomo.durations.durations import FinishedArchive


@dataclass(frozen=True, slots=True)
class StartedRow:
    """A row in progress since `started` (Unix seconds); the rest as in its columns."""

    idsite: int
    period: int
    date1: date
    date2: date
    name: str
    started: int


Starts = Mapping[int, int | None]
"""Start times by id of the rows that are still there; None for those not in progress."""


def still_started(rows: Mapping[int, StartedRow], starts: Starts) -> dict[int, StartedRow]:
    """Rows still in progress, or in progress again since another time; both by id."""
    return {
        number: replace(rows[number], started=started)
        for number, started in starts.items()
        if number in rows and started is not None
    }


def gone(rows: Mapping[int, StartedRow], starts: Starts) -> list[StartedRow]:
    """Rows that have gone: finished, or deleted for another reason."""
    return [row for number, row in rows.items() if number not in starts]


def finished(row: StartedRow, ended: int) -> FinishedArchive | None:
    """The row's archive with its duration; None where the archive cannot be the row's own."""
    label = LABELS.get(row.period)
    if label is None or ended < row.started:
        return None
    scope = done_flag.parse(row.name).scope
    return FinishedArchive(label, scope, float(ended - row.started), ended)
