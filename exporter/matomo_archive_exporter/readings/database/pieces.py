"""A large table in pieces by its integer key, so that no statement takes long."""

from collections.abc import Iterator
from dataclasses import dataclass

from matomo_archive_exporter.readings.database.connection import Connection

_FIRST_ROWS = 50_000
_FEWEST_ROWS, _MOST_ROWS = 1_000, 400_000
_QUICK, _SLOW = 0.15, 0.4

_KEY = """
SELECT {key} FROM {table} FORCE INDEX (PRIMARY)
WHERE {key} > %s AND {key} <= %s ORDER BY {key} LIMIT 1 OFFSET {offset}"""


@dataclass(slots=True)
class Piece:
    """Keys above `after` up to `upto`. Its reader sets `rows` to the number of rows found."""

    after: int
    upto: int
    rows: int = 0


def pieces(
    connection: Connection, table: str, key: str, highest: int, above: int = -1
) -> Iterator[Piece]:
    """Pieces that together hold the keys above `above` up to `highest`, each read quickly.

    Each begins at a key that exists, for gaps are huge where millions of rows have come and gone.
    From there on N numbers hold N rows at most, so its end needs no look at the index while rows
    lie close together; where they do not, it is the Nth row that there is.
    """

    def nth_key(after: int, n: int) -> int | None:
        statement = _KEY.format(table=connection.table(table), key=key, offset=n - 1)
        rows = connection.rows(statement, (after, highest))
        return int(rows[0][0]) if rows else None

    size, is_dense = _FIRST_ROWS, True
    first = nth_key(above, 1)
    while first is not None:
        last = first + size - 1 if is_dense else nth_key(first - 1, size)
        piece = Piece(first - 1, highest if last is None else min(last, highest))
        begun = connection.busy
        yield piece
        size = next_size(size, piece.rows, connection.busy - begun)
        is_dense = piece.rows * 4 >= piece.upto - piece.after
        first = nth_key(piece.upto, 1)


def next_size(size: int, rows: int, seconds: float) -> int:
    """The number of rows to read next, after `rows` (of at most `size`) took `seconds`."""
    if seconds > _SLOW:
        return max(min(size, rows) // 2, _FEWEST_ROWS)
    if seconds < _QUICK and rows * 2 >= size:
        return min(size * 2, _MOST_ROWS)
    return size
