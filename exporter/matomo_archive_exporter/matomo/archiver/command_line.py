"""The role of a process in core:archive, from its command line.

The main process is `php [options] .../console core:archive [options]`. For each archive it starts
`sh -c '...'`, and that `php -q .../console climulti:request -q ... '...&trigger=archivephp'`
(Matomo 5.2.0). Only what PHP itself runs counts: not the shell, nor sudo, timeout, docker or an
editor that have the same words among their arguments. The old `misc/cron/archive.php` counts too.
Scheduled tasks that the tracker starts are requests with the same trigger, but build no archive.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["archiver", "request"]
ROLES: tuple[Role, ...] = get_args(Role)

# php, php8.2, php82, php-8.2, php-cli8.2, php8.2-cli, php.default, ea-php82, lsphp,
# php7-74STABLE-CLI; no worker of php-fpm.
_PHP = re.compile(
    r"(?:[\w.]+-)?(?:ls)?php(?:\d+(?:\.\d+)*)?(?:[-._](?!fpm)[a-z\d]+)*",
    re.ASCII | re.IGNORECASE,
)
_LONGEST_NAME = 255
"""of a file on Linux"""
# The system's loader, which runs the program that follows its own options.
_LOADER = re.compile(r"ld(?:-[\w.-]+)?\.so(?:\.\d+)*", re.ASCII)
_LOADER_OPTIONS_WITH_VALUE = (
    *("--library-path", "--inhibit-rpath", "--audit", "--argv0", "--preload"),
    *("--glibc-hwcaps-prepend", "--glibc-hwcaps-mask"),
)
_LOADER_RUNS_NOTHING = ("--list", "--verify", "--help", "--version", "--list-tunables")
_STANDARD_INPUT = re.compile(
    r"/dev/stdin|/dev/fd/\d+|/proc/self/fd/\d+|php:/{2}stdin|Standard input code"
)

# Options of PHP's command line after which a script is still run.
_FROM_INPUT = "Standard input code"
_FILE, _DEFINE, _WITH_VALUE, _WITHOUT_VALUE = "f", "d", "cdtz", "CHenq"
_LONG = (
    ("define", "d"),
    ("docroot", "t"),
    ("file", "f"),
    ("hide-args", "H"),
    ("no-header", "q"),
    ("no-php-ini", "n"),
    ("php-ini", "c"),
    ("profile-info", "e"),
    ("zend-extension", "z"),
)

_COMMAND, _SHORTEST = "core:archive", "core:ar"
_REQUEST, _TRIGGER = "climulti:request", "trigger=archivephp"
_METHOD, _BUILDS_ARCHIVES = ("method=", "action="), "method=CoreAdminHome.archiveReports"
_OLD_SCRIPT = "misc/cron/archive.php"
_CONSOLE_OPTIONS_WITH_VALUE = ("--matomo-domain", "--piwik-domain")

_LIMIT, _SHORTEST_LIMIT = "--max-archives-to-process", "--max-a"
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)

_NEEDED = (_SHORTEST.encode(), _REQUEST.encode(), _OLD_SCRIPT.encode())


def may_have_role(command_line: bytes | bytearray) -> bool:
    """Whether a closer look is worth it; False is certain."""
    return any(word in command_line for word in _NEEDED)


def arguments(command_line: bytes) -> tuple[str, ...]:
    """Take apart what the kernel gives: each argument ends with a NUL."""
    if not command_line:
        return ()
    text = command_line.decode("utf-8", "surrogateescape")
    return tuple(text.removesuffix("\0").split("\0"))


def role(argv: tuple[str, ...]) -> Role | None:
    """The part that a process with these arguments plays; None when it plays none."""
    script, *rest = _php_call(argv).words or ("",)
    if script.endswith(_OLD_SCRIPT):
        return "archiver"
    is_console = _base_name(script) == "console"
    if not is_console and not _STANDARD_INPUT.fullmatch(script):
        return None
    words = tuple(_words(rest))
    command = words[0] if words else ""
    if _is_archive_command(command):
        return "archiver" if is_console or command == _COMMAND else None
    return "request" if command == _REQUEST and any(map(_is_triggered, words)) else None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on a command line: `archives`, 0 for none, and `memory` in PHP's notation, empty
    where it sets none.
    """

    archives: int = 0
    memory: str = ""


NO_LIMITS = Limits()


def limits(argv: tuple[str, ...]) -> Limits:
    """The limits of an archiver with these arguments."""
    return Limits(archive_limit(argv), memory_limit(argv))


def archive_limit(argv: tuple[str, ...]) -> int:
    """The limit by --max-archives-to-process of an archiver (Matomo 4.7.0 and later); 0 is none.

    Symfony's console takes the beginning of an option that fits no other, and the last of several.
    """
    limit = 0
    for word, following in zip(argv, (*argv[1:], ""), strict=True):
        name, is_one_word, value = word.partition("=")
        if len(name) >= len(_SHORTEST_LIMIT) and _LIMIT.startswith(name):
            value = value if is_one_word else following
            limit = int(value) if _NUMBER.fullmatch(value) else 0
    return limit


def memory_limit(argv: tuple[str, ...]) -> str:
    """The memory_limit of PHP by its option -d, in PHP's notation; empty where it sets none.

    Of several the last counts. PHP passes it on to no process that Matomo starts.
    """
    for define in reversed(_php_call(argv).defines):
        name, _, value = define.partition("=")
        if name.strip() == "memory_limit":
            return value.partition(";")[0].strip(" \"'")
    return ""


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]


def _is_archive_command(word: str) -> bool:
    """Whether Symfony's console takes the word for it: a beginning will do if it fits no other."""
    return len(word) >= len(_SHORTEST) and _COMMAND.startswith(word)


def _is_triggered(word: str) -> bool:
    """Whether a request, a query or an address with one, comes from core:archive."""
    parameters = re.split("[?&]", word)
    methods = [each for each in parameters if each.startswith(_METHOD)]
    return _TRIGGER in parameters and methods in ([], [_BUILDS_ARCHIVES])


@dataclass(frozen=True, slots=True)
class _PhpCall:
    """`words` are the script and its arguments, none where PHP runs no script; `defines` are the
    settings by -d.
    """

    words: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()


def _php_call(argv: tuple[str, ...]) -> _PhpCall:
    """Empty if this is not PHP."""
    argv = _loaded(argv)
    program = _base_name(argv[0]) if argv else ""
    if program == "frankenphp":
        return _parsed_options(argv[2:]) if argv[1:2] == ("php-cli",) else _PhpCall()
    return _parsed_options(argv[1:]) if _is_php(program) else _PhpCall()


def _is_php(program: str) -> bool:
    return len(program) <= _LONGEST_NAME and _PHP.fullmatch(program) is not None


def _loaded(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The program that the system's loader runs, and its arguments; else the same."""
    if not argv or not _LOADER.fullmatch(_base_name(argv[0])):
        return argv
    at = 1
    while at < len(argv) and argv[at].startswith("-"):
        if argv[at] in _LOADER_RUNS_NOTHING:
            return ()
        at += 2 if argv[at] in _LOADER_OPTIONS_WITH_VALUE else 1
    return argv[at:]


def _parsed_options(words: tuple[str, ...]) -> _PhpCall:
    """Tell PHP's own options from the words after them."""
    script: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    at = 0
    while at < len(words) and words[at].startswith("-"):
        letter, value = _php_option(words[at])
        at += 1
        if letter == "-":
            return _PhpCall((script or (_FROM_INPUT,)) + words[at:], defines)
        if letter in _FILE + _WITH_VALUE and not value:
            value = "".join(words[at : at + 1])
            at += 1
        if letter == _FILE:
            script = (value,)
        elif letter == _DEFINE:
            defines += (value,)
        elif letter not in _WITH_VALUE + _WITHOUT_VALUE:
            return _PhpCall()
    return _PhpCall(script + words[at:], defines)


def _php_option(word: str) -> tuple[str, str]:
    """Its letter, `-` for the end of options and `?` for a stranger, and the value in one with it.

    Letters without a value may stand in front: `-qd memory_limit=1G` is `-q -d memory_limit=1G`.
    """
    if word == "--":
        return "-", ""
    if word.startswith("--"):
        name, _, value = word[2:].partition("=")
        return dict(_LONG).get(name, "?"), value
    letters = word[1:].lstrip(_WITHOUT_VALUE)
    if not letters:
        return word[1:2] or "?", ""
    return letters[0], letters[1:].removeprefix("=")


def _words(words: list[str]) -> Iterator[str]:
    """The console's arguments that are not options; the first is the command."""
    is_value = False
    for word in words:
        if word.startswith("-"):
            is_value = word in _CONSOLE_OPTIONS_WITH_VALUE
        elif not is_value:
            yield word
        else:
            is_value = False
