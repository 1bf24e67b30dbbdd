"""The processes that own rows in progress, looked up in a /proc (Matomo 5.3.0 and later)."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from matomo_archive_exporter.matomo.archiver.command_line import arguments, role
from matomo_archive_exporter.matomo.queue.owner import (
    OwnedRows,
    Owners,
    Sighting,
    Sightings,
    Watch,
    prove,
)
from matomo_archive_exporter.readings.archiver.proc_file import start_of
from matomo_archive_exporter.readings.archiver.processes import age
from matomo_archive_exporter.readings.database.errors import ReadingError

COLUMNS = ("processing_host", "process_id")
"""Host and process of rows in progress, which the queue has in Matomo 5.3.0 and later."""


class OwnerWatch:
    """Looks at the owners after each reading of the queue, and remembers what that proved."""

    def __init__(self, proc: Path | None) -> None:
        self._proc = proc
        self._watch = Watch()

    @property
    def is_on(self) -> bool:
        """Whether there is a /proc to look at."""
        return self._proc is not None

    def prove(self, rows: tuple[OwnedRows, ...], now: int) -> Owners | None:
        """Proven owners of these rows, which the database gave at `now` (Unix seconds).

        None while nothing can be proven: without a /proc that shows all processes, or before it has
        shown an archiver that owns a row.
        """
        pids = {pid for owned in rows if (pid := owned.owner.pid) is not None}
        seen = None if self._proc is None else look(self._proc, pids)
        if seen is None:
            self.interrupt()
            return None
        owners, self._watch = prove(rows, now, seen, self._watch)
        return owners

    def interrupt(self) -> None:
        """Forget whom the last look missed: no reading of the queue followed it."""
        self._watch = replace(self._watch, missed=frozenset())


def look(proc: Path, pids: Iterable[int]) -> Sightings | None:
    """The processes that /proc shows by id; None where it may hide those of other users.

    Every /proc has process 1, and one that hides processes hides that of root first.
    """
    found = {pid: _sighting(proc / str(pid)) for pid in pids}
    return found if os.path.lexists(proc / "1") else None


def _sighting(folder: Path) -> Sighting | None:
    try:
        seconds = age(start_of(f"{folder}/stat"))
        command_line = start_of(f"{folder}/cmdline")
    except (OSError, ReadingError):
        is_there = os.path.lexists(folder)
        return Sighting(is_archiver=False, age=None) if is_there else None
    return Sighting(role(arguments(command_line)) == "archiver", seconds)
