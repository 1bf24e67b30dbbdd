"""The texts of Matomo's statement "next invalidation", of which each different one costs memory.

The statement names every id that it is not to return: first all rows handled since the process
began, then those skipped for the present batch, each in the order in which they were added.
"""

from dataclasses import dataclass, field

_BARE = 244
"""bytes of the statement without exclusions, for a table prefix of 7 characters"""
_EXCLUSION = 28
"""bytes of an exclusion beside its ids and the commas between them"""
_MODULUS = (1 << 61) - 1
_BASE = 1_000_003_337


def length(ids: int) -> int:
    """Bytes of the text whose exclusions have `ids` bytes: the digits of each, and one more."""
    return _BARE + (_EXCLUSION + ids if ids else 0)


def total(texts: list[int], excluded: int) -> int:
    """Bytes of several texts, each with so many bytes of ids beside those excluded before."""
    ids = sum(texts) + len(texts) * excluded
    without_ids = 0 if excluded else texts.count(0)
    return len(texts) * _BARE + (len(texts) - without_ids) * _EXCLUSION + ids


@dataclass(slots=True)
class DistinctStatements:
    """The new texts of one site's turn.

    The list of a former turn only grows, so a text can come again only within the turn, or be the
    very one with which the former turn ended. A hash that can be put together
    distinguishes texts: that of E and X from that of E, that of X and the number of ids in X.
    """

    _powers: list[int] = field(default_factory=lambda: [1])
    _seen: set[int] = field(default_factory=lambda: {0})
    _handled: int = 0
    _handled_bytes: int = 0
    _skipped: int = 0
    _skipped_bytes: int = 0
    _skipped_count: int = 0

    def select(self) -> int | None:
        """The bytes of the turn's ids in the text of a SELECT asked now; None if asked before."""
        text = (self._handled * self._powers[self._skipped_count] + self._skipped) % _MODULUS
        if text in self._seen:
            return None
        self._seen.add(text)
        return self._handled_bytes + self._skipped_bytes

    def handle(self, number: int, digits: int) -> None:
        """Exclude a row until the process ends. `number` tells the turn's rows apart, from 1."""
        self._handled = (self._handled * _BASE + number) % _MODULUS
        self._handled_bytes += digits + 1

    def skip(self, number: int, digits: int) -> None:
        """Exclude a row for the present batch."""
        self._skipped = (self._skipped * _BASE + number) % _MODULUS
        self._skipped_bytes += digits + 1
        self._skipped_count += 1
        if len(self._powers) == self._skipped_count:
            self._powers.append(self._powers[-1] * _BASE % _MODULUS)

    def end_batch(self) -> int:
        """Forget the skipped rows, and return the bytes of all ids handled so far."""
        self._skipped = self._skipped_bytes = self._skipped_count = 0
        return self._handled_bytes
