"""The collectors of the archiver itself: durations of archives, its log, its processes.

Log and processes need no database, so they are also read while it is down.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from matomo_archive_exporter.collecting.collector import DatabaseCollector, LocalCollector
from matomo_archive_exporter.matomo.durations.durations import FinishedArchive
from matomo_archive_exporter.metrics import durations as durations_metrics
from matomo_archive_exporter.metrics import log as log_metrics
from matomo_archive_exporter.metrics import processes as processes_metrics
from matomo_archive_exporter.readings.archiver import processes
from matomo_archive_exporter.readings.archiver.log import LogReader, LogReading
from matomo_archive_exporter.readings.archiver.processes import ProcessesReading
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.durations import durations
from matomo_archive_exporter.readings.queue.queue import QueueReading
from matomo_archive_exporter.settings.settings import Settings

_MOST_REPORTED = 100_000
"""archives of the log that wait for a reading of the database; older ones are dropped"""

_LOG_SHARE, _LOG_SECONDS = 0.5, 5.0
"""Limits of one reading of a log, as a share of the interval and in seconds: the queue waits."""


class ArchiverCollectors:
    """The configured collectors, and their memory."""

    def __init__(self, settings: Settings, queue: DatabaseCollector[QueueReading]) -> None:
        self._queue = queue
        archiver = settings.archiver
        self._proc, self._config_ini = archiver.proc_path, settings.config_ini
        seconds = min(settings.collect.interval * _LOG_SHARE, _LOG_SECONDS)
        path = archiver.log_file
        self._log = None if path is None else LogReader(path, seconds=seconds)
        self._log_is_readable = False
        self._reported: list[FinishedArchive] = []
        self._memory = durations.DurationsMemory()
        self.durations = DatabaseCollector(
            "durations", durations_metrics.families, self._read_durations
        )
        self.log = None if self._log is None else self._of_log(self._log)
        self.processes = None if self._proc is None else _of_processes(self._proc, self._config_ini)

    @property
    def local(self) -> Iterator[LocalCollector[LogReading] | LocalCollector[ProcessesReading]]:
        """The collectors of the log and of processes, if configured."""
        yield from () if self.log is None else (self.log,)
        yield from () if self.processes is None else (self.processes,)

    def _of_log(self, log: LogReader) -> LocalCollector[LogReading]:
        return LocalCollector(
            "log",
            log_metrics.families,
            partial(self._read_log, log),
            warnings=lambda reading: reading.warnings,
        )

    def close(self) -> None:
        if self._log is not None:
            self._log.close()

    def _read_log(self, log: LogReader) -> LogReading:
        self._log_is_readable = False
        reading = log.read()
        self._log_is_readable = True
        self._reported += [
            FinishedArchive(archive.period, archive.scope, archive.seconds, archive.at)
            for archive in reading.finished
            if archive.at is not None
        ]
        del self._reported[:-_MOST_REPORTED]
        return reading

    def _read_durations(self, connection: Connection, server: Server) -> durations.DurationsReading:
        reported, self._reported = self._reported, []
        queue = self._queue.last_good if self._queue.is_readable else None
        return durations.read(
            connection,
            server,
            self._memory,
            log=reported if self._log_is_readable else None,
            are_in_progress=queue is not None and queue.value.facts.newest_started is not None,
        )


def _of_processes(proc: Path, config_ini: Path | None) -> LocalCollector[ProcessesReading]:
    return LocalCollector(
        "processes",
        processes_metrics.families,
        partial(processes.read, proc, config_ini),
        warnings=lambda reading: reading.warnings,
    )
