"""A config.ini.php with anything in it."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.config import html_entities
from matomo_archive_exporter.matomo.config.config_ini import (
    ConfigIni,
    ConfigIniError,
    archiver_options,
    database_options,
    parse,
)
from tests.support.bounds import cpu_seconds
from tests.support.matomo_ini import read_back, written
from tests.support.strategies import MARKER, Long, joined, long, spoiled

KEYS = [
    *("host", "port", "username", "password", "dbname", "tables_prefix", "adapter", "unix_socket"),
    *("enable_ssl", "ssl_ca", "ssl_cert", "ssl_key", "ssl_no_verify"),
    "archive_failure_recovery_timeout",
    "rearchive_reports_in_past_last_n_months",
    "rearchive_reports_in_past_exclude_segments",
]
NASTY = st.text() | st.text("\\\"'${}&#;=[]()|^~! \t\r\n\0ä€<>0x27amp", max_size=30)
FILES = st.dictionaries(
    st.sampled_from(("database", "General", "database_tests")),
    st.dictionaries(st.sampled_from(KEYS), NASTY | st.lists(NASTY, min_size=1, max_size=3)),
)
SHREDS = ["[database]\n", "[General]\n", "password = ", "port=", "ssl_ca[] = ", "true", "&amp;"]
SHREDS += [*"\\\"'=;[]{}$|&!^~()\n\r\t \0a\ufeff\udcff\u2028", "${", "\\\n", '\\"\n', "&#x27;"]

# A value in each of the places where one can stand, every one of them a secret.
SECRETS = st.sampled_from((f'"{MARKER}"', f"'{MARKER}'", MARKER, f'"a{MARKER}', f"a'{MARKER}'"))
LINES = st.builds("{} = {}\n".format, st.sampled_from(KEYS), SECRETS)
SECRET_FILES = st.lists(LINES, min_size=1).map(lambda lines: "[database]\n" + "".join(lines))


def options(config: ConfigIni) -> dict[str, str]:
    return database_options(config) | archiver_options(config)


def check(text: str) -> None:
    """Either a sound reading, or an error of one line that names a line of the file."""
    lines = len(re.findall(r"\r\n?|\n", text)) + 1
    try:
        config = parse(text)
        assert config.sections.keys() == config.lines.keys()
        for name, values in config.sections.items():
            assert values.keys() <= config.lines[name].keys()
            assert all(1 <= line <= lines for line in config.lines[name].values())
        assert all(isinstance(value, str) for value in options(config).values())
    except ConfigIniError as error:
        message = str(error)
        number = re.match(r"line (\d+): ", message)
        assert number is not None
        assert 1 <= int(number[1]) <= lines
        assert message.isprintable()
        assert MARKER not in message


@given(FILES)
@example({"database": {"password": "\\\\\\"}})
@example({"database": {"password": "a\\\n&#36;{x}"}})
def test_every_file_that_matomo_writes_is_read_back(
    file: dict[str, dict[str, str | list[str]]],
) -> None:
    config = parse(written(file))
    found = {name: values for name, values in config.sections.items() if name}
    assert found == {
        name: {key: read_back(value) for key, value in values.items()}
        for name, values in file.items()
    }


@given(FILES)
def test_each_key_is_found_on_its_line(file: dict[str, dict[str, str | list[str]]]) -> None:
    text = written(file)
    lines = re.split(r"\r\n?|\n", text)
    for keys in parse(text).lines.values():
        for key, line in keys.items():
            assert lines[line - 1].startswith((f"{key} = ", f"{key}[] = "))


@given(joined(SHREDS) | spoiled(FILES.map(written), SHREDS))
def test_anything_is_read_or_refused_with_a_line(text: str) -> None:
    check(text)


@given(SECRET_FILES | spoiled(SECRET_FILES, SHREDS))
def test_no_value_gets_into_a_message(text: str) -> None:
    check(text)
    try:
        assert MARKER not in repr(parse(text))
    except ConfigIniError as error:
        assert error.__suppress_context__  # noqa: PT017


@given(joined([shred for shred in SHREDS if "\r" not in shred]), st.sampled_from(["\r\n", "\r"]))
def test_it_does_not_matter_how_lines_end(text: str, newline: str) -> None:
    """But within quotes, where the end of a line is part of the value."""

    def read(text: str) -> object:
        try:
            config = parse(text)
        except ConfigIniError as error:
            return str(error)
        return {n: {k: flat(v) for k, v in s.items()} for n, s in config.sections.items()}

    def flat(value: str | tuple[str, ...]) -> str:
        return str(value).replace(newline, "\n").replace(repr(newline)[1:-1], "\\n")

    assert read(text.replace("\n", newline)) == read(text)


@settings(max_examples=10)
@given(long(SHREDS) | long([*'"\\$']) | long([*" \t;\n"]) | long(["&", "#", "0", "x", "a", ";"]))
def test_no_file_takes_long(text: Long[str]) -> None:
    with cpu_seconds(3):
        check(text.whole)
        html_entities.decode(text.whole)


@pytest.mark.parametrize("shred", ["[", "\\", '"', "'", "&#0", "&a", "0", "a=", "a[", "a[]=b\n",
                                   '"a"', " ", "\n", ";", "$", "${", "p='a' 'b'\n"])  # fmt: skip
@pytest.mark.parametrize("start", ["", "p = ", 'p = "', "p = '", "p[", 'p = "\\'])
def test_a_megabyte_of_one_thing_is_read_or_refused_at_once(start: str, shred: str) -> None:
    with cpu_seconds(6):
        check(start + shred * (1_000_000 // len(shred)))
