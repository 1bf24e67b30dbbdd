"""`once`: one reading, printed or written to a file."""

import contextlib
import os
import stat
import tempfile
import time
from contextlib import closing
from pathlib import Path

from matomo_archive_exporter.page import render_text
from matomo_archive_exporter.refresh import read_target
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import printable
from matomo_archive_exporter.target import Target
from matomo_archive_exporter.terminal import show_page

_READABLE_BY_ALL = 0o644
_STANDARD_OUTPUT = "-"


def once(settings: Settings, invocation: Invocation) -> int:
    """0 when the queue was read, else 1; the page is given all the same."""
    output = _output(invocation.own.get("output", _STANDARD_OUTPUT))
    target = Target(settings)
    with closing(target):
        read_target(target)
    if output is None:
        show_page(render_text(target.families()))
    else:
        _replace(output, textfile(target))
    return 0 if target.is_up(time.monotonic()) else 1


def _output(given: str) -> Path | None:
    """Where to write, None for standard output. Raises SettingsError for what is no file.

    To write in one step is to replace what is there: a device, a FIFO or a socket would be gone.
    """
    if given == _STANDARD_OUTPUT:
        return None
    path = Path(given)
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return path
    except OSError as error:
        raise _refused(path, error.strerror) from None
    if not is_file:
        raise _refused(path, "not a regular file; for standard output write --output=-")
    return path


def textfile(target: Target) -> bytes:
    """The page without what node_exporter has itself and what begins anew with each process."""
    families = target.families(with_process=False)
    return render_text(family for family in families if family.type != "counter")


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step: readers see the old one or the new one, whole."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_READABLE_BY_ALL)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise _refused(path, error.strerror) from None


def _refused(path: Path, why: str | None) -> SettingsError:
    return SettingsError(f"--output: {printable(str(path))}: {why}")
