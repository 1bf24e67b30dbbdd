"""A large table in pieces: each takes little time, together they hold every key."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.readings.database.pieces import Piece, next_size, pieces

SIZES = st.integers(1_000, 400_000)
SECONDS = st.floats(0, 100)


def rows_of(size: int, share: float) -> int:
    return int(size * share)


@given(SIZES, st.floats(0, 1), SECONDS)
def test_the_next_piece_is_neither_tiny_nor_huge(size: int, share: float, seconds: float) -> None:
    assert 1_000 <= next_size(size, rows_of(size, share), seconds) <= 400_000


@given(SIZES, st.floats(0, 1), st.floats(0.41, 100))
def test_after_a_slow_piece_the_next_is_smaller(size: int, share: float, seconds: float) -> None:
    rows = rows_of(size, share)
    assert next_size(size, rows, seconds) <= max(size // 2, rows // 2, 1_000)


@given(SIZES, st.floats(0, 0.14))
def test_after_a_quick_and_full_piece_the_next_is_twice_as_large(size: int, seconds: float) -> None:
    assert next_size(size, size, seconds) == min(size * 2, 400_000)


@given(SIZES, st.floats(0, 0.49), st.floats(0, 0.4))
def test_a_quick_piece_with_few_rows_says_nothing(size: int, share: float, seconds: float) -> None:
    assert next_size(size, rows_of(size, share), seconds) == size


@given(SIZES, st.floats(0.15, 0.4))
def test_a_piece_that_took_as_long_as_it_should_is_followed_by_its_like(
    size: int, seconds: float
) -> None:
    assert next_size(size, size, seconds) == size


@dataclass
class Index:
    """A connection to a table that has these keys and answers within a moment."""

    keys: list[int]
    busy: float = 0.0
    looked_up: list[tuple[int, int]] = field(default_factory=list)

    def table(self, name: str) -> str:
        return f"`{name}`"

    def rows(self, statement: str, parameters: tuple[int, int]) -> list[tuple[int]]:
        """The key that the statement asks for: the last of a piece, if there are so many."""
        self.looked_up.append(parameters)
        offset = int(statement.rpartition("OFFSET ")[2])
        after, highest = parameters
        there = sorted(key for key in self.keys if after < key <= highest)
        return [(there[offset],)] if offset < len(there) else []

    def read_in_pieces(self, highest: int) -> list[Piece]:
        """The pieces that a reading goes through, each with the rows that are there."""
        found = []
        for piece in pieces(self, "t", "id", highest):  # type: ignore[arg-type]
            piece.rows = sum(piece.after < key <= piece.upto for key in self.keys)
            found.append(piece)
        return found


@given(st.sets(st.integers(0, 10**7), max_size=30), st.integers(0, 10**7))
def test_every_key_up_to_the_highest_is_in_one_piece_and_no_more(
    keys: set[int], highest: int
) -> None:
    found = Index([*keys]).read_in_pieces(highest)
    wanted = sorted(key for key in keys if key <= highest)
    assert [sum(p.after < key <= p.upto for p in found) for key in wanted] == [1] * len(wanted)
    assert all(left.upto <= right.after for left, right in pairwise(found))
    assert all(piece.upto <= highest for piece in found)


@given(st.sets(st.integers(0, 10**12), max_size=30))
def test_gaps_of_billions_cost_no_piece_of_their_own(keys: set[int]) -> None:
    index = Index([*keys])
    found = index.read_in_pieces(10**12)
    assert all(piece.rows for piece in found)
    assert len(index.looked_up) <= 2 * len(found) + 1


def test_where_rows_lie_close_together_only_the_first_key_of_a_piece_is_looked_up() -> None:
    index = Index([*range(1, 200_001)])
    found = index.read_in_pieces(200_000)
    assert [piece.rows for piece in found] == [50_000, 100_000, 50_000]
    assert len(index.looked_up) == len(found) + 1


def test_an_empty_table_has_no_piece() -> None:
    assert Index([]).read_in_pieces(0) == []
