"""Option values, command lines, environments and files of settings with anything in them."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.cli import COMMANDS
from matomo_archive_exporter.settings.command_line import parse
from matomo_archive_exporter.settings.loader import all_options, load
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.table import Option
from matomo_archive_exporter.settings.values import (
    ListenAddress,
    parse_adapter,
    parse_duration,
    parse_listen_address,
    parse_listen_addresses,
    parse_memory,
)
from tests.support.bounds import cpu_seconds
from tests.support.strategies import MARKER, Long, joined, long, spoiled

OPTIONS = all_options()
FLAGS = [option for option in OPTIONS if option.flag]
NAMES = [name for option in OPTIONS for name in (option.flag, option.variable) if name]
OWN = [option.flag for command in COMMANDS for option in command.own]

DIGITS = ["0", "1", "9", "65535", "9" * 18, "9" * 400, "9" * 5000, "\u0661", "\u00b2", "1_0"]
SHREDS = [*DIGITS, *"-+.:,[]/\\=%@ \t\n\x85\u2028ä\udcff", "e308", "inf", "nan", "ms", "s", "h"]
SHREDS += ["M", "Gi", "k", "PDO\\MYSQL", "mysqli", "::1", "host", "true", "off", MARKER]
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | joined(SHREDS)
GOOD = ["5m", "500ms", "1h", "0.05", "128M", "-1", "mysql", "MYSQLI", "localhost:80", "[::1]:2"]
GOOD += ["verify", "/metrics", "/a/b", "matomo_", "3", "65535", "debug", "json", "false", ""]
VALUES = st.sampled_from(GOOD) | spoiled(st.sampled_from(GOOD), SHREDS) | TEXTS


def refusal(error: ValueError) -> bool:
    """Whether an error of a value is the exporter's own sentence."""
    return str(error).startswith("takes ") and str(error).isprintable()


# Values


@given(VALUES)
@example("9" * 5000 + "s")
@example("99999999999h")
@example("\u0661s")
def test_a_duration_is_one_that_can_be_waited_for(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        assert refusal(error)  # noqa: PT017
    else:
        assert 0 < seconds <= threading.TIMEOUT_MAX
        assert text.strip().isascii()
        assert parse_duration(seconds) == seconds


@given(VALUES)
@example("9" * 5000)
@example("9" * 400 + "M")
@example("9" * 18 + "G")
@example("\u0661M")
def test_a_memory_size_is_one_that_php_can_count(text: str) -> None:
    try:
        size = parse_memory(text)
    except ValueError as error:
        assert refusal(error)  # noqa: PT017
    else:
        assert size is None or 0 < size < 2**63
        assert text.strip()[:1].isascii()  # PHP passes over what follows the digits
        assert parse_memory(str(-1 if size is None else size)) == size


@given(VALUES)
def test_an_adapter_is_one_of_two(text: str) -> None:
    try:
        assert parse_adapter(text) in ("PDO\\MYSQL", "MYSQLI")
    except ValueError as error:
        assert refusal(error)  # noqa: PT017


@given(VALUES | joined([*"[]:,. 09a\n\x00", "::1"]))
@example(":" + "9" * 5000)
@example("[[::1]]:80")
@example("[]:80")
@example("a\nb:80")
def test_an_address_is_shown_as_it_can_be_written(text: str) -> None:
    try:
        addresses = parse_listen_addresses(text)
    except ValueError as error:
        assert refusal(error)  # noqa: PT017
    else:
        for address in addresses:
            assert 0 <= address.port <= 65535
            assert str(address).isprintable()
            assert parse_listen_address(str(address)) == address


@given(st.ip_addresses() | st.from_regex(r"[a-z0-9.-]+", fullmatch=True), st.integers(0, 65535))
def test_every_address_can_be_written(host: object, port: int) -> None:
    address = ListenAddress(str(host), port)
    assert parse_listen_addresses(f" {address} , :1") == (address, ListenAddress("", 1))


@settings(max_examples=10)
@given(long(SHREDS))
def test_no_value_takes_long(text: Long[str]) -> None:
    for parser in (parse_duration, parse_memory, parse_adapter, parse_listen_addresses):
        with cpu_seconds(2):
            try:
                parser(text.whole)
            except ValueError as error:
                assert refusal(error)  # noqa: PT017


# Command lines

ARGUMENTS = (
    st.sampled_from([*(command.name for command in COMMANDS), "--", "-", "-h", "--help"])
    | st.sampled_from([str(option.flag) for option in FLAGS] + OWN)
    | st.builds("{}={}".format, st.sampled_from([str(option.flag) for option in FLAGS]), TEXTS)
    | st.builds("{}={}".format, st.sampled_from(OWN), TEXTS)
    | spoiled(st.sampled_from([str(option.flag) for option in FLAGS]), SHREDS[:-1])
    | st.just(MARKER)
    | st.builds("-{}{}".format, st.sampled_from("hpx"), st.just(MARKER))
)


def is_fault(message: str) -> bool:
    """Whether it is one clear line."""
    return message.isprintable() and message != ""


@given(st.lists(ARGUMENTS, max_size=8))
@example(["--a\nb"])
@example(["-\n"])
def test_a_command_line_is_understood_or_refused_in_a_line(arguments: list[str]) -> None:
    try:
        invocation = parse(arguments, COMMANDS)
    except SettingsError as error:
        message = str(error)
        assert is_fault(message)
        assert MARKER not in message
    except SystemExit as ended:
        assert ended.code == 0  # noqa: PT017
        assert any(word.startswith("-h") or word == "--help" for word in arguments)
    else:
        assert invocation.command in {command.name for command in COMMANDS}
        known = {(option.group, option.field) for option in FLAGS}
        for group, values in invocation.flags.items():
            fields = values if isinstance(values, dict) else {group: values}
            place = group if isinstance(values, dict) else ""
            assert {(place, field) for field in fields} <= known


# From everywhere

FROM_ENVIRONMENT = st.dictionaries(
    st.sampled_from([option.variable for option in OPTIONS] + ["PHP_MEMORY_LIMIT", "MATOMO_X"]),
    VALUES,
    max_size=4,
)


def nested(values: Mapping[Option, str]) -> dict[str, object]:
    """The values as flags."""
    flags: dict[str, object] = {}
    for option, value in values.items():
        group = flags.setdefault(option.group, {}) if option.group else flags
        assert isinstance(group, dict)
        group[option.field] = value
    return flags


def load_or_fault(flags: dict[str, object], environ: Mapping[str, str]) -> None:
    """Settings that can be used, or a line for each fault that says where it is."""
    with patch.dict(os.environ, environ, clear=True):
        try:
            loaded = load(flags, os.environ)
        except SettingsError as error:
            for line in str(error).split("\n"):
                assert is_fault(line), line
                assert MARKER not in line
                assert line.startswith((*NAMES, "PHP_MEMORY_LIMIT: ")), line
            return
    for group in (loaded.settings.database, loaded.settings.archiver, loaded.settings.collect):
        numbers = [value for _, value in group if isinstance(value, int | float)]
        assert all(float(number) < 1e19 for number in numbers)
    assert MARKER not in repr(loaded.settings.database.password)
    assert [line for line in loaded.warnings if not line.startswith("MATOMO_X is no opt")] == []


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(FLAGS), VALUES, max_size=4), FROM_ENVIRONMENT)
def test_any_flags_and_variables_make_settings_or_a_line_for_each_fault(
    flags: dict[Option, str], environ: dict[str, str]
) -> None:
    without_file = {option: value for option, value in flags.items() if option.group}
    environ.pop("MATOMO_CONFIG_INI", None)
    load_or_fault(nested(without_file), environ)


INI = ["[database]\n", "[General]\n", "username=u\n", "port=", "host=", '"\n', "\n", "ssl_ca=\0\n"]
INI += ["archive_failure_recovery_timeout=", "rearchive_reports_in_past_last_n_months=", "last"]
INI += ["enable_ssl=1\n", "adapter=", "password=", "tables_prefix=", "\udcff", "\udce4", MARKER]


@given(joined(INI + DIGITS) | st.text().map(lambda text: "[database]\nusername=" + text))
@example("[General]\narchive_failure_recovery_timeout=" + "9" * 18)
@example("[General]\nrearchive_reports_in_past_last_n_months=" + "9" * 18)
@example("[database]\nusername = \udcff")
def test_any_config_ini_makes_settings_or_a_line_for_each_fault(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "config.ini.php"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    load_or_fault({"config_ini": str(path)}, {})


@given(TEXTS.filter(lambda text: not text.startswith(("/", "."))))
def test_no_path_to_a_config_ini_is_repeated_that_may_be_a_secret(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        load({"config_ini": f"{MARKER}{text}"}, {})
    assert MARKER not in str(error.value)
    assert is_fault(str(error.value))


def test_paths_with_line_ends_make_no_second_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        load({"config_ini": f"{tmp_path}/a\nb"}, {})
    assert is_fault(str(error.value))
