"""A thread that treats the queue as core:archive of Matomo 5.2.0 does, but archives nothing."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime

import mysql.connector
from mysql.connector.connection import MySQLConnection

from matomo_archive_exporter.demo.archive_log import ArchiveLog
from matomo_archive_exporter.demo.archiver_tables import ArchiverTables
from matomo_archive_exporter.demo.batch import next_batch

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
    is where it says what it did.

    A database error ends it with one line in the log.
    """

    def __init__(
        self,
        connect: Callable[[], MySQLConnection],
        prefix: str = "matomo_",
        archives_per_second: float = 20.0,
        pause: float = 30.0,
        today: Callable[[], date] = utc_today,
        log: ArchiveLog | None = None,
    ) -> None:
        super().__init__(name="simulated archiver", daemon=True)
        self._connect = connect
        self._prefix = prefix
        self._archives_per_second = archives_per_second
        self._pause = pause
        self._today = today
        self._log = log or ArchiveLog()
        self._stopping = threading.Event()

    def run(self) -> None:
        try:
            with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
                self._work(ArchiverTables(cursor, self._prefix))
        except mysql.connector.Error as error:
            logger.warning("simulated archiver ended: %s", error)

    def stop(self) -> None:
        """End it within a second. As when core:archive is killed, its batch stays in progress."""
        self._stopping.set()
        self.join(1.0)

    def _work(self, tables: ArchiverTables) -> None:
        while not self._stopping.is_set():
            tables.begin_run()
            self._log.run_started()
            while not self._stopping.is_set() and (idsite := tables.take_site()) is not None:
                self._archive_site(tables, idsite)
            if not self._stopping.is_set():
                tables.complete_run()
                self._log.run_completed()
            self._stopping.wait(self._pause)

    def _archive_site(self, tables: ArchiverTables, idsite: int) -> None:
        queue = tables.begin_site(idsite, self._today())
        while queue and not self._stopping.is_set():
            batch = next_batch(queue, CONCURRENT_REQUESTS)
            queue = [row for row in queue if row not in batch]
            started = [row for row in batch if tables.start(row)]
            seconds = len(started) / self._archives_per_second
            if not self._stopping.wait(seconds):
                for row in started:
                    tables.finish(row, idsite)
                    self._log.archived(row, idsite, seconds)
