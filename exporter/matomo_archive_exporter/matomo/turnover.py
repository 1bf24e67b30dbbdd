"""How many rows came and went, seen only from readings now and then.

Rows that come and go between two readings are never seen, so both figures are lower bounds.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Turnover:
    """Rows since the first reading. `highest` is the highest id ever seen (0: none)."""

    first_total: int
    highest: int
    last_total: int
    added: int = 0
    removed: int = 0


def begin(total: int, highest: int) -> Turnover:
    """What the first reading knows: rows are there, none has come or gone."""
    return Turnover(first_total=total, highest=highest, last_total=total)


def advance(before: Turnover, total: int, highest: int, above: int) -> Turnover:
    """The next reading: `above` rows have ids beyond `before.highest`.

    A table that was empty may number its rows from 1 again (after TRUNCATE, or a restart of
    MySQL 5.7), so all rows that follow an empty reading are new. Neither figure ever falls.
    """
    added = before.added + (total if before.last_total == 0 else above)
    removed = max(before.removed, before.first_total + added - total)
    return replace(
        before,
        highest=highest if before.last_total == 0 else max(before.highest, highest),
        last_total=total,
        added=added,
        removed=removed,
    )
