"""Rows of the queue that cannot be archived as they stand, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.metrics.family import gauge, labelled_gauge
from matomo_archive_exporter.readings.overlaps.overlaps import OverlapsReading


def families(reading: OverlapsReading) -> Iterator[Metric]:
    """What waits, what is there twice, and what is dropped."""
    yield labelled_gauge(
        "matomo_archive_overlapping_invalidations",
        "Queued rows that cannot be taken now because they overlap an unfinished one",
        ("period",),
        [((label,), rows) for label, rows in reading.blocked.items()],
    )
    yield gauge(
        "matomo_archive_duplicate_invalidations",
        "Queued rows identical to another unfinished row, beyond the first; one in progress counts"
        " as the first",
        reading.duplicates,
    )
    yield labelled_gauge(
        "matomo_archive_orphaned_invalidations",
        "Queued rows that go without being archived, by the first reason that holds",
        ("reason",),
        [((reason,), rows) for reason, rows in reading.orphans.items()],
    )
