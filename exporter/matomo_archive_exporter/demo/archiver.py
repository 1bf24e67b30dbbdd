"""A thread that works through the queue like Matomo 5.2.0's core:archive, but archives nothing."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import mysql.connector
from mysql.connector.connection import MySQLConnection

from matomo_archive_exporter.demo.archive_log import ArchiveLog
from matomo_archive_exporter.demo.archiver_process import ArchiverProcess
from matomo_archive_exporter.demo.archiver_tables import ArchiverTables
from matomo_archive_exporter.demo.batch import next_batch
from matomo_archive_exporter.demo.run_memory import RunMemory

logger = logging.getLogger(__name__)

CONCURRENT_REQUESTS = 3  # Matomo's default of --concurrent-requests-per-website


def utc_today() -> date:
    return datetime.now(UTC).date()


class SimulatedArchiver(threading.Thread):
    """Works the queue of a demo database, run after run, until stop().

    Takes the sites of the shared list one by one, their rows in Matomo's order and in batches of
    three. A batch is in progress for as long as `archives_per_second` asks, then its rows are
    deleted and their done flags written. `pause` is the time between two runs in seconds;
    `connect` gives a connection of its own in the database that backfill.load() filled; `log`
    is where it says what it did, `proc` where its process is to be seen.

    A run dies once its memory reaches `memory_limit`, and ends after `archive_limit` archives. Once
    one was killed, later ones have a limit that is safe.

    A database error ends it with one line in the log.
    """

    def __init__(
        self,
        connect: Callable[[], MySQLConnection],
        archives_per_second: float = 20.0,
        pause: float = 30.0,
        today: Callable[[], date] = utc_today,
        log: ArchiveLog | None = None,
        proc: Path | None = None,
        memory_limit: int | None = None,
        archive_limit: int = 0,
    ) -> None:
        super().__init__(name="simulated archiver", daemon=True)
        self._connect = connect
        self._archives_per_second = archives_per_second
        self._pause = pause
        self._today = today
        self._log = log or ArchiveLog()
        self._proc = proc
        self._memory_limit, self._archive_limit = memory_limit, archive_limit
        self._is_careful = False
        self._stopping = threading.Event()

    def run(self) -> None:
        try:
            with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
                self._work(ArchiverTables(cursor))
        except mysql.connector.Error as error:
            logger.warning("simulated archiver ended: %s", error)

    def stop(self) -> None:
        """End it within a second. As when core:archive is killed, its batch stays in progress."""
        self._stopping.set()
        self.join(1.0)

    def _work(self, tables: ArchiverTables) -> None:
        while not self._stopping.is_set():
            process = None
            if self._proc is not None:
                process = ArchiverProcess(self._proc, self._archive_limit)
            try:
                self._run(tables, process)
            finally:
                if process is not None:
                    process.end()
            self._stopping.wait(self._pause)

    def _run(self, tables: ArchiverTables, process: ArchiverProcess | None) -> None:
        """One run: to its end, its limit of archives, its death, or until it is killed."""
        memory = RunMemory(self._memory_limit)
        if process is not None:
            self._log.pid = process.pid
        tables.begin_run()
        self._log.run_started()
        at = _Run(memory, process)
        while self._goes_on(at) and (idsite := tables.take_site()) is not None:
            self._log.site_started(idsite)
            memory.begin_site()
            self._archive_site(tables, idsite, at)
        if process is not None and process.is_killed:
            # The operator restarts it with a safe limit.
            self._is_careful, self._archive_limit = True, memory.safe_archives
        elif memory.is_exhausted and self._memory_limit is not None:
            self._log.died(self._memory_limit)
        elif not self._stopping.is_set():
            tables.complete_run()
            self._log.run_completed()

    def _goes_on(self, at: "_Run") -> bool:
        memory = at.memory
        is_ended = at.process is not None and at.process.is_killed
        is_limited = 0 < self._archive_limit <= memory.archives
        is_limited |= self._is_careful and not memory.is_safe
        return not (self._stopping.is_set() or is_ended or is_limited or memory.is_exhausted)

    def _archive_site(self, tables: ArchiverTables, idsite: int, at: "_Run") -> None:
        queue = tables.begin_site(idsite, self._today())
        while queue and self._goes_on(at):
            batch = next_batch(queue, CONCURRENT_REQUESTS)
            at.memory.look(queue, batch)
            queue = [row for row in queue if row not in batch]
            started = [row for row in batch if tables.start(row)]
            seconds = len(started) / self._archives_per_second
            if at.process is not None:
                at.process.holds(at.memory.bytes)
            is_dead = self._stopping.wait(seconds) or at.is_dead
            if is_dead:
                return  # its batch stays in progress
            for row in started:
                tables.finish(row, idsite)
                self._log.archived(row, idsite, seconds)
            at.memory.finish(len(started))


@dataclass(frozen=True, slots=True)
class _Run:
    """What a run has in hand."""

    memory: RunMemory
    process: ArchiverProcess | None

    @property
    def is_dead(self) -> bool:
        """Whether it was killed or has run out of memory."""
        return self.memory.is_exhausted or (self.process is not None and self.process.is_killed)
