"""The command line: the command, its flags, and their help."""

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError, Values
from matomo_archive_exporter.settings.table import Option, option_groups
from matomo_archive_exporter.settings.values import printable

PROGRAM = "matomo-archive-exporter"


@dataclass(frozen=True, slots=True)
class CommandOption:
    """An option of one command only; it has no environment variable."""

    flag: str
    help: str = ""
    metavar: str | None = None
    instead_of: str = ""
    """the flag of the setting that this option is short for; the help is that setting's"""

    @property
    def name(self) -> str:
        """Its key in `Invocation.own`."""
        return self.flag.removeprefix("--").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it does, its exit statuses, and the option groups it takes."""

    name: str
    summary: str
    statuses: str
    groups: tuple[str, ...]
    own: tuple[CommandOption, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A parsed command line: settings by flag, and the command's own options."""

    command: str
    flags: Values = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        option, _, fault = message.removeprefix("argument ").partition(": ")
        if fault.startswith("ignored explicit argument"):  # argparse repeats the argument here
            fault = "takes no value"
        raise SettingsError(f"{option}: {fault}")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)


def parse(arguments: Sequence[str], commands: Sequence[Command]) -> Invocation:
    """The command and its flags; the first command when none is named.

    Raises SettingsError for an unknown command or flag, naming the nearest known one, and
    SystemExit after `--help`. No value is ever repeated in an error.
    """
    named = bool(arguments) and not arguments[0].startswith("-")
    command = _command(arguments[0], commands) if named else commands[0]
    parser = _parser(command, commands, is_named=named)
    given, unknown = parser.parse_known_args(list(arguments[1:] if named else arguments))
    if unknown:
        _refuse(unknown[0], parser, commands)
    flags: Values = {}
    own: dict[str, Any] = {}
    for place, value in vars(given).items():
        _put(place, value, flags, own)
    return Invocation(command.name, flags, own)


def _command(name: str, commands: Sequence[Command]) -> Command:
    for command in commands:
        if command.name == name:
            return command
    names = [command.name for command in commands]
    nearest = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"use one of {', '.join(names)}"
    raise SettingsError(f"unknown command; {hint}")


def _put(place: str, value: Any, flags: Values, own: dict[str, Any]) -> None:
    kind, _, name = place.partition(":")
    if kind == "own":
        own[name] = value
        return
    group, _, key = name.rpartition(".")
    target = flags.setdefault(group, {}) if group else flags
    target[key] = ",".join(value) if isinstance(value, list) else value


def _refuse(
    argument: str, parser: argparse.ArgumentParser, commands: Sequence[Command]
) -> NoReturn:
    if any(argument == command.name for command in commands):
        raise SettingsError(f"options come after the command: {PROGRAM} {argument} [OPTIONS]")
    if not argument.startswith("-"):
        raise SettingsError("an argument belongs to no option: does a value need quotes?")
    flag = argument.partition("=")[0] if argument.startswith("--") else argument[:2]
    known = [name for action in parser._actions for name in action.option_strings]
    nearest = difflib.get_close_matches(flag, known, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else "--help lists the options"
    raise SettingsError(f"unknown option {printable(flag)}: {hint}")


def _parser(
    command: Command, commands: Sequence[Command], *, is_named: bool
) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} {command.name if is_named else '[COMMAND]'} [OPTIONS]",
        description=_description(command, commands, is_named=is_named),
        epilog=_EPILOG,
        formatter_class=_Formatter,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    groups = option_groups(Settings)
    settings = {option.flag: option for group in groups for option in group.options}
    shortened = {own.instead_of for own in command.own}
    for own in command.own:
        kind = _kind_of_setting(settings[own.instead_of]) if own.instead_of else _kind(own)
        parser.add_argument(own.flag, dest=f"own:{own.name}", **kind)
    for group in groups:
        if group.name in command.groups:
            section = parser.add_argument_group(group.title.strip())
            for entry in group.options:
                if entry.flag:
                    _add(section, entry, is_shown=entry.flag not in shortened)
    return parser


def _kind(option: CommandOption) -> dict[str, Any]:
    value = {"metavar": option.metavar} if option.metavar else {"action": "store_true"}
    return {"help": option.help, **value}


def _add(section: argparse._ArgumentGroup, option: Option, *, is_shown: bool) -> None:
    extra: dict[str, Any] = {"action": "append"} if option.is_repeatable else {}
    if option.is_switch:
        extra = {"nargs": "?", "const": "true"}
    if not is_shown:
        extra["help"] = argparse.SUPPRESS
    section.add_argument(
        str(option.flag),
        dest=f"flag:{option.group}.{option.field}" if option.group else f"flag:{option.field}",
        **{**_kind_of_setting(option), **extra},
    )


def _kind_of_setting(option: Option) -> dict[str, Any]:
    default = f"default {option.default}; " if option.default else ""
    text = f"{option.help} ({default}{option.variable})".replace("%", "%%")
    return {"metavar": option.placeholder, "help": text}


def _description(command: Command, commands: Sequence[Command], *, is_named: bool) -> str:
    if is_named:
        example = f"\n\nexample: {command.example}" if command.example else ""
        return f"{command.summary}\n\nexit status: {command.statuses}{example}"
    lines = [f"  {entry.name:<8} {entry.summary}" for entry in commands]
    return "\n".join(
        [
            "Prometheus exporter for Matomo's archiving queue.",
            "",
            "commands:",
            *lines,
            f"  --version{'show version, Python and driver':>33}",
            "",
            f"Without a command: {command.name}. `{PROGRAM} COMMAND --help` lists its options.",
        ]
    )


_EPILOG = """\
durations: 500ms, 30s, 5m, 1h or a number of seconds
precedence: flag, environment variable, config.ini.php, default
files: MATOMO_DATABASE_{HOST,USERNAME,PASSWORD,DBNAME}_FILE name a file that holds the value"""
