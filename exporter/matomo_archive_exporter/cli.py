"""The command line: the commands, their options, and how a process ends."""

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
_SILENT = ("check", "healthy")
_READING = ("", "database", "archiver", "collect", "log")
_LOGGING = ("serve", "demo")
"""Commands that log. The others print their answer, and log only with the flag --log.level: its
variable is often set for the exporter in the same container."""

COMMANDS = (
    Command(
        "serve",
        "read the database in the background and serve the metrics over HTTP",
        "0 after SIGTERM or SIGINT",
        (*_READING, "web"),
        example="matomo-archive-exporter serve --config-ini /var/www/matomo/config/config.ini.php",
    ),
    Command(
        "once",
        "read the database once and print the metrics",
        "0 with matomo_up 1; 1 with matomo_up 0 (it prints the metrics all the same)",
        _READING,
        (
            CommandOption(
                "--output",
                "write to this file, for node_exporter's textfile directory; it replaces the file"
                " in one step and leaves out process_* and counters; - is standard output",
                "FILE",
            ),
        ),
        example="matomo-archive-exporter once --output /var/lib/node_exporter/matomo.prom",
    ),
    Command(
        "check",
        "show what works, what does not, and how to repair it",
        "0 when every collector can work; 1 when something is missing",
        _READING,
        (CommandOption("--json", "print JSON"),),
        example="matomo-archive-exporter check --database.host db --database.username exporter",
    ),
    Command(
        "advise",
        "show whether this run and the next survive, and what to do",
        "0 without risk; 1 with risk; 3 when the database cannot be read",
        _READING,
        (CommandOption("--json", "print JSON"),),
        example="matomo-archive-exporter advise --config-ini /var/www/matomo/config/config.ini.php",
    ),
    Command(
        "forecast",
        "simulate one run of core:archive and show whether it survives",
        "0 when the run is known to survive; 1 when not; 3 when the database cannot be read",
        ("", "database", "archiver", "log"),
        (
            CommandOption(
                "--queue",
                "read a dump of table archive_invalidations instead of the database, as mysql -B"
                " writes it: a header line, tabs or commas, NULL for NULL, plain or gzipped",
                "FILE",
            ),
            CommandOption("--concurrent-requests", instead_of="--archiver.concurrent-requests"),
            CommandOption(
                "--max-archives-to-process", instead_of="--archiver.max-archives-to-process"
            ),
            CommandOption("--memory-limit", instead_of="--archiver.memory-limit"),
            CommandOption("--matomo-version", "use the rules of this Matomo version", "VERSION"),
            CommandOption("--adapter", instead_of="--database.adapter"),
            CommandOption("--today", "take this day as today, such as 2024-12-20", "DATE"),
            CommandOption("--json", "print JSON"),
        ),
        example="matomo-archive-exporter forecast --queue queue.csv --memory-limit 256M",
    ),
    Command(
        "healthy",
        "check whether the exporter on this host works, for container health checks",
        "0 when it works; 1 when it does not, or does not answer",
        ("web", "log"),
        (CommandOption("--url", "ask this address: http://HOST:PORT or https://HOST:PORT", "URL"),),
        example="matomo-archive-exporter healthy",
    ),
    Command(
        "demo",
        "run a throw-away Matomo database, a simulated archiver, and the exporter",
        "0 after SIGTERM or SIGINT",
        ("archiver", "collect", "web", "log"),
        example="matomo-archive-exporter demo --archiver.memory-limit 256M",
    ),
)

log = logging.getLogger(__name__)


def run() -> None:
    """The console script. It escapes characters that the terminal's encoding lacks."""
    open_missing_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    _leave(main(sys.argv[1:], os.environ))


def _leave(status: int) -> NoReturn:
    """End the process now, after all output was written.

    Python's own exit takes the interpreter apart while threads still work, such as one that checks
    a password. The process aborted there (SIGABRT).
    """
    atexit._run_exitfuncs()
    os._exit(status)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Carry out a command line and return the exit status."""
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
        _discard_output()  # the reader has seen enough
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            _discard_output()
            print_errors(f"cannot write: {error.strerror}")
            return IO_ERROR
        log.debug("traceback", exc_info=True)
        _flush_log()  # the last line is the error
        print_errors(
            f"internal error: {type(error).__name__}: {error};"
            " run with --log.level=debug for a traceback"
        )
        return INTERNAL_ERROR


def _discard_output() -> None:
    """Point standard output to nowhere, so that Python's last flush succeeds."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _carry_out(invocation: Invocation, environ: Mapping[str, str]) -> int:
    from matomo_archive_exporter import logging_setup

    needs_none = invocation.command in _WITHOUT_DATABASE or invocation.own.get("queue") is not None
    loaded = load(invocation.flags, environ, needs_database=not needs_none)
    is_logging = invocation.command in _LOGGING or "level" in invocation.flags.get("log", {})
    level = loaded.settings.log.level if is_logging else "critical"
    logging_setup.set_up(level, loaded.settings.log.format)
    _warn(invocation.command, loaded.warnings)
    # Import only this command's modules.
    module = import_module(f"{commands.__name__}.{invocation.command}")
    try:
        return int(getattr(module, invocation.command)(loaded.settings, invocation))
    finally:
        _flush_log()


def _warn(command: str, warnings: Sequence[str]) -> None:
    """Report warnings of the configuration. `check` has them in its answer; `healthy` has none."""
    if command in _LOGGING:
        for warning in warnings:
            log.warning(warning)
    elif command not in _SILENT:
        print_errors(*warnings)


def _flush_log() -> None:
    from matomo_archive_exporter import log_writer

    log_writer.flush()
