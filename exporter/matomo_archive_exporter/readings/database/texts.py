"""Decode texts of binary columns: some instances have other column types."""

from collections.abc import Sequence
from typing import Any

_TEXTS = frozenset(range(249, 255))
"""Type codes of strings and blobs of all lengths."""
_BINARY = 63
"""The character set of binary columns."""

Row = tuple[Any, ...]


def decoded(rows: list[Row], columns: Sequence[Sequence[Any]]) -> list[Row]:
    """Rows with str for bytes, what is no UTF-8 escaped. `columns` is the cursor's description."""
    binary = [
        number
        for number, column in enumerate(columns)
        if column[1] in _TEXTS and column[-1] == _BINARY
    ]
    return [_with_texts(row, binary) for row in rows] if binary else rows


def _with_texts(row: Row, binary: list[int]) -> Row:
    values = list(row)
    for number in binary:
        if isinstance(values[number], bytes | bytearray):
            values[number] = values[number].decode(errors="backslashreplace")
    return tuple(values)
