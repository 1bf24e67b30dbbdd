"""PHP's ini format. Expected values are answers of parse_ini_string() of PHP 8.2."""

import json
from types import MappingProxyType

import pytest

from matomo_archive_exporter.matomo.config.php_ini import (
    Assignment,
    PhpIniError,
    Section,
    statements,
)
from tests.support.recordings import RECORDINGS

PHP = json.loads((RECORDINGS / "php" / "answers.json").read_text(encoding="utf-8"))
REFUSED = ['"${DB_HOST}']
"""The whole file."""
WORKED_OUT = ["1 | 2", "a|b", "!1", "$", "a$", "E_ALL"]
"""PHP calculates, or has a constant of that name."""


def value(line: str) -> str | None:
    """Read the value of the one assignment in `line`."""
    (assignment,) = statements(line)
    assert isinstance(assignment, Assignment)
    return assignment.value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('p = "a;b=c" ; comment', "a;b=c"),
        ('p="a";comment', "a"),
        ("p = 'a;b=\"c' ; comment", 'a;b="c'),
        ('p = "it\'s"', "it's"),
        ('p = ""', ""),
        ('p = "two\nlines"', "two\nlines"),
        ('p = "pa$word"', "pa$word"),
    ],
)
def test_quotes_keep_what_would_otherwise_end_the_value(line: str, expected: str) -> None:
    assert value(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r'p = "a\"b"', 'a"b'),
        (r'p = "a\\b"', r"a\b"),
        (r'p = "a\$b"', "a$b"),
        (r'p = "a\${b}"', "a${b}"),
        (r"""p = "a\'b\n" """, r"a\'b\n"),
        (r'p = "end\"', "end\\"),
        (r'p = "end\\" ; comment', "end\\"),
        (r'p = "a\\\"b"', r"a\"b"),
        (r"p = 'a\\b\n'", r"a\\b\n"),
        (r"p = PDO\MYSQL", r"PDO\MYSQL"),
    ],
)
def test_a_backslash_escapes_only_what_php_lets_it_escape(line: str, expected: str) -> None:
    assert value(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("p = a b  c  ", "a b  c"),
        ("p = a;b", "a"),
        ("p = a ; b", "a"),
        ("p=/run/x.sock", "/run/x.sock"),
        ("p\t=\tx\t", "x"),
        ("p=pa$word#1", "pa$word#1"),
        ("p =", ""),
        ("p = ; comment", ""),
        ("p = -1.50", "-1.50"),
        ("p = 007", "007"),
    ],
)
def test_a_value_without_quotes_ends_at_a_comment_or_the_line(line: str, expected: str) -> None:
    assert value(line) == expected


@pytest.mark.parametrize("word", ["true", "on", "yes", "TRUE", "Yes"])
def test_a_true_word_without_quotes_is_1(word: str) -> None:
    assert value(f"p = {word}") == "1"
    assert value(f'p = "{word}"') == word


@pytest.mark.parametrize("word", ["false", "off", "no", "none", "null", "NULL"])
def test_a_false_word_without_quotes_is_empty(word: str) -> None:
    assert value(f"p = {word}") == ""
    assert value(f'p = "{word}"') == word


def test_a_key_in_brackets_is_dropped() -> None:
    assert list(statements("p[] = a\np[x] = b")) == [
        Assignment("p", True, "a", 1),
        Assignment("p", True, "b", 2),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_newline_and_a_byte_order_mark_are_understood(newline: str) -> None:
    lines = ["\ufeff; comment", "[a]  ; comment", "", "label", "#p = 0", " q='2'", "[b] c"]
    assert list(statements(newline.join(lines))) == [
        Section("a"),
        Assignment("#p", False, "0", 5),
        Assignment("q", False, "2", 6),
        Section("b"),
    ]


@pytest.mark.parametrize(
    "line",
    ['"${HOME"', "${HOME", '"${}"', "a|b", "!1", "a on", "it's", '"a"b"', "a=b", "a$$b", "a\0b"],
)
def test_a_value_that_php_works_out_is_unknown(line: str) -> None:
    first, second = statements(f"p = {line}\nq = 1")
    assert first == Assignment("p", False, None, 1)
    assert second == Assignment("q", False, "1", 2)


@pytest.mark.parametrize("line", ['p = "a', "p = 'a", "[a", "p[x]", "= a", '"p" = a', "{p = a"])
def test_a_syntax_error_of_php_names_its_line(line: str) -> None:
    with pytest.raises(PhpIniError, match=r"^line 2: "):
        list(statements(f"[s]\n{line}\n"))


def test_a_statement_is_never_shown_with_its_value() -> None:
    assert "secret" not in repr(list(statements("password = secret")))


def test_lines_are_counted_to_the_end_of_a_large_file() -> None:
    text = "[s]\n" + "p[] = 'a' 'b'\nq[] = \"c\" ; d\n" * 20_000
    *_, last = statements(text)
    assert last == Assignment("q", True, "c", 40_001)


# Variables, and pieces in a row: answers of PHP


@pytest.mark.parametrize("text", [text for text in PHP["ini"] if text not in WORKED_OUT + REFUSED])
def test_a_value_is_what_php_makes_of_it(text: str) -> None:
    read = list(statements(f"[database]\nhost = {text}\n", PHP["environment"]))[1:]
    expected = PHP["ini"][text]
    assert [a.value for a in read if isinstance(a, Assignment)] == [expected]


@pytest.mark.parametrize(("text", "expected"), [("${A:-b}", "b"), ('"x${A:-}"', "x")])
def test_a_variable_may_have_another_value_if_it_is_not_there(text: str, expected: str) -> None:
    """As in PHP 8.3 and later."""
    (assignment,) = statements(f"p = {text}")
    assert isinstance(assignment, Assignment)
    assert assignment.value == expected
    (given,) = statements(f"p = {text}", MappingProxyType({"A": "c"}))
    assert isinstance(given, Assignment)
    assert given.value == expected.replace("b", "") + "c"
