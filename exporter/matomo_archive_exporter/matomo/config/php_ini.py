"""PHP's ini format: text in, statements out, as parse_ini_string() of PHP 8.2 reads it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_BLANK = re.compile(r"(?:[ \t\r\n]|;[^\r\n]*+)*")
_NEWLINE = re.compile(r"\r\n?|\n")
_REST_OF_LINE = re.compile(r"[^\r\n]*+")

_SECTION = re.compile(r"\[([^]\r\n]*)]")
_LABEL = r'[^=\r\n;&|^$~(){}!"\[\0]++'
_ASSIGNMENT = re.compile(rf"(?P<key>{_LABEL})(?P<list>\[[^]\r\n]*][ \t]*)?=[ \t]*")
_LABEL_ALONE = re.compile(rf"{_LABEL}(?=[\r\n;])")

# At the end of a line, backslash and quote are the last character of the value and its closing
# quote, not an escaped quote: so a password that ends in a backslash survives.
_DOUBLE_QUOTED = re.compile(r'"(?P<value>(?:[^"\\]|\\[^"]|\\"(?![\r\n])|\\(?="[\r\n]))*)"')
_NAME = r"\$\{(?P<name>[^}\"\r\n]++)}"
_ESCAPED = re.compile(r'\\(?P<character>["\\$])|' + _NAME)
_UNFINISHED = re.compile(r"(?<!\\)\$\{(?:}|[^}]*$)")
_VARIABLE = re.compile(_NAME)
_UNQUOTED = re.compile(r"(?:[^\r\n;\"'=|&^~!()$\0]|\$\w)+")
_BLANKS = re.compile(r"[ \t]*+")
_END_OF_VALUE = re.compile(r"[ \t]*(?=[\r\n;])")

_TRUE = frozenset({"true", "on", "yes"})
_FALSE = frozenset({"false", "off", "no", "none", "null"})
_KEYWORDS = _TRUE | _FALSE


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
    """A line `key = value`, or `key[] = value` (`is_list`; the text in the brackets is lost).

    `value` is None for PHP expressions (operators outside quotes) and for texts that PHP refuses.
    `line` counts from 1.
    """

    key: str
    is_list: bool
    value: str | None = field(repr=False)
    line: int


def statements(
    text: str, environ: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Section | Assignment]:
    """Yield the statements of `text` in order; a byte order mark and comments are skipped.

    `${name}` is a variable of `environ`, empty if it is not there; `${name:-other}` is `other` then
    (PHP 8.3). PHP takes a setting of its own of that name first; none is named like a variable.

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
        statement, end = _statement(text, start, line, environ)
        if statement:
            yield statement
        line += _newlines(text, start, end)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _newlines(text: str, start: int, end: int) -> int:
    return len(_NEWLINE.findall(text, start, end))


def _statement(
    text: str, start: int, line: int, environ: Mapping[str, str]
) -> tuple[Section | Assignment | None, int]:
    """Read the statement at `start`: what it is, None for a key without value, and its end."""
    if section := _SECTION.match(text, start):
        return Section(section[1]), section.end()
    if assignment := _ASSIGNMENT.match(text, start):
        value, end = _value(text, assignment.end(), line, environ)
        key = assignment["key"].strip(" \t")
        return Assignment(key, assignment["list"] is not None, value, line), end
    if label := _LABEL_ALONE.match(text, start):
        return None, label.end()
    raise PhpIniError(line, "not [section], key = value or ; comment")


def _value(text: str, start: int, line: int, environ: Mapping[str, str]) -> tuple[str | None, int]:
    """The value at `start` and its end: pieces in a row are one text.

    Blanks between them count, but not beside a double quote.
    """
    value, end, words = "", start, ""
    while not _END_OF_VALUE.match(text, end):
        place = _end(_BLANKS, text, end)
        blanks = text[end:place]
        if place > start and text[place] in "\"'" and not _is_closed(text, place):
            return None, _end(_REST_OF_LINE, text, place)
        if text[place] == '"':
            piece, end = _double_quoted(text, place, line, environ)
            end, blanks = _end(_BLANKS, text, end), ""
        elif text[place] == "'":
            piece, end = _single_quoted(text, place, line)
        elif variable := _VARIABLE.match(text, place):
            piece, end = _of_environment(variable, environ), variable.end()
        else:
            piece = text[place : _end(_UNQUOTED, text, place)].rstrip(" \t") or None
            end = place + len(piece or "")
            words += f"{blanks}{piece} "
        if piece is None:
            return None, _end(_REST_OF_LINE, text, end)
        value += blanks + piece
    return _word(value, words), end


def _is_closed(text: str, start: int) -> bool:
    if text[start] == "'":
        return text.find("'", start + 1) >= 0
    return _DOUBLE_QUOTED.match(text, start) is not None


def _of_environment(variable: re.Match[str], environ: Mapping[str, str]) -> str:
    name, has_fallback, fallback = variable["name"].strip(" \t").partition(":-")
    return fallback if has_fallback and name not in environ else environ.get(name, "")


def _double_quoted(
    text: str, start: int, line: int, environ: Mapping[str, str]
) -> tuple[str | None, int]:
    quoted = _DOUBLE_QUOTED.match(text, start)
    if quoted is None:
        raise PhpIniError(line, 'the double quote (") that opens the value is not closed')
    if _UNFINISHED.search(quoted["value"]):
        return None, quoted.end()

    def text_of(match: re.Match[str]) -> str:
        return match["character"] or _of_environment(match, environ)

    return _ESCAPED.sub(text_of, quoted["value"]), quoted.end()


def _single_quoted(text: str, start: int, line: int) -> tuple[str, int]:
    end = text.find("'", start + 1)
    if end < 0:
        raise PhpIniError(line, "the single quote (') that opens the value is not closed")
    return text[start + 1 : end], end + 1


def _word(value: str, words: str) -> str | None:
    """PHP's value of a text with these words outside quotes."""
    if not _KEYWORDS.intersection(words.lower().split()):
        return value
    if value != words.strip():
        return None  # PHP refuses a keyword beside anything else
    if value.lower() in _TRUE:
        return "1"
    return "" if value.lower() in _FALSE else None
