"""Commands, flags, and the errors for unknown ones."""

import os
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.cli import COMMANDS, main
from matomo_archive_exporter.settings.command_line import Command, CommandOption, parse
from matomo_archive_exporter.settings.sources import SettingsError
from tests.support.settings import set_environment

SECRET = "S3cr3t-0f-m1ne"


def fault(*arguments: str) -> str:
    with pytest.raises(SettingsError) as error:
        parse(arguments, COMMANDS)
    return str(error.value)


# Commands


def test_serve_is_what_happens_when_no_command_is_given() -> None:
    assert parse([], COMMANDS).command == "serve"
    assert parse(["--log.level=debug"], COMMANDS).command == "serve"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_named_by_the_first_word(command: Command) -> None:
    invocation = parse([command.name, "--log.level", "debug"], COMMANDS)
    assert (invocation.command, invocation.flags) == (command.name, {"log": {"level": "debug"}})


@pytest.mark.parametrize(("typed", "nearest"), [("server", "serve"), ("chek", "check")])
def test_an_unknown_command_is_answered_with_the_nearest(typed: str, nearest: str) -> None:
    assert fault(typed) == f"unknown command; did you mean {nearest}?"


def test_an_unknown_command_that_is_near_to_none_is_answered_with_all() -> None:
    text = fault("xyzzy")
    assert all(command.name in text for command in COMMANDS)
    assert "xyzzy" not in text


@pytest.mark.parametrize("before", [["--log.level=debug"], ["--database.host", "h"]])
def test_options_come_after_the_command(before: list[str]) -> None:
    assert fault(*before, "once").startswith("options come after the command: ")


# Flags


def test_a_flag_takes_its_value_with_an_equals_sign_or_as_the_next_word() -> None:
    separate = parse(["once", "--database.host", "h", "--config-ini", "/c"], COMMANDS)
    joined = parse(["once", "--database.host=h", "--config-ini=/c"], COMMANDS)
    assert separate == joined
    assert joined.flags == {"database": {"host": "h"}, "config_ini": "/c"}


def test_a_value_keeps_equals_signs_spaces_and_percent_signs() -> None:
    password = " a=b %s --c '\"\\ "
    flags = parse([f"--database.password={password}"], COMMANDS).flags
    assert flags == {"database": {"password": password}}


def test_an_empty_value_is_a_value() -> None:
    flags = parse(["--database.tables-prefix=", "--database.password", ""], COMMANDS).flags
    assert flags == {"database": {"tables_prefix": "", "password": ""}}


def test_of_a_flag_given_twice_the_last_one_counts() -> None:
    flags = parse(["--log.level=debug", "--log.level=error"], COMMANDS).flags
    assert flags == {"log": {"level": "error"}}


def test_the_listen_address_may_be_given_again_and_again() -> None:
    arguments = ["--web.listen-address=:1", "--web.listen-address", "[::1]:2"]
    assert parse(arguments, COMMANDS).flags == {"web": {"listen_address": ":1,[::1]:2"}}


@pytest.mark.parametrize(
    ("argument", "value"), [("", "true"), ("=true", "true"), ("=false", "false")]
)
def test_a_switch_alone_is_true_and_may_be_switched_off(argument: str, value: str) -> None:
    flag = f"--archiver.rearchive-exclude-segments{argument}"
    assert parse([flag], COMMANDS).flags == {"archiver": {"rearchive_exclude_segments": value}}


def test_options_of_one_command_are_kept_apart_from_settings() -> None:
    assert parse(["once", "--output", "/f"], COMMANDS).own == {"output": "/f"}
    assert parse(["check", "--json"], COMMANDS).own == {"json": True}
    assert parse(["check"], COMMANDS).own == {}


def test_the_name_of_an_option_is_a_python_name() -> None:
    assert CommandOption("--memory-limit", "").name == "memory_limit"


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("--database.pasword", "--database.password"),
        ("--databse.host", "--database.host"),
        ("--web.listen-adress", "--web.listen-address"),
        ("--colect.interval", "--collect.interval"),
        ("--config.ini", "--config-ini"),
    ],
)
def test_an_unknown_flag_is_answered_with_the_nearest(typed: str, nearest: str) -> None:
    assert fault(f"{typed}=x") == f"unknown option {typed}: did you mean {nearest}?"
    assert fault(typed, "x") == f"unknown option {typed}: did you mean {nearest}?"


def test_an_unknown_flag_that_is_near_to_none_is_answered_with_help() -> None:
    assert fault("--xyzzy") == "unknown option --xyzzy: --help lists the options"


def test_flags_are_not_abbreviated() -> None:
    assert fault("--database.hos=h") == (
        "unknown option --database.hos: did you mean --database.host?"
    )


def test_a_flag_of_another_command_is_unknown() -> None:
    assert fault("serve", "--output=/f").startswith("unknown option --output: ")
    assert fault("once", "--web.listen-address=:1").startswith("unknown option --web.")


def test_a_variable_that_has_no_flag_has_none() -> None:
    assert fault("--database.host-file=/f").startswith("unknown option --database.host-file: ")


def test_a_flag_without_its_value_is_named() -> None:
    assert fault("once", "--database.host") == "--database.host: expected one argument"


def test_a_flag_that_takes_no_value_is_named_when_it_is_given_one() -> None:
    assert fault("check", f"--json={SECRET}") == "--json: takes no value"


# Help


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        parse([command, "--help"], COMMANDS)
    return capsys.readouterr().out


SHORT = [
    ("--concurrent-requests N", "--archiver.concurrent-requests"),
    ("--max-archives-to-process N", "--archiver.max-archives-to-process"),
    ("--memory-limit SIZE", "--archiver.memory-limit"),
    ("--adapter ADAPTER", "--database.adapter"),
]


@pytest.mark.parametrize(("short", "long"), SHORT)
def test_help_shows_an_option_with_two_forms_once(
    capsys: pytest.CaptureFixture[str], short: str, long: str
) -> None:
    assert f" {short} " in help_of("forecast", capsys)
    assert long not in help_of("forecast", capsys)
    assert f" {long} " in help_of("serve", capsys)


@pytest.mark.parametrize(("short", "long"), SHORT)
def test_the_form_that_help_leaves_out_is_accepted(short: str, long: str) -> None:
    group, _, name = long.removeprefix("--").partition(".")
    flags = parse(["forecast", f"{long}=2"], COMMANDS).flags
    assert flags == {group: {name.replace("-", "_"): "2"}}
    assert parse(["forecast", f"{short.split()[0]}=2"], COMMANDS).flags == {}


def test_the_short_form_has_the_default_and_the_variable_of_the_setting(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = " ".join(help_of("forecast", capsys).split())
    assert "(default 3; MATOMO_ARCHIVER_CONCURRENT_REQUESTS)" in text


# Secrets


STRAY = [
    [f"--database.pasword={SECRET}"],
    ["--database.pasword", SECRET],
    [f"--xyzzy={SECRET}"],
    [SECRET],
    ["serve", SECRET],
    ["serve", "--", SECRET],
    ["--database.host", "h", SECRET],
    ["--database.password", f"-{SECRET}"],
    ["--database.password", f"--{SECRET}"],
    ["once", "-p", SECRET],
    ["once", f"-p{SECRET}"],
    ["once", f"-p={SECRET}"],
    [f"--help={SECRET}"],
    ["check", f"--json={SECRET}"],
    ["check", "--json", SECRET],
    ["demo", f"--database.password={SECRET}"],
]


@pytest.mark.parametrize("arguments", STRAY, ids=" ".join)
def test_a_secret_gone_astray_is_not_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    set_environment(monkeypatch, {})
    assert main(arguments, os.environ) == 2
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    assert printed.err.startswith("matomo-archive-exporter: ")
    assert printed.err.count("\n") == 1


def test_a_secret_stuck_to_the_flag_for_help_is_not_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, {})
    with suppress(SystemExit):  # since Python 3.13 this is a call for help
        main([f"-h{SECRET}"], os.environ)
    printed = capsys.readouterr()
    assert printed.out + printed.err != ""
    assert SECRET not in printed.out + printed.err


@settings(max_examples=25)
@given(st.sampled_from(["serve", "once", "check"]), st.text(min_size=1))
def test_no_stray_argument_is_ever_repeated(command: str, text: str) -> None:
    secret = f"<{text}>"
    assert secret not in fault(command, "--log.level=debug", secret)
    assert secret not in fault(command, f"--log.levle={secret}")
    assert secret not in fault(command, f"-p{secret}")


# The process


def test_bad_configuration_ends_with_status_2_and_a_line_for_each_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, {"MATOMO_COLLECT_INTERVAL": "never"})
    assert main(["once", "--log.format=xml"], os.environ) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert [line.split(": ")[:2] for line in printed.err.splitlines()] == [
        ["matomo-archive-exporter", "MATOMO_COLLECT_INTERVAL"],
        ["matomo-archive-exporter", "--log.format"],
    ]


@pytest.mark.parametrize("arguments", [["--version"], ["once", "--version"]])
def test_the_version_is_printed_with_python_and_driver(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments, os.environ) == 0
    exporter, python, driver = capsys.readouterr().out.splitlines()
    assert exporter.startswith("matomo-archive-exporter ")
    assert python.startswith("Python 3.")
    assert driver.startswith("mysql-connector-python ")
    assert "C extension" in driver
