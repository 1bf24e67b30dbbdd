"""The log that core:archive of Matomo 5.2.0 writes while it works, on INFO."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from matomo_archive_exporter.demo.batch import QueuedRow
from matomo_archive_exporter.matomo import done_flag
from matomo_archive_exporter.matomo.calendar import LABELS

SEGMENTS: Mapping[str, str] = {"8ed8a79e4fab70fb95c781aa3c6b327e": "countryCode==de"}
"""definitions by their hash, of those that have rows in the demo; others show as their hash"""


class ArchiveLog:
    """Appends to a file, line by line; os.devnull for none."""

    def __init__(self, path: Path | str = os.devnull) -> None:
        self._path = path
        self.pid = os.getpid()
        """of the process that writes it"""

    def run_started(self) -> None:
        self._log("Running Matomo 5.2.0 as Super User", "START")
        self._log("Starting Matomo reports archiving...")

    def archived(self, row: QueuedRow, idsite: int, seconds: float) -> None:
        """A row was archived; `seconds` are those of its batch."""
        flag = done_flag.parse(row.name)
        segment = SEGMENTS.get(flag.segment, flag.segment)
        plugin = f"plugin = {flag.plugin}, " if flag.plugin else ""
        self._log(
            f"Archived website id {idsite}, period = {LABELS[row.period]}, date = {row.date1},"
            f" segment = '{segment}', {plugin}1 visits found. Time elapsed: {seconds:.3f}s"
        )

    def run_completed(self) -> None:
        self._log("Done archiving!")

    def site_started(self, idsite: int) -> None:
        """The turn of a site begins."""
        self._log(f"Start processing archives for site {idsite}.")

    def died(self, limit: int) -> None:
        """The process ran out of memory."""
        fatal = f"Allowed memory size of {limit} bytes exhausted (tried to allocate 2097152 bytes)"
        where = "/var/www/matomo/core/DataAccess/Model.php"
        self._write(f"PHP Fatal error:  {fatal} in {where} on line 830\n")
        self._log(f"Fatal error encountered: {where}(830): {fatal}", level="ERROR")

    def _log(self, *messages: str, level: str = "INFO") -> None:
        now = datetime.now(UTC)
        for message in messages:
            self._write(f"{level:9} [{now:%Y-%m-%d %H:%M:%S}] {self.pid}  {message}\n")

    def _write(self, text: str) -> None:
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(text)
