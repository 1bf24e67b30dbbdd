"""The reading loop: one reading after another in the background. Scrapes read nothing."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from matomo_archive_exporter.collecting.collector import DatabaseCollector
from matomo_archive_exporter.collecting.schedule import Spent
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database import errors, server
from matomo_archive_exporter.readings.database.connection import Connection, connect
from matomo_archive_exporter.readings.database.killing import kill_statement

log = logging.getLogger(__name__)

_STOP_GRACE: Final = 0.3


def read_target(
    target: Target,
    should_stop: Callable[[], bool] = lambda: False,
    on_connect: Callable[[Connection | None], None] = lambda connection: None,
) -> Spent:
    """Read every collector once; the seconds that took inside the database.

    Each fails alone. When a collector breaks the connection, the next opens another. When that
    fails, all remaining collectors fail for the same reason.
    """
    spent = Spent()

    def is_stopping() -> bool:
        target.reading_lives()
        return should_stop()

    target.reading_begins()
    try:
        for collector in target.local:
            collector.run()
        pending = list(target.on_database)
        while pending:
            _read_some(target, pending, spent, is_stopping, on_connect)
    finally:
        target.reading_ends()
    return spent


def _read_some(
    target: Target,
    pending: list[DatabaseCollector[object]],
    spent: Spent,
    should_stop: Callable[[], bool],
    on_connect: Callable[[Connection | None], None],
) -> None:
    """Run the pending collectors over one connection, as long as it works."""
    begun = time.monotonic()
    try:
        with connect(target.settings.database, should_stop) as connection:
            on_connect(connection)
            _read_on(target, connection, pending, spent)
    except errors.ReadingStopped:
        raise
    except Exception as error:
        _fail_all(target, pending, errors.reading_error(error), begun)
    finally:
        on_connect(None)


def _read_on(
    target: Target, connection: Connection, pending: list[DatabaseCollector[object]], spent: Spent
) -> None:
    """Run the pending collectors until one breaks the connection."""
    begun = time.monotonic()
    try:
        facts = server.read(connection)
    except errors.ReadingError as error:
        _fail_all(target, pending, error, begun)
    spent.add(connection.busy, succeeded=True)
    while pending and not connection.has_failed:
        collector, before = pending.pop(0), connection.busy
        collector.run(connection, facts)
        target.reading_has_read(collector)
        cycle = collector.duty_cycle
        of_its_own = cycle.take_database_seconds() if cycle else 0.0
        seconds = connection.busy - before - of_its_own
        spent.add(seconds, succeeded=bool(collector.is_readable))


def _fail_all(
    target: Target,
    pending: list[DatabaseCollector[object]],
    error: errors.ReadingError,
    begun: float,
) -> None:
    """Fail the pending collectors, which have waited for a connection since `begun`."""
    for collector in pending:
        collector.fail(error, time.monotonic() - begun)
        target.reading_has_read(collector)
    pending.clear()


class ReadingLoop(threading.Thread):
    """Reads a target again and again until stopped, and calls `publish` after each reading.

    It also calls it before each costly reading, so that the queue's values need not wait.
    """

    def __init__(self, target: Target, publish: Callable[[], None]) -> None:
        super().__init__(name="readings", daemon=True)
        self._target = target
        self._publish = publish
        self._stop_asked = threading.Event()
        self._connection: Connection | None = None
        self.has_read = False
        """whether a first reading was completed, successful or not, and published"""
        self._deadline = time.monotonic() + target.step_limit
        target.expensive.announce = self._publish_early

    @property
    def is_healthy(self) -> bool:
        """Whether the loop runs and its present step is within every time limit."""
        return self.is_alive() and time.monotonic() < self._deadline

    def run(self) -> None:
        while not self._stop_asked.is_set():
            wait = self._target.schedule.interval
            try:
                wait = self._read()
            except errors.ReadingStopped:
                return
            except Exception as error:
                _log_not_rendered(error)
            self.has_read = True
            self._deadline = time.monotonic() + wait + self._target.step_limit
            self._stop_asked.wait(wait)

    def stop(self, seconds: float) -> None:
        """End the loop within `seconds`, and kill its statement on the server."""
        self._stop_asked.set()
        self.join(min(_STOP_GRACE, seconds))
        connection = self._connection
        if self.is_alive() and connection is not None:
            # In its own thread: a server that does not answer must not delay the stop.
            arguments = (self._target.settings.database, connection.session)
            threading.Thread(target=kill_statement, args=arguments, daemon=True).start()
        self.join(max(0.0, seconds - _STOP_GRACE))

    def _read(self) -> float:
        begun, schedule = time.monotonic(), self._target.schedule
        spent = read_target(self._target, self._checkpoint, self._remember)
        schedule.note(spent, succeeded=bool(self._target.queue.is_readable))
        self._publish()
        return schedule.next_wait(spent, time.monotonic() - begun)

    def _publish_early(self) -> None:
        try:
            self._publish()
        except Exception as error:
            _log_not_rendered(error)

    def _checkpoint(self) -> bool:
        self._deadline = time.monotonic() + self._target.step_limit
        return self._stop_asked.is_set()

    def _remember(self, connection: Connection | None) -> None:
        self._connection = connection


def _log_not_rendered(error: Exception) -> None:
    log.error("cannot render the page", extra={"fields": {"error": repr(error)}})
