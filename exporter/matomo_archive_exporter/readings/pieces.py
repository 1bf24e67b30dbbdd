"""A large table in pieces by its integer key, so that no statement takes long."""

from collections.abc import Iterator
from dataclasses import dataclass

from matomo_archive_exporter.readings.connection import Connection

_FIRST_ROWS = 50_000
_FEWEST_ROWS, _MOST_ROWS = 1_000, 400_000
_QUICK, _SLOW = 0.15, 0.4

_BOUNDARY = """
SELECT {key} FROM {table} FORCE INDEX (PRIMARY)
WHERE {key} > %s AND {key} <= %s ORDER BY {key} LIMIT 1 OFFSET {offset}"""


@dataclass(slots=True)
class Piece:
    """Keys above `after` up to `upto`. Whoever reads it sets `rows` to what was there."""

    after: int
    upto: int
    rows: int = 0


def pieces(connection: Connection, table: str, key: str, highest: int) -> Iterator[Piece]:
    """Pieces that together hold all keys from 0 to `highest`, of so many rows as are read quickly.

    N consecutive keys hold N rows at most, so that many are taken at once while rows lie close
    together. After a gap the boundary is looked up in the index instead: gaps are huge where
    millions of rows have come and gone.
    """
    after, size, is_dense = -1, _FIRST_ROWS, True
    while after < highest:
        upto = after + size if is_dense else _boundary(connection, table, key, after, highest, size)
        piece = Piece(after, min(upto, highest))
        begun = connection.busy
        yield piece
        size = next_size(size, piece.rows, connection.busy - begun)
        is_dense = piece.rows * 4 >= piece.upto - piece.after
        after = piece.upto


def _boundary(
    connection: Connection, table: str, key: str, after: int, highest: int, size: int
) -> int:
    statement = _BOUNDARY.format(table=connection.table(table), key=key, offset=size - 1)
    rows = connection.rows(statement, (after, highest))
    return int(rows[0][0]) if rows else highest


def next_size(size: int, rows: int, seconds: float) -> int:
    """How many rows to take next, after `rows` (of `size` at most) took `seconds`."""
    if seconds > _SLOW:
        return max(min(size, rows) // 2, _FEWEST_ROWS)
    if seconds < _QUICK and rows * 2 >= size:
        return min(size * 2, _MOST_ROWS)
    return size
