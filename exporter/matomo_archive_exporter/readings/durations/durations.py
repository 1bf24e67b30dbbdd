"""Durations of archives, from the best available source.

Table `archiving_metrics` is exact, but only plugin ArchivingMetrics of Matomo 5.7.0 and later fills
it. The log tells of every archive, the start of its process included. The queue and the archive
tables are always there, and are sampled.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from matomo_archive_exporter.matomo.calendar import LABELS, PeriodLabel
from matomo_archive_exporter.matomo.durations.durations import (
    FinishedArchive,
    Histogram,
    Newest,
    Part,
    part,
    with_newer,
    with_parts,
)
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.durations import archiving_metrics, sampled_durations
from matomo_archive_exporter.readings.durations.archiving_metrics import MetricsMemory
from matomo_archive_exporter.readings.durations.sampled_durations import SampledMemory

Source = Literal["archiving_metrics", "log", "database"]


@dataclass(slots=True)
class DurationsMemory:
    """Memory from one reading of durations to the next."""

    metrics: MetricsMemory = field(default_factory=MetricsMemory)
    sampled: SampledMemory = field(default_factory=SampledMemory)
    log_has_reported: bool = False
    """the log has told of an archive: a log that exists may still be of something else"""
    newest: Newest = field(default_factory=dict)
    histograms: Mapping[PeriodLabel, Histogram] = field(
        default_factory=lambda: {label: Histogram() for label in LABELS.values()}
    )


@dataclass(frozen=True, slots=True)
class DurationsReading:
    """The newest archives, and all that were seen to finish since the exporter started."""

    source: Source
    newest: Newest
    histograms: Mapping[PeriodLabel, Histogram]


def read(
    connection: Connection,
    server: Server,
    memory: DurationsMemory,
    *,
    log: Iterable[FinishedArchive] | None,
    are_in_progress: bool,
) -> DurationsReading:
    """Read what is new from the source that serves, and count it once.

    `log` are the archives that the log told of since the last reading, None without a log that can
    be read. `are_in_progress` says whether the queue has rows in progress.
    """
    reported = None if log is None else tuple(log)
    memory.log_has_reported = reported is not None and (memory.log_has_reported or bool(reported))
    metrics = archiving_metrics.read(connection, server, memory.metrics)
    if metrics.is_filled:
        return _taken(memory, "archiving_metrics", metrics.parts, metrics.newest)
    if reported is not None and memory.log_has_reported:
        return _taken(memory, "log", map(part, reported), reported)
    done = sampled_durations.read(
        connection, server, memory.sampled, are_in_progress=are_in_progress
    )
    return _taken(memory, "database", map(part, done), done)


def source(connection: Connection, server: Server, *, has_log: bool) -> Source:
    """Which source is to serve; `has_log` says whether there is a log that can be read."""
    if archiving_metrics.is_filled(connection, server):
        return "archiving_metrics"
    return "log" if has_log else "database"


def _taken(
    memory: DurationsMemory, by: Source, parts: Iterable[Part], newest: Sequence[FinishedArchive]
) -> DurationsReading:
    """The reading with these; what another source remembered must not be counted by it later."""
    if by != "database":
        memory.sampled = SampledMemory()
    memory.newest = with_newer(memory.newest, newest)
    memory.histograms = with_parts(memory.histograms, parts)
    return DurationsReading(by, memory.newest, memory.histograms)
