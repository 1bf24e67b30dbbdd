"""PHP's notation of sizes, and the memory limit that PHP (8.2) puts in force for it."""

import re

START = 128 * 1024**2
"""Bytes; PHP keeps its own default where it refuses what is configured."""
_LEAST = 2 * 1024**2
"""Bytes that PHP has at the start: it refuses a limit below."""
_MOST = 2**64
_ENOUGH = 70
"""digits, of any base, to be sure of more than that"""

_BLANKS = " \t\n\r\v\f"
_QUANTITY = re.compile(
    r"[+-]?(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[oO]?(?P<octal>[0-7]+)|0[bB](?P<binary>[01]+)"
    r"|(?P<decimal>[0-9]+))",
    re.ASCII,
)
_BASES = {"hex": 16, "octal": 8, "binary": 2, "decimal": 10}
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}


def limit_of(text: str) -> int | None:
    """Bytes that memory_limit=`text` allows; None for no limit.

    Digits come first, and the last character may be a unit: what is between is ignored, as is any
    other end. So 1.5G is 1G, and 512 M is 512M.
    """
    text = text.strip(_BLANKS)
    size = _bytes(text)
    if size is None or size >= _MOST // 2:
        return None
    return size if size >= _LEAST else START


def is_quantity(text: str) -> bool:
    """Whether a text begins with a number, as PHP reads it."""
    return _QUANTITY.match(text.strip(_BLANKS)) is not None


def _bytes(text: str) -> int | None:
    if text == "-1":
        return None
    quantity = _QUANTITY.match(text)
    if quantity is None:
        return 0
    name = quantity.lastgroup or "decimal"
    number = int(quantity[name].lstrip("0")[:_ENOUGH] or "0", _BASES[name])
    unit = _UNITS.get(text[quantity.end() :][-1:].lower(), 1)
    return min(number, _MOST - 1) * unit % _MOST
