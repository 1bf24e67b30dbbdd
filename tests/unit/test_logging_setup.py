"""Log lines: one for each event, from which every value can be parsed again."""

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matomo_archive_exporter.logging_setup import JsonFormatter, LogfmtFormatter, set_up

NASTY = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.text(st.sampled_from('ab "=\\\n\r\t\x00\x1b[31m\x85\u2028\u00e9\x7f'))
)  # fmt: skip
PAIR = re.compile(r'(?P<key>\w+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^ "]+))(?: |$)')


def record(message: str, level: int = logging.INFO, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("exporter", level, "file", 1, message, (), None)
    made.fields = fields
    made.created, made.msecs = 1_700_000_000.25, 250.0
    return made


def logfmt(line: str) -> Iterator[tuple[str, str]]:
    """The pairs on a line, read as strictly as logfmt readers do."""
    position = 0
    while position < len(line):
        match = PAIR.match(line, position)
        assert match is not None, line[position:]
        quoted = match["quoted"]
        yield match["key"], json.loads(f'"{quoted}"') if quoted is not None else match["plain"]
        position = match.end()


def test_a_line_begins_with_time_level_and_message() -> None:
    line = LogfmtFormatter().format(record("listening", url="http://[::1]:16286/metrics", n=3))
    assert line == (
        "time=2023-11-14T22:13:20.250Z level=info msg=listening url=http://[::1]:16286/metrics n=3"
    )


def test_json_has_the_same_keys_and_keeps_numbers() -> None:
    entry = json.loads(JsonFormatter().format(record("slow", logging.WARNING, seconds=1.5, n=3)))
    assert entry == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "warning",
        "msg": "slow",
        "seconds": 1.5,
        "n": 3,
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("it's/ok:[]{},é", "it's/ok:[]{},é"),
        ("", '""'),
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "hi"', r'"say \"hi\""'),
        ("back\\slash", r'"back\\slash"'),
        ("é and ü", '"é and ü"'),
        ("two\nlines", r'"two\nlines"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
    ],
)
def test_a_value_is_quoted_where_it_must_be(value: str, written: str) -> None:
    line = LogfmtFormatter().format(record("m", error=value))
    assert line.endswith(f" msg=m error={written}")


@given(NASTY, NASTY)
@example("", "")
def test_logfmt_is_one_line_from_which_every_value_is_read_back(message: str, value: str) -> None:
    line = LogfmtFormatter().format(record(message, error=value, other=value))
    pairs = dict(logfmt(line))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert (pairs["msg"], pairs["error"], pairs["other"]) == (message, value, value)


@given(NASTY, NASTY)
def test_json_is_one_line_from_which_every_value_is_read_back(message: str, value: str) -> None:
    line = JsonFormatter().format(record(message, error=value))
    entry = json.loads(line)
    assert len(line.splitlines()) == 1
    assert (entry["msg"], entry["error"]) == (message, value)


@pytest.mark.parametrize("formatter", [JsonFormatter(), LogfmtFormatter()])
def test_percent_signs_in_a_message_without_arguments_are_left_alone(
    formatter: logging.Formatter,
) -> None:
    assert "100% of %s" in formatter.format(record("100% of %s"))


@pytest.mark.parametrize("formatter", [JsonFormatter(), LogfmtFormatter()])
def test_a_traceback_stays_on_its_line(formatter: logging.Formatter) -> None:
    failed = record("failed")
    try:
        raise KeyError("two\nlines")
    except KeyError:
        failed.exc_info = sys.exc_info()
    line = formatter.format(failed)
    assert "KeyError" in line
    assert len(line.splitlines()) == 1


def test_json_takes_values_of_any_type() -> None:
    entry = json.loads(JsonFormatter().format(record("m", error=OSError("x"), found={1})))
    assert (entry["error"], entry["found"]) == ("x", "{1}")


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    root, driver = logging.getLogger(), logging.getLogger("mysql.connector")
    before = root.handlers[:], root.level, driver.level
    yield
    root.handlers[:], root.level, driver.level = before[0], before[1], before[2]


@pytest.mark.usefixtures("logging_as_it_was")
@pytest.mark.parametrize("style", ["json", "logfmt"])
def test_lines_go_to_standard_error_from_the_level_on(
    capfd: pytest.CaptureFixture[str], style: str
) -> None:
    set_up("warning", style)
    logging.getLogger("matomo_archive_exporter").info("not this")
    logging.getLogger("matomo_archive_exporter").warning("but this")
    logging.getLogger().handlers[0].flush()
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "but this" in printed.err
    assert printed.err.startswith("{") is (style == "json")


@pytest.mark.usefixtures("logging_as_it_was")
def test_at_debug_level_the_driver_still_keeps_its_statements_to_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up("debug", "logfmt")
    logging.getLogger("mysql.connector").debug("SELECT 1")
    assert capsys.readouterr().err == ""
