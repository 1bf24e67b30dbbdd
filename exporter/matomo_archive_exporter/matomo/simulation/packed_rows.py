"""The rows of one site as the database packs them into one text."""

from collections.abc import Iterator, Mapping
from datetime import date

from matomo_archive_exporter.matomo.done_flag import parse
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation, invalidation
from matomo_archive_exporter.matomo.simulation.planned_rows import State, TableRow

SEPARATOR = ";"
_TO_DAYS_OF_ORDINAL_0 = 365
"""MySQL counts days from year 0, Python's ordinals from year 1"""
_AT_HAND = f" {State.AT_HAND.value}"
_PERIODS = range(1, 6)
_FAR_OFF = 10**8
LAST_DAY = date(9998, 12, 31).toordinal()
"""Python's calendar ends a year later"""

Names = Mapping[str, tuple[str, str]]
"""Name and report, "" for none, by the code that stands for them in the text."""


def codes(packed: str) -> set[str]:
    """The codes in a text."""
    return {entry.split(" ")[4] for entry in _entries(packed)}


def has_rows_at_hand(packed: str) -> bool:
    """Whether the run that is going on has rows in progress there."""
    return packed.endswith(_AT_HAND) or f"{_AT_HAND}{SEPARATOR}" in packed


def earliest(packed: str) -> int:
    """The first day of the last row, which is the earliest of all; far off where there is none."""
    if not packed:
        return _FAR_OFF
    last = packed[packed.rfind(SEPARATOR) + 1 :]
    return int(last.split(" ")[0]) - _TO_DAYS_OF_ORDINAL_0


def unpack(packed: str, names: Names) -> list[TableRow]:
    """The rows of `first day, days more, period, digits of the id, code, state` in their order.

    Rows with an impossible date or period, which Matomo could not have written, and those whose
    code is not known are left out.
    """
    flags = {code: (parse(name), name, report) for code, (name, report) in names.items()}
    rows = []
    for entry in _entries(packed):
        day, more, period, digits, code, state = entry.split(" ")
        date1 = int(day) - _TO_DAYS_OF_ORDINAL_0
        is_possible = 0 < date1 <= date1 + int(more) <= LAST_DAY and int(period) in _PERIODS
        if code in flags and is_possible:
            row: Invalidation = invalidation(
                *flags[code], int(period), date1, date1 + int(more), int(digits)
            )
            rows.append(TableRow(State(state), row))
    return rows


def _entries(packed: str) -> Iterator[str]:
    return iter(packed.split(SEPARATOR)) if packed else iter(())
