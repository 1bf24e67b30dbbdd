"""Small queues with everything that makes overlaps hard, for tests against a naive evaluation.

Around New Year: weeks that straddle months and the year, ranges, last days that are not those of
their period, plugins with long names, rows in progress, rows that are never selected.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.support.queue_rows import FUTURE, PAST, Row

A, B, C = "a" * 32, "b" * 32, "c" * 32
NAMES = (
    *("done", "done.Goals", "done.Goals", "done.Actions"),
    *(f"done{A}", f"done{A}.Goals", f"done{B}", f"done{B}.Actions", f"done{C}"),
)
ODD_NAMES = ("done." + "L" * 30, "done." + "L" * 31, "done." + "L" * 40, "done" + "d" * 10)
REPORTS = (None, None, None, "", "Actions_hits", "Funnels_3")
FIRST = date(2024, 12, 27)


def periods() -> list[tuple[int, str, str]]:
    """Number, first and last day of every period near New Year, and of some ranges."""
    days = [FIRST + timedelta(n) for n in range(12)]
    weeks = sorted({day - timedelta(day.weekday()) for day in days})
    found = [(1, day, day) for day in days]
    found += [(2, monday, monday + timedelta(6)) for monday in weeks]
    found += [(3, date(2024, 12, 1), date(2024, 12, 31)), (3, date(2025, 1, 1), date(2025, 1, 31))]
    found += [(4, date(year, 1, 1), date(year, 12, 31)) for year in (2024, 2025)]
    found += [(5, day, day + timedelta(n)) for day in days[::3] for n in (0, 4, 40)]
    return [(number, str(first), str(last)) for number, first, last in found]


PERIODS = periods()


def queue(random: Random, *, size: int, oddness: float, idsite: int = 1) -> list[Row]:
    """So many rows of a site; of all of them a share is odd in some way. Ids are not in order."""
    names = NAMES if random.random() < 0.7 else NAMES[4:]
    some = random.sample(PERIODS, k=random.randint(1, len(PERIODS)))
    rows = [_row(random, some, names) for _ in range(size)]
    rows += [random.choice(rows) for _ in range(random.choice((0, 0, size // 5)))]
    ids = random.sample(range(1, 10_000), len(rows))
    changed = (_odd(random, row) if random.random() < oddness else row for row in rows)
    return [
        replace(row, idinvalidation=number, idsite=idsite)
        for number, row in zip(ids, changed, strict=True)
    ]


def _row(random: Random, some: Sequence[tuple[int, str, str]], names: Sequence[str]) -> Row:
    number, first, last = random.choice(some)
    return Row(
        period=number,
        date1=first,
        date2=last,
        name=random.choice(names),
        report=random.choice(REPORTS),
    )


def _odd(random: Random, row: Row) -> Row:
    moved = date.fromisoformat(row.date2) + timedelta(random.randint(-9, 9))
    return random.choice(
        (
            replace(row, name=random.choice(ODD_NAMES)),
            replace(row, date2=str(moved)),
            replace(row, status=1, ts_started=PAST),
            replace(row, status=1, ts_started=PAST),
            replace(row, status=1, ts_started=None),
            replace(row, status=None),
            replace(row, status=2),
            replace(row, ts_invalidated=None),
            replace(row, ts_invalidated=FUTURE),
        )
    )
