"""PHP's ini format: text in, statements out, as parse_ini_string() of PHP 8.2 reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_BLANK = re.compile(r"(?:[ \t\r\n]|;[^\r\n]*+)*+")
_NEWLINE = re.compile(r"\r\n?|\n")
_REST_OF_LINE = re.compile(r"[^\r\n]*+")

_SECTION = re.compile(r"\[([^]\r\n]*)]")
_LABEL = r'[^=\r\n;&|^$~(){}!"\[\0]++'
_ASSIGNMENT = re.compile(rf"(?P<key>{_LABEL})(?P<list>\[[^]\r\n]*][ \t]*)?=[ \t]*")
_LABEL_ALONE = re.compile(rf"{_LABEL}(?=[\r\n;])")

# At the end of a line, backslash and quote are the last character of the value and its closing
# quote, not an escaped quote: so a password that ends in a backslash survives.
_DOUBLE_QUOTED = re.compile(
    r'"(?P<value>(?:[^"\\$]|\\[^"]|\\"(?![\r\n])|\\(?="[\r\n])|\$(?!\{)|(?P<variable>\$\{))*+)"'
)
_ESCAPED = re.compile(r'\\(["\\$])')
_UNQUOTED = re.compile(r"(?:[^\r\n;\"'=|&^~!()$\0]|\$\w)*+")
_END_OF_VALUE = re.compile(r"[ \t]*(?=[\r\n;])")

_TRUE = frozenset({"true", "on", "yes"})
_FALSE = frozenset({"false", "off", "no", "none", "null"})


class PhpIniError(ValueError):
    """The text is not PHP's ini format. The message names the line, and no value."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(f"line {line}: {fault}")


@dataclass(frozen=True, slots=True)
class Section:
    """A line `[name]`."""

    name: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A line `key = value`, or `key[] = value` (`is_list`; what stands in the brackets is lost).

    `value` is None where PHP works the value out: variables (`${name}`), operators outside
    quotes, or several pieces in a row. `line` counts from 1.
    """

    key: str
    is_list: bool
    value: str | None = field(repr=False)
    line: int


def statements(text: str) -> Iterator[Section | Assignment]:
    """Yield the statements of `text` in order; a byte order mark and comments are skipped.

    Keywords outside quotes become what PHP makes of them: '1' for true, on and yes, '' for false,
    off, no, none and null. PHP's constants (E_ALL) stay the words they are. Raises `PhpIniError`.
    """
    text = text.removeprefix("\ufeff") + "\n"
    line, end = 1, 0
    while True:
        start = _end(_BLANK, text, end)
        line += _newlines(text, end, start)
        if start == len(text):
            return
        statement, end = _statement(text, start, line)
        if statement:
            yield statement
        line += _newlines(text, start, end)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _newlines(text: str, start: int, end: int) -> int:
    return len(_NEWLINE.findall(text, start, end))


def _statement(text: str, start: int, line: int) -> tuple[Section | Assignment | None, int]:
    """Read the statement at `start`: what it is, None for a key without value, and its end."""
    if section := _SECTION.match(text, start):
        return Section(section[1]), section.end()
    if assignment := _ASSIGNMENT.match(text, start):
        value, end = _value(text, assignment.end(), line)
        key = assignment["key"].strip(" \t")
        return Assignment(key, assignment["list"] is not None, value, line), end
    if label := _LABEL_ALONE.match(text, start):
        return None, label.end()
    raise PhpIniError(line, "neither [section] nor key = value nor ; comment")


def _value(text: str, start: int, line: int) -> tuple[str | None, int]:
    value, end = _first_piece(text, start, line)
    if _END_OF_VALUE.match(text, end):
        return value, end
    return None, _end(_REST_OF_LINE, text, end)


def _first_piece(text: str, start: int, line: int) -> tuple[str | None, int]:
    if text[start] == '"':
        return _double_quoted(text, start, line)
    if text[start] == "'":
        return _single_quoted(text, start, line)
    end = _end(_UNQUOTED, text, start)
    return _word(text[start:end].rstrip(" \t")), end


def _double_quoted(text: str, start: int, line: int) -> tuple[str | None, int]:
    quoted = _DOUBLE_QUOTED.match(text, start)
    if quoted is None:
        raise PhpIniError(line, 'the double quote (") that opens the value is not closed')
    value = None if quoted["variable"] else _ESCAPED.sub(r"\1", quoted["value"])
    return value, quoted.end()


def _single_quoted(text: str, start: int, line: int) -> tuple[str, int]:
    end = text.find("'", start + 1)
    if end < 0:
        raise PhpIniError(line, "the single quote (') that opens the value is not closed")
    return text[start + 1 : end], end + 1


def _word(word: str) -> str:
    if word.lower() in _TRUE:
        return "1"
    return "" if word.lower() in _FALSE else word
