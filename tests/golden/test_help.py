"""The output of `--help`, the same for every terminal and every Python."""

import os

import pytest

from matomo_archive_exporter.cli import COMMANDS, main
from matomo_archive_exporter.settings.command_line import Command
from matomo_archive_exporter.settings.loader import all_options
from tests.support.golden import assert_golden


def help_text(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"], os.environ)
    assert ended.value.code == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_help_of_a_command(capsys: pytest.CaptureFixture[str], command: Command) -> None:
    assert_golden(f"help-{command.name}.txt", help_text(capsys, command.name))


def test_the_help_without_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert_golden("help.txt", help_text(capsys))


@pytest.mark.parametrize("columns", ["20", "300"])
def test_help_does_not_depend_on_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    as_ever = help_text(capsys, "serve")
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert help_text(capsys, "serve") == as_ever


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_lists_every_option_of_its_groups_with_default_and_variable(
    capsys: pytest.CaptureFixture[str], command: Command
) -> None:
    words = " ".join(help_text(capsys, command.name).split())
    short = {own.instead_of: own.flag for own in command.own if own.instead_of}
    for option in all_options():
        if option.flag:
            in_help = option.group in command.groups
            default = f"default {option.default}; " if option.default else ""
            assert (f"{default}{option.variable})" in words) is in_help
            assert (f" {short.get(option.flag, option.flag)} " in words) is in_help
