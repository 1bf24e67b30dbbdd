"""`once`: one reading, printed or written to a file."""

import contextlib
import errno
import os
import stat
import tempfile
import time
from contextlib import closing
from pathlib import Path

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import path_for_errors
from matomo_archive_exporter.terminal import print_unreadable, show_page
from matomo_archive_exporter.web.formats import render_text

_READABLE_BY_ALL = 0o644
_STANDARD_OUTPUT = "-"


def once(settings: Settings, invocation: Invocation) -> int:
    """0 when the queue was read, else 1 and the reason; the page is printed in any case."""
    output = _output(invocation.own.get("output", _STANDARD_OUTPUT))
    target = Target(settings)
    with closing(target):
        read_target(target)
    if output is None:
        show_page(render_text(target.families()))
    else:
        _replace(output, textfile(target))
    if target.is_up(time.monotonic()):
        return 0
    print_unreadable("the queue", target.queue.message)
    return 1


def _output(given: str) -> Path | None:
    """The file to write; None for standard output. Raises SettingsError for anything else."""
    if given == _STANDARD_OUTPUT:
        return None
    path = Path(given)
    try:
        _require_file(path)
    except OSError as error:
        raise _refused(path, error) from None
    return path


def _require_file(path: Path) -> None:
    """Raise OSError if a write would replace a device, a FIFO, a socket, or a link to one.

    A link such as /dev/stdout leads to a file where standard output is one.
    """
    if not path.exists() and not path.is_symlink():
        return
    found = path.stat()
    is_standard_output = path.is_symlink() and os.path.samestat(found, os.fstat(1))
    if is_standard_output or not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file; use --output=- for standard output")


def textfile(target: Target) -> bytes:
    """The page without metrics of node_exporter's own and without counters."""
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
        _require_file(path)  # again: the reading may have taken minutes
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"--output: {path_for_errors(path)}{error.strerror}")
