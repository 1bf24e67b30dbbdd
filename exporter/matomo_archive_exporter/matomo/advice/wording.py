"""Figures as people read them: 12,345; 392 MB; 3 days 4 hours.

MB and GB are 2^20 and 2^30 bytes, as in PHP's M and G.
"""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T", bound=str)

_MB, _GB = 2**20, 2**30
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


def count(number: int, one: str, many: str = "") -> str:
    """So many of something: `1 row`, `2,500 rows`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def size(number: float) -> str:
    """Bytes: `392 MB`, `3.1 GB`."""
    if number < _GB:
        return f"{number / _MB:,.0f} MB"
    return f"{number / _GB:,.1f} GB"


def php_size(number: int) -> str:
    """Bytes as in php.ini: `128M`, `2G`, or just the number."""
    for unit, letter in ((_GB, "G"), (_MB, "M")):
        if number and number % unit == 0:
            return f"{number // unit}{letter}"
    return str(number)


def php_limit(limit: int | None) -> str:
    """A memory_limit as in php.ini; None is no limit."""
    return "-1" if limit is None else php_size(limit)


def lasting(seconds: float) -> str:
    """A length of time in its two largest units: `3 days 4 hours`; seconds are left out."""
    left = max(0, int(seconds))
    parts: list[tuple[int, str]] = []
    for name, length in _UNITS:
        number, left = divmod(left, length)
        if number or parts:
            parts.append((number, name))
    shown = [count(number, name) for number, name in parts[:2] if number]
    return " ".join(shown) or "less than a minute"


def share(part: int, whole: int) -> str:
    """`48 %`; never 0 % of something nor 100 % of less than all."""
    percent = round(100 * part / whole)
    if part:
        percent = max(1, percent)
    if part < whole:
        percent = min(99, percent)
    return f"{percent} %"


def listed(figures: Mapping[T, int]) -> str:
    """`120 week, 7 month`, without the zeros."""
    return ", ".join(f"{number:,} {name}" for name, number in figures.items() if number)
