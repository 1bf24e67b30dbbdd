"""Output to the terminal. It escapes characters that a terminal obeys or that end a line.

Names of plugins, reports and tables, messages of a server and lines of a log may hold any
character.
"""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from matomo_archive_exporter.settings.command_line import PROGRAM
from matomo_archive_exporter.settings.values import printable


def open_missing_streams() -> None:
    """Open closed standard streams to nowhere: otherwise the next file takes their number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        with suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def show(*lines: str) -> None:
    """Print lines of an answer on standard output."""
    _print(lines, sys.stdout)


def print_errors(*lines: str) -> None:
    """Print errors on standard error, each after the program's name."""
    _print([f"{PROGRAM}: {line}" for line in lines], sys.stderr)


def print_unreadable(what: str, why: str) -> None:
    """Print that the database was not read, why, and the command that shows the fix."""
    print_errors(f"cannot read {what}: {why}; run `{PROGRAM} check` for the fix")


def remark(*lines: str, end: str = "\n") -> None:
    """Print progress on standard error."""
    _print(lines, sys.stderr, end)


def show_result(content: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the answer of a command: JSON for programs, lines for people."""
    if as_json:
        # Use other characters than ASCII only if a terminal shows them all.
        text = json.dumps(content, indent=2, ensure_ascii=False)
        is_safe = all(line.isprintable() for line in text.split("\n"))
        lines = (text if is_safe else json.dumps(content, indent=2)).split("\n")
    show(*lines)


def show_page(page: bytes) -> None:
    """Print a metrics page: unchanged to a program, escaped to a terminal."""
    if sys.stdout.isatty():
        show(*page.decode(errors="backslashreplace").rstrip("\n").split("\n"))
        return
    sys.stdout.buffer.write(page)
    sys.stdout.flush()


def _print(lines: list[str] | tuple[str, ...], stream: TextIO, end: str = "\n") -> None:
    if lines:
        print("\n".join(map(printable, lines)), end=end, file=stream, flush=True)
