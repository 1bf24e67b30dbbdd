"""The commands, each a few lines that put packages together."""

import atexit
import errno
import io
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn

from matomo_archive_exporter import commands
from matomo_archive_exporter.settings.command_line import Command, CommandOption, Invocation, parse
from matomo_archive_exporter.settings.loader import load
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.terminal import open_missing_streams, print_errors, show

OK, BAD_CONFIGURATION, IO_ERROR, INTERNAL_ERROR, INTERRUPTED = 0, 2, 2, 70, 130
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_WITHOUT_DATABASE = ("demo", "healthy")
_READING = ("", "database", "archiver", "collect", "log")

COMMANDS = (
    Command(
        "serve",
        "read in the background and serve the metrics over HTTP",
        "0 after SIGTERM or SIGINT",
        (*_READING, "web"),
        example="matomo-archive-exporter serve --config-ini /var/www/matomo/config/config.ini.php",
    ),
    Command(
        "once",
        "read once and print the metrics",
        "0 with matomo_up 1; 1 with matomo_up 0, the page is printed all the same",
        _READING,
        (
            CommandOption(
                "--output",
                "write to this file instead, for node_exporter's textfile directory: replaced in"
                " one step, without process_* and counters since the start; - is standard output",
                "FILE",
            ),
        ),
        example="matomo-archive-exporter once --output /var/lib/node_exporter/matomo.prom",
    ),
    Command(
        "check",
        "say what works, what does not, why, and what to do about it",
        "0 when every collector can work; 1 when something is missing",
        _READING,
        (CommandOption("--json", "print JSON"),),
        example="matomo-archive-exporter check --database.host db --database.username exporter",
    ),
    Command(
        "advise",
        "what is the matter with the queue, whether the next run survives, and what to run",
        "0 without a risk; 1 with one; 3 when the database cannot be read",
        _READING,
        (CommandOption("--json", "print JSON"),),
        example="matomo-archive-exporter advise --config-ini /var/www/matomo/config/config.ini.php",
    ),
    Command(
        "forecast",
        "what one run of core:archive would do, and whether its memory would last",
        "0 when the run survives; 1 when it dies of memory; 3 when the database cannot be read",
        ("", "database", "archiver", "log"),
        (
            CommandOption(
                "--queue",
                "a dump of table archive_invalidations instead of the database, as mysql -B writes"
                " it: a header line, tabs or commas, NULL written NULL; also gzipped",
                "FILE",
            ),
            CommandOption("--concurrent-requests", instead_of="--archiver.concurrent-requests"),
            CommandOption(
                "--max-archives-to-process", instead_of="--archiver.max-archives-to-process"
            ),
            CommandOption("--memory-limit", instead_of="--archiver.memory-limit"),
            CommandOption("--matomo-version", "instead of what the database says", "VERSION"),
            CommandOption("--adapter", instead_of="--database.adapter"),
            CommandOption("--today", "today at every site, such as 2024-12-20", "DATE"),
            CommandOption("--json", "print JSON"),
        ),
        example="matomo-archive-exporter forecast --queue queue.csv --memory-limit 256M",
    ),
    Command(
        "healthy",
        "ask the exporter on this host whether it lives, as a container's health check does",
        "0 when it does; 1 when it does not, or does not answer",
        ("web", "log"),
        (CommandOption("--url", "ask http://HOST:PORT or https://HOST:PORT instead", "URL"),),
        example="matomo-archive-exporter healthy",
    ),
    Command(
        "demo",
        "a throw-away Matomo database with a full queue, an archiver at work, and the exporter",
        "0 after SIGTERM or SIGINT",
        ("archiver", "collect", "web", "log"),
        example="matomo-archive-exporter demo --archiver.memory-limit 256M",
    ),
)

log = logging.getLogger(__name__)


def run() -> None:
    """The console script. What the terminal's encoding lacks is escaped, as on standard error."""
    open_missing_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    _leave(main(sys.argv[1:], os.environ))


def _leave(status: int) -> NoReturn:
    """End the process now, with all that was printed and logged.

    Python's own end takes the interpreter apart under threads that still work, such as one that
    compares a password: the process was seen to abort there (SIGABRT).
    """
    atexit._run_exitfuncs()
    os._exit(status)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Carry out a command line; the exit status."""
    try:
        if "--version" in arguments:
            from matomo_archive_exporter.version import version_lines

            show(*version_lines())
            return OK
        return _carry_out(parse(arguments, COMMANDS), environ)
    except SettingsError as error:
        print_errors(*str(error).split("\n"))
        return BAD_CONFIGURATION
    except BrokenPipeError:
        _let_go_of_output()  # who read it has seen enough
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            _let_go_of_output()
            print_errors(f"cannot write: {error.strerror}")
            return IO_ERROR
        log.debug("traceback", exc_info=True)
        _flush_log()  # the last line is the error
        print_errors(
            f"fault of ours: {type(error).__name__}: {error};"
            " run with --log.level=debug for a traceback"
        )
        return INTERNAL_ERROR


def _let_go_of_output() -> None:
    """Python's own last flush is to find nothing to do."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _carry_out(invocation: Invocation, environ: Mapping[str, str]) -> int:
    from matomo_archive_exporter import logging_setup

    needs_none = invocation.command in _WITHOUT_DATABASE or invocation.own.get("queue") is not None
    loaded = load(invocation.flags, environ, needs_database=not needs_none)
    logging_setup.set_up(loaded.settings.log.level, loaded.settings.log.format)
    for warning in loaded.warnings:
        log.warning(warning)
    # What only the others need is not imported.
    module = import_module(f"{commands.__name__}.{invocation.command}")
    try:
        return int(getattr(module, invocation.command)(loaded.settings, invocation))
    finally:
        _flush_log()


def _flush_log() -> None:
    from matomo_archive_exporter import log_writer

    log_writer.flush()
