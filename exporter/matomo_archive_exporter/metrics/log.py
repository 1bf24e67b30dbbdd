"""What the log of core:archive tells, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.metrics.family import counter, gauge, labelled_gauge
from matomo_archive_exporter.readings.archiver.log import LogReading


def families(reading: LogReading) -> Iterator[Metric]:
    """Events, and when core:archive and its requests last died."""
    yield counter(
        "matomo_archive_log_events_total",
        "Events seen in the log of core:archive since the exporter started. run_completed: the"
        " run came to its end; run_failed: it ended with errors, and counts as completed too;"
        " run_stopped: a signal or its time limit ended it, and with the time limit it counts as"
        " completed too. no_visits: a row needed no archive. overlap_skip is absent until"
        " a debug line has been seen",
        ("event",),
        [((name,), count) for name, count in reading.events.items()],
    )
    yield counter(
        "matomo_archive_log_lines_total",
        "Lines of the log since the exporter started, without empty ones, by whether they were"
        " understood. If none is, this is not the log of core:archive, or its form is not known",
        ("understood",),
        [(("yes" if yes else "no",), count) for yes, count in reading.lines.items()],
    )
    yield gauge(
        "matomo_archive_log_unread_bytes",
        "Bytes of the log that were not read yet; the counts are behind by these",
        reading.unread,
    )
    yield labelled_gauge(
        "matomo_archive_log_last_memory_exhausted_timestamp_seconds",
        "When PHP last died because its memory was used up; absent when none was seen in what is"
        " read of the log at the start and since",
        ("role",),
        [((role,), at) for role, at in reading.last_deaths.items()],
    )
