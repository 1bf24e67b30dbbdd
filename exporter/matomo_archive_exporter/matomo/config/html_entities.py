"""HTML entities, as PHP's html_entity_decode(text, ENT_COMPAT, 'UTF-8') decodes them."""

import re
from html.entities import name2codepoint

_ENTITY = re.compile(
    r"&(?:#0*+(?P<decimal>[0-9]{0,7})|#[xX]0*+(?P<hex>[0-9a-fA-F]{0,6})|(?P<name>[a-zA-Z0-9]+));"
)
_APOSTROPHE = 0x27


def decode(text: str) -> str:
    """Decode the entities of `text` once.

    As in PHP (7.0 to 8.4), and unlike `html.unescape`, only what ends in ';' is an entity, names
    are the 252 of HTML 4.01 ('&apos;' is none of them), the apostrophe stays encoded in every
    form, and a number that HTML 4.01 does not allow as a character stays as it is.
    """
    return _ENTITY.sub(_character, text)


def _character(entity: re.Match[str]) -> str:
    code_point = _code_point(entity)
    return chr(code_point) if _is_allowed(code_point) else entity[0]


def _code_point(entity: re.Match[str]) -> int:
    if entity["name"] is not None:
        return name2codepoint.get(entity["name"], 0)
    if entity["hex"] is not None:
        return int(entity["hex"] or "0", 16)
    return int(entity["decimal"] or "0")


def _is_allowed(code_point: int) -> bool:
    return code_point != _APOSTROPHE and (
        code_point in {0x09, 0x0A, 0x0D}
        or 0x20 <= code_point <= 0x7E
        or 0xA0 <= code_point <= 0xD7FF
        or 0xE000 <= code_point <= 0x10FFFF
    )
