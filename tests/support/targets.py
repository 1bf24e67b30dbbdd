"""Targets that are read without a database: their collectors are given what to find."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.matomo.queue.queue import QueueGroup
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError, Reason
from matomo_archive_exporter.settings.settings import Settings
from tests.support.readings import (
    ARCHIVES,
    CURRENT_RUN,
    DURATIONS,
    FORECAST,
    LOG,
    OVERLAPS,
    PROCESSES,
    RUNS,
    SERVER,
    queue_reading,
)

NO_CONNECTION = cast(Connection, None)
QUEUED = QueueGroup(0, 1, "done", None, 5, oldest_invalidated=1000)


def target_with(_archiver: Mapping[str, object] | None = None, /, **collect: object) -> Target:
    """A target that was never read."""
    return Target(Settings(database={"username": "u"}, collect=collect, archiver=_archiver or {}))


def finds(value: Any) -> Callable[..., Any]:
    """A reading that finds this."""
    return lambda connection, server: value


def fails(reason: Reason = "timeout", message: str = "too slow") -> Callable[..., Any]:
    """A reading that fails."""

    def read(connection: Connection, server: object) -> Any:
        raise ReadingError(reason, message)

    return read


def read_once(target: Target, **reads: Callable[..., Any]) -> None:
    """One reading: each collector finds something unless told otherwise by its name."""
    found = {
        "queue": queue_reading(QUEUED),
        "runs": RUNS,
        "archives": ARCHIVES,
        "durations": DURATIONS,
        "log": LOG,
        "processes": PROCESSES,
        "overlaps": OVERLAPS,
        "forecast": FORECAST,
        "current_run": CURRENT_RUN,
    }
    for local in target.local:
        read = reads.get(local.name, finds(found[local.name]))
        local.read = partial(read, NO_CONNECTION, SERVER)
        local.run()
    for collector in target.on_database:
        collector.read = reads.get(collector.name, finds(found[collector.name]))
        collector.run(NO_CONNECTION, SERVER)


def target_after_a_reading(**collect: object) -> Target:
    """A target whose collectors all found something just now."""
    target = target_with(**collect)
    read_once(target)
    return target


def age(target: Target, seconds: float) -> None:
    """Make the last good readings as old as this."""
    for collector in target.collectors:
        if collector.last_good:
            collector.last_good = replace(collector.last_good, at=time.monotonic() - seconds)
