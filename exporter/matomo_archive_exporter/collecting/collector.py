"""A collector: one source of figures, how to read and show it, and its last result.

A failure becomes `success 0` of that collector alone. The runner measures it, not the source.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Generic, TypeVar

from prometheus_client.core import Metric

from matomo_archive_exporter.collecting.schedule import DutyCycle
from matomo_archive_exporter.metrics.exporter import CollectorState
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import (
    ReadingError,
    ReadingStopped,
    Reason,
    reading_error,
)
from matomo_archive_exporter.readings.database.server import Server

log = logging.getLogger(__name__)

# Covariant: readings only come out of a collector.
T_co = TypeVar("T_co", covariant=True)


class NoNewReading(Enum):
    """Why a reading brings nothing new."""

    UNCHANGED = "nothing that the values follow from has changed"
    NOT_DUE = "the values may have changed, but it is too early to compute them again"


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """One complete reading and its metrics. `at` is monotonic, `unix_at` Unix seconds."""

    value: T_co
    families: tuple[Metric, ...]
    at: float
    unix_at: float


def _printable(families: Iterable[Metric]) -> tuple[Metric, ...]:
    """The families, if a page can hold them all. Raises ReadingError for one that breaks it."""
    found = tuple(families)
    for family in found:
        for sample in family.samples:
            for label, value in sample.labels.items():
                try:
                    value.encode()
                except (AttributeError, UnicodeEncodeError):
                    fault = f"label {label} of {sample.name} is not text"
                    raise ReadingError("bad_data", fault) from None
    return found


@dataclass(slots=True)
class Collector(Generic[T_co]):
    """One source. `warnings` are values that it did not understand, one line each."""

    name: str
    families: Callable[[T_co], Iterable[Metric]]
    warnings: Callable[[T_co], Iterable[str]] = field(default=lambda value: (), kw_only=True)
    warning_reason: Reason = field(default="bad_data", kw_only=True)
    """the reason under which all its warnings count"""
    duty_cycle: DutyCycle | None = field(default=None, kw_only=True)
    """of a reading that is too costly for every round"""
    is_read_each_time: bool = field(default=False, kw_only=True)
    """whether only a part of it is so costly: then its values are as young as others"""
    last_good: Reading[T_co] | None = field(default=None, init=False)
    last_success: float | None = field(default=None, init=False)
    is_readable: bool | None = field(default=None, init=False)
    """whether the last reading was completed; None before the first"""
    is_understood: bool = field(default=False, init=False)
    failed_for: Reason | None = field(default=None, init=False)
    """why the last reading was not completed"""
    duration: float = field(default=0.0, init=False)
    errors: Counter[str] = field(default_factory=Counter, init=False)
    message: str = field(default="", init=False)
    """why the last reading failed or was not understood whole; "" when all is well"""
    _is_shown: bool = field(default=False, init=False)
    """whether what was read last could be turned into metrics"""

    def _run(self, read: Callable[[], T_co | NoNewReading]) -> None:
        begun = time.monotonic()
        try:
            found = read()
            if found is NoNewReading.UNCHANGED and self.last_good is not None and self._is_shown:
                # The last good values hold, and grow no older.
                now = replace(self.last_good, at=time.monotonic(), unix_at=time.time())
                self._is_known_now(now)
            elif not isinstance(found, NoNewReading):
                self._is_shown = False
                families = _printable(self.families(found))
                self._is_shown = True
                self._is_known_now(Reading(found, families, time.monotonic(), time.time()))
        except ReadingStopped:
            raise
        except Exception as error:
            self.fail(reading_error(error))
        self.duration = time.monotonic() - begun

    def fail(self, error: ReadingError, duration: float = 0.0) -> None:
        """Record that the reading failed after `duration` seconds; the last good values stay."""
        self.duration = duration
        self.is_readable, self.is_understood, self.failed_for = False, False, error.reason
        self._warn_once(error.reason, str(error))

    def _is_known_now(self, reading: Reading[T_co]) -> None:
        self.last_good = reading
        warnings = tuple(self.warnings(reading.value))
        self.is_readable, self.is_understood, self.failed_for = True, not warnings, None
        if warnings:
            self._warn_once(self.warning_reason, "; ".join(warnings))
            return
        self.last_success = reading.unix_at
        if self.message:
            log.info("collector works again", extra={"fields": {"collector": self.name}})
            self.message = ""

    def _warn_once(self, reason: Reason, message: str) -> None:
        """Count every failure, but warn only when the message differs from the one before."""
        self.errors[reason] += 1
        level = logging.DEBUG if message == self.message else logging.WARNING
        self.message = message
        fields = {"collector": self.name, "reason": reason, "error": message}
        log.log(level, "collector failed", extra={"fields": fields})

    @property
    def last_value(self) -> T_co | None:
        """What the last good reading found, however old."""
        return self.last_good.value if self.last_good else None

    def required(self, what: str) -> T_co:
        """The last value, for other collectors. Raises ReadingError where `what` is missing."""
        if self.last_good is None or not self.is_readable:
            raise ReadingError("bad_data", f"{what} could not be read")
        return self.last_good.value

    def state(self, now: float, max_age: float) -> CollectorState:
        """Its state; success is also 0 when its values are too old."""
        return CollectorState(
            name=self.name,
            success=self.is_understood and self.fresh(now, max_age) is not None,
            duration=self.duration,
            last_success=self.last_success,
            errors=dict(self.errors),
        )

    def fresh(self, now: float, max_age: float) -> Reading[T_co] | None:
        """The last good reading, while it is young enough to show."""
        found = self.last_good
        return found if found is not None and now < found.at + max_age else None


@dataclass(slots=True)
class DatabaseCollector(Collector[T_co]):
    """A collector that reads the database."""

    read: Callable[[Connection, Server], T_co | NoNewReading]

    def run(self, connection: Connection, server: Server) -> None:
        """Read once. It raises nothing but ReadingStopped."""
        self._run(lambda: self.read(connection, server))


@dataclass(slots=True)
class LocalCollector(Collector[T_co]):
    """A collector that reads this machine, also while the database is down."""

    read: Callable[[], T_co | NoNewReading]

    def run(self) -> None:
        """Read once. It raises nothing but ReadingStopped."""
        self._run(self.read)
