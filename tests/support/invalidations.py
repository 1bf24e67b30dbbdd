"""Hand-made invalidations, and whole queues of them for property tests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hypothesis import strategies as st

from matomo_archive_exporter.matomo.calendar import covering
from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation, named

A, B = "a" * 32, "b" * 32
DAY, WEEK, MONTH, YEAR, RANGE = 1, 2, 3, 4, 5

FIRST_ID, FIRST_NEW_ID = 95, 1000
"""of a queue made here: its ids have two or three digits, those of rows that come later four"""
NEW_DIGITS = 4


def ordinal(day: str) -> int:
    """The number of a day."""
    return date.fromisoformat(day).toordinal()


def row(
    period: int,
    day: str,
    name: str = "done",
    *,
    last: str | None = None,
    report: str = "",
    digits: int = 3,
    fate: Fate = Fate.ARCHIVED,
) -> Invalidation:
    """A row for the period that holds the day, or from that day to the last one."""
    at = ordinal(day)
    first, end = (at, ordinal(last)) if last else covering(period, at)
    return replace(named(name, report, period, first, end, digits), fate=fate)


def days(count: int, name: str = "done", first: str = "2025-03-03") -> list[Invalidation]:
    """Rows of so many days in a row, in Matomo's order: the newest first."""
    start = ordinal(first)
    return [named(name, "", DAY, day, day, 3) for day in range(start + count - 1, start - 1, -1)]


def ordered(rows: Sequence[Invalidation]) -> list[Invalidation]:
    """In Matomo's order; of rows that it does not tell apart the first is taken as the newest."""
    return sorted(rows, key=lambda row: row.rank)


@dataclass(frozen=True, slots=True, eq=False)
class Queued:
    """A row under its id."""

    idinvalidation: int
    row: Invalidation


def queued(rows: Sequence[Invalidation], first_id: int = FIRST_ID) -> list[Queued]:
    """The rows under ids that count from the first, in Matomo's order."""
    numbered = [
        Queued(number, replace(row, digits=len(str(number))))
        for number, row in enumerate(rows, first_id)
    ]
    return sorted(numbered, key=lambda q: (*q.row.rank, -q.idinvalidation))


def sites(queues: Sequence[Sequence[Queued]]) -> list[list[Queued]]:
    """The queues of several sites, under ids of which none comes twice."""
    made: list[list[Queued]] = []
    first = FIRST_ID
    for queue in queues:
        made.append(queued([q.row for q in queue], first))
        first += len(queue)
    return made


# Weeks across the month and the year, days that repeat, and all periods around them.
_DAYS = [f"2024-12-{day}" for day in (22, 23, 29, 30, 31)]
_DAYS += [f"2025-01-0{day}" for day in (1, 2, 5, 6)] + ["2025-01-31", "2025-02-01"]
_NAMES = ["done", "done.Goals", "done.Actions", f"done{A}", f"done{B}"]
_NAMES += [f"done{A}.Actions", f"done{B}.Actions"]
_REPORTS = ["", "", "", "Actions_hits", "7"]
_RARE = [fate for fate in Fate if fate is not Fate.ARCHIVED]

_PERIODS = st.builds(row, st.sampled_from([DAY, DAY, WEEK, MONTH, YEAR]), st.sampled_from(_DAYS))
_RANGES = st.tuples(st.sampled_from(_DAYS), st.sampled_from(_DAYS)).map(
    lambda ends: row(RANGE, min(ends), last=max(ends))
)
_SHAPES = st.one_of(_PERIODS, _PERIODS, _PERIODS, _RANGES)


@st.composite
def _rows(draw: st.DrawFn, fates: Sequence[Fate]) -> Invalidation:
    shape, name = draw(_SHAPES), draw(st.sampled_from(_NAMES))
    at = (shape.period, shape.date1, shape.date2, shape.digits)
    made = named(name, draw(st.sampled_from(_REPORTS)), *at)
    return replace(made, fate=draw(st.sampled_from(fates)))


def queues(
    most: int = 40, *, fewest: int = 0, all_archived: bool = False
) -> st.SearchStrategy[list[Queued]]:
    """Queues of one site. One row in three has another fate than to be archived, if any may."""
    fates = [Fate.ARCHIVED] * (1 if all_archived else 2 * len(_RARE))
    fates += [] if all_archived else _RARE
    return st.lists(_rows(fates), min_size=fewest, max_size=most).map(queued)
