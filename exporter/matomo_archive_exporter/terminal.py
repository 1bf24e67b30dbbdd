"""The one way to the terminal, for text of others as well: it moves no cursor and adds no line.

Names of plugins, reports and tables, messages of a server and lines of a log may hold any
character. Those that a terminal obeys, or that end a line, are escaped.
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
    """Standard streams that were closed lead nowhere: else the next file takes their number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        with suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def show(*lines: str) -> None:
    """Lines of an answer, on standard output."""
    _print(lines, sys.stdout)


def print_errors(*lines: str) -> None:
    """What is wrong, on standard error, below the program's name."""
    _print([f"{PROGRAM}: {line}" for line in lines], sys.stderr)


def remark(*lines: str, end: str = "\n") -> None:
    """What goes on meanwhile, on standard error."""
    _print(lines, sys.stderr, end)


def show_result(content: object, lines: Iterable[str], *, as_json: bool) -> None:
    """What a command found: as JSON to programs, as lines to people."""
    if as_json:
        show_json(content)
    else:
        show(*lines)


def show_json(content: object) -> None:
    """A JSON object; beyond ASCII only if a terminal shows all of it as it is."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    is_safe = all(line.isprintable() for line in text.split("\n"))
    show(*(text if is_safe else json.dumps(content, indent=2)).split("\n"))


def show_page(page: bytes) -> None:
    """A metrics page: byte for byte to a program, escaped like all other text to a terminal."""
    if sys.stdout.isatty():
        show(*page.decode(errors="backslashreplace").rstrip("\n").split("\n"))
        return
    sys.stdout.buffer.write(page)
    sys.stdout.flush()


def _print(lines: list[str] | tuple[str, ...], stream: TextIO, end: str = "\n") -> None:
    print("\n".join(map(printable, lines)), end=end, file=stream, flush=True)
