"""Rows that came and went, counted from readings now and then.

Rows that come and go between two readings are never seen, so both figures are lower bounds.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turnover:
    """Rows seen to come and to go since the first reading, and what the last one saw.

    `highest` is the highest id of that reading (0: none), `total` its rows. To begin with, none has
    come or gone.
    """

    total: int
    highest: int
    added: int = 0
    removed: int = 0


def advance(before: Turnover, total: int, highest: int, above: int) -> Turnover:
    """The next reading: `above` rows have ids beyond `before.highest`.

    More rows than those explain have come as well: a transaction that took its ids long ago was
    committed late. Each reading starts from its own highest id, which may be lower than the
    one before: the newest rows were removed, or the table numbers its rows from an earlier id again
    (TRUNCATE, a backup, a replica in the place of its primary). Neither figure ever falls.
    """
    came = max(above, total - before.total, 0)
    went = came - (total - before.total)
    return Turnover(total, highest, before.added + came, before.removed + went)
