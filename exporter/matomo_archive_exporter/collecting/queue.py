"""The cheap collectors: the queue, runs and archives."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from matomo_archive_exporter.collecting.collector import DatabaseCollector
from matomo_archive_exporter.metrics import queue as queue_metrics
from matomo_archive_exporter.metrics import runs as runs_metrics
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.queue import queue
from matomo_archive_exporter.readings.queue.owners import OwnerWatch
from matomo_archive_exporter.readings.runs import archives, runs
from matomo_archive_exporter.settings.settings import Settings


class QueueCollectors:
    """The three collectors, and the memory of the queue's."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._memory = queue.QueueMemory()
        self._owners = OwnerWatch(settings.archiver.proc_path)
        families = partial(
            queue_metrics.families,
            top_reports=settings.collect.top_reports,
            top_sites=settings.collect.top_sites,
        )
        self.queue = DatabaseCollector("queue", families, self._read, warnings=_warnings)
        self.runs = DatabaseCollector(
            "runs",
            runs_metrics.run_families,
            lambda connection, _: runs.read(connection),
            warnings=lambda reading: reading.warnings,
        )
        self.archives = DatabaseCollector(
            "archives",
            runs_metrics.archive_families,
            lambda connection, _: archives.read(connection),
        )

    def _read(self, connection: Connection, server: Server) -> queue.QueueReading:
        if not self.queue.is_readable:
            self._owners.interrupt()
        reading = queue.read(
            connection,
            server,
            self._memory,
            recovery_timeout=self._settings.archiver.failure_recovery_timeout,
            by_site=self._settings.collect.top_sites > 0,
            by_owner=self._owners.is_on,
        )
        owners = self._owners.prove(reading.facts.owned, server.unix_now)
        return replace(reading, owners=owners)


def _warnings(reading: queue.QueueReading) -> Iterator[str]:
    for number in sorted(reading.facts.unknown_periods):
        yield f"archive_invalidations has rows of the unknown period {number}"
