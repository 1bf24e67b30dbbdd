"""Metrics from the log of core:archive."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.metrics.family import counter, gauge, labelled_gauge
from matomo_archive_exporter.readings.archiver.log import LogReading


def families(reading: LogReading) -> Iterator[Metric]:
    """Events, and when core:archive and its requests last died."""
    yield counter(
        "matomo_archive_log_events_total",
        "Events in the log of core:archive since the exporter started. run_completed: the run"
        " ended by itself; run_failed: it ended with errors, and also counts as completed;"
        " run_stopped: a signal or its time limit ended it, and with the time limit it also counts"
        " as completed. no_visits: a row needed no archive. overlap_skip is absent until the log"
        " has a debug line",
        ("event",),
        [((name,), count) for name, count in reading.events.items()],
    )
    yield counter(
        "matomo_archive_log_lines_total",
        "Lines of the log since the exporter started, without empty ones, by whether the exporter"
        " understood them. If it understands none, the file is not the log of core:archive, or its"
        " form is unknown",
        ("understood",),
        [(("yes" if yes else "no",), count) for yes, count in reading.lines.items()],
    )
    yield gauge(
        "matomo_archive_log_unread_bytes",
        "Bytes of the log that the exporter has not read yet; the counts lack them",
        reading.unread,
    )
    yield labelled_gauge(
        "matomo_archive_log_last_memory_exhausted_timestamp_seconds",
        "When PHP last ran out of memory; absent if no such death is in the last 16 MB of the log"
        " at the start or after it",
        ("role",),
        [((role,), at) for role, at in reading.last_deaths.items()],
    )
