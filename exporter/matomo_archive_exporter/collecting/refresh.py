"""When we look: one reading after another in the background, never because of a scrape."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from matomo_archive_exporter.collecting.collector import Collector
from matomo_archive_exporter.collecting.duty_cycle import LONGEST_PAUSE
from matomo_archive_exporter.collecting.expensive import COSTLY
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import Connection, connect
from matomo_archive_exporter.readings.database.errors import (
    ReadingError,
    ReadingStopped,
    reading_error,
)
from matomo_archive_exporter.readings.database.killing import kill_statement

log = logging.getLogger(__name__)

_FIRST_RETRY: Final = 1.0
_STOP_GRACE: Final = 0.3


@dataclass(slots=True)
class Spent:
    """Seconds inside the database, without those of costly readings, which keep their own account.

    `whole` is what successful readings took; `total` includes those that failed.
    """

    whole: float = 0.0
    total: float = 0.0

    def add(self, seconds: float, *, is_whole: bool) -> None:
        """One more reading."""
        self.total += seconds
        self.whole += seconds if is_whole else 0.0


def read_target(
    target: Target,
    should_stop: Callable[[], bool] = lambda: False,
    on_connect: Callable[[Connection | None], None] = lambda connection: None,
) -> Spent:
    """Read every collector once, each failing alone; what that took inside the database.

    One connection at a time: when a collector breaks it, the next opens another. When none can be
    had, all that are left fail for that reason.
    """
    spent = Spent()

    def is_stopping() -> bool:
        target.reading_lives()
        return should_stop()

    target.reading_begins()
    try:
        for collector in target.collectors:
            if not collector.needs_database:
                collector.run()
        waiting = [collector for collector in target.collectors if collector.needs_database]
        while waiting:
            _read_some(target, waiting, spent, is_stopping, on_connect)
    finally:
        target.reading_ends()
    return spent


def _read_some(
    target: Target,
    waiting: list[Collector[Any]],
    spent: Spent,
    should_stop: Callable[[], bool],
    on_connect: Callable[[Connection | None], None],
) -> None:
    """Run those that wait over one connection, as far as it goes; they wait no longer."""
    begun = time.monotonic()
    try:
        with connect(target.settings.database, should_stop) as connection:
            on_connect(connection)
            _read_on(target, connection, waiting, spent)
    except ReadingStopped:
        raise
    except Exception as error:
        _fail_all(target, waiting, reading_error(error), begun)
    finally:
        on_connect(None)


def _read_on(
    target: Target, connection: Connection, waiting: list[Collector[Any]], spent: Spent
) -> None:
    """Run those that wait, until one breaks the connection; they wait no longer."""
    begun = time.monotonic()
    try:
        facts = server.read(connection)
    except ReadingError as error:
        _fail_all(target, waiting, error, begun)
    spent.add(connection.busy, is_whole=True)
    while waiting and not connection.has_failed:
        collector, before = waiting.pop(0), connection.busy
        collector.run(connection, facts)
        target.reading_has_read(collector)
        of_its_own = collector.pace.take_busy() if collector.pace else 0.0
        seconds = connection.busy - before - of_its_own
        spent.add(seconds, is_whole=bool(collector.is_readable))


def _fail_all(
    target: Target, waiting: list[Collector[Any]], error: ReadingError, begun: float
) -> None:
    """For want of a connection, which they had waited for since `begun`."""
    for collector in waiting:
        collector.fail(error, time.monotonic() - begun)
        target.reading_has_read(collector)
    waiting.clear()


class ReadingLoop(threading.Thread):
    """Reads a target again and again until stopped, and tells `publish` after each reading.

    It tells it before each costly reading, too: the queue is not held back for that.
    """

    def __init__(self, target: Target, publish: Callable[[], None]) -> None:
        super().__init__(name="readings", daemon=True)
        self._target = target
        self._publish = publish
        self._stop_asked = threading.Event()
        self._connection: Connection | None = None
        self._failures = 0
        self.has_read = False
        """whether a first reading was completed, successful or not, and published"""
        self._deadline = time.monotonic() + target.step_limit
        target.outlook.announce = self._publish_early

    @property
    def is_healthy(self) -> bool:
        """Whether the loop lives and its present step has not outlived every time limit."""
        return self.is_alive() and time.monotonic() < self._deadline

    def run(self) -> None:
        """Read, publish, wait; until `stop`."""
        while not self._stop_asked.is_set():
            wait = self._target.interval
            try:
                wait = self._read()
            except ReadingStopped:
                return
            except Exception as error:
                _say_not_rendered(error)
            self.has_read = True
            self._deadline = time.monotonic() + wait + self._target.step_limit
            self._stop_asked.wait(wait)

    def stop(self, seconds: float) -> None:
        """End the loop within `seconds`; a statement that runs is killed on the server."""
        self._stop_asked.set()
        self.join(min(_STOP_GRACE, seconds))
        connection = self._connection
        if self.is_alive() and connection is not None:
            # In a thread of its own: a server that does not answer must not hold us up.
            arguments = (self._target.settings.database, connection.session)
            threading.Thread(target=kill_statement, args=arguments, daemon=True).start()
        self.join(max(0.0, seconds - _STOP_GRACE))

    def _read(self) -> float:
        begun = time.monotonic()
        spent = read_target(self._target, self._checkpoint, self._remember)
        collect = self._target.settings.collect
        share = collect.duty_cycle * (1 - COSTLY)
        is_whole = bool(self._target.queue.is_readable)
        self._failures = 0 if is_whole else self._failures + 1
        self._target.interval = interval_in_force(
            collect.interval, self._target.interval, spent.whole / share, is_whole=is_whole
        )
        self._publish()
        elapsed = time.monotonic() - begun
        return next_wait(self._target.interval, elapsed, spent.total / share, self._failures)

    def _publish_early(self) -> None:
        try:
            self._publish()
        except Exception as error:
            _say_not_rendered(error)

    def _checkpoint(self) -> bool:
        self._deadline = time.monotonic() + self._target.step_limit
        return self._stop_asked.is_set()

    def _remember(self, connection: Connection | None) -> None:
        self._connection = connection


def _say_not_rendered(error: Exception) -> None:
    log.error("page not rendered", extra={"fields": {"error": repr(error)}})


def interval_in_force(usual: float, before: float, earned: float, *, is_whole: bool) -> float:
    """Seconds between readings after one whose share of the time asks for `earned` seconds.

    A reading that broke off says nothing of how long a whole one takes: it changes nothing.
    """
    return max(usual, earned) if is_whole else before


def next_wait(interval: float, elapsed: float, earned: float, failures: int) -> float:
    """Seconds from the end of a reading that took `elapsed` to the beginning of the next.

    Readings begin `interval` apart. After failures they come sooner, from one second on and
    doubling up to the interval; never so soon that more than the allowed share of the time is
    spent in the database, for which the reading's own share asks `earned` seconds. What failed may
    ask for some minutes at most: nothing would be known for as long.
    """
    period = interval if failures == 0 else min(_FIRST_RETRY * 2 ** min(failures - 1, 30), interval)
    pause = max(period, min(earned, max(interval, LONGEST_PAUSE)))
    return max(pause - elapsed, 0.0 if failures == 0 else min(_FIRST_RETRY, interval))
