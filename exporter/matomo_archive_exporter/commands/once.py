"""`once`: one reading, printed or written to a file."""

import contextlib
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from matomo_archive_exporter.page import render_text
from matomo_archive_exporter.refresh import read_target
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.target import Target

_READABLE_BY_ALL = 0o644


def once(settings: Settings, invocation: Invocation) -> int:
    """0 when the queue was read, else 1; the page is given all the same."""
    target = Target(settings)
    with closing(target):
        read_target(target)
    output = invocation.own.get("output")
    if output is None:
        sys.stdout.buffer.write(render_text(target.families()))
        sys.stdout.flush()
    else:
        _replace(Path(output), textfile(target))
    return 0 if target.is_up(time.monotonic()) else 1


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
        raise SettingsError(f"--output: {path}: {error.strerror}") from None
