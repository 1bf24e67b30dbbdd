"""Metrics of queued rows that wait, repeat or lead to no archive."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.metrics.family import gauge, labelled_gauge
from matomo_archive_exporter.readings.overlaps.overlaps import OverlapsReading


def families(reading: OverlapsReading) -> Iterator[Metric]:
    """Overlaps, duplicates and orphans."""
    yield labelled_gauge(
        "matomo_archive_overlapping_invalidations",
        "Queued rows that wait because they overlap an unfinished row",
        ("period",),
        [((label,), rows) for label, rows in reading.blocked.items()],
    )
    yield gauge(
        "matomo_archive_duplicate_invalidations",
        "Queued rows that repeat an unfinished row; the first does not count, and a row in progress"
        " is the first",
        reading.duplicates,
    )
    yield labelled_gauge(
        "matomo_archive_orphaned_invalidations",
        "Queued rows that Matomo deletes without an archive, by the first reason that applies",
        ("reason",),
        [((reason,), rows) for reason, rows in reading.orphans.items()],
    )
