"""Broken input, for tests that try to break its readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import AnyStr, Generic

from hypothesis import strategies as st

MARKER = "S3cr3t-0f-m1ne"
"""Part of values; a message that contains it has leaked a value."""

LONG = 64 * 1024
"""Enough for time to show that grows with the square of the length."""


@st.composite
def spoiled(draw: st.DrawFn, good: st.SearchStrategy[AnyStr], shreds: Sequence[AnyStr]) -> AnyStr:
    """Good input after a few accidents: pieces are lost, doubled, swapped for others or strange."""
    text = draw(good)
    for _ in range(draw(st.integers(1, 5))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        piece = text[start:end]
        lost_or_doubled = st.sampled_from([piece[:0], piece + piece])
        other = draw(lost_or_doubled | st.sampled_from(shreds))
        end = draw(st.sampled_from([start, min(end, start + 1), end]))
        text = text[:start] + other + text[end:]
    return text


def joined(shreds: Sequence[AnyStr], most: int = 30) -> st.SearchStrategy[AnyStr]:
    """Shreds in any order, again and again."""
    empty = shreds[0][:0]
    return st.lists(st.sampled_from(shreds), max_size=most).map(empty.join)


@dataclass(frozen=True, slots=True)
class Long(Generic[AnyStr]):
    """A few shreds, again and again, with others before and behind; short to look at."""

    head: AnyStr
    body: AnyStr
    tail: AnyStr

    @property
    def whole(self) -> AnyStr:
        """All of it."""
        return self.head + self.body * (LONG // max(len(self.body), 1)) + self.tail


def long(shreds: Sequence[AnyStr]) -> st.SearchStrategy[Long[AnyStr]]:
    """Long input that repeats itself, on which bad patterns backtrack."""
    few = joined(shreds, 3)
    return st.builds(Long, few, few, few)


def cut(text: bytes, most: int = 8) -> st.SearchStrategy[list[bytes]]:
    """The same in pieces, of which some may be empty."""
    places = st.lists(st.integers(0, len(text)), max_size=most)
    return places.map(
        lambda found: [text[a:b] for a, b in pairwise([0, *sorted(found), len(text)])]
    )
