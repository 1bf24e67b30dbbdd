"""Runs of core:archive and the archives they made, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.metrics.family import gauge, labelled_gauge
from matomo_archive_exporter.readings.runs.archives import ArchivesReading
from matomo_archive_exporter.readings.runs.runs import RunsReading


def run_families(reading: RunsReading) -> Iterator[Metric]:
    yield gauge(
        "matomo_archive_last_run_started_timestamp_seconds",
        "When core:archive last started; absent if never",
        reading.started,
    )
    yield gauge(
        "matomo_archive_last_run_completed_timestamp_seconds",
        "When core:archive last ended without error; absent if never. Rows may still be queued",
        reading.completed,
    )
    yield gauge(
        "matomo_archive_last_run_duration_seconds",
        "Last completion minus last start; absent while a run is going on; wrong when archivers"
        " overlap",
        _duration(reading),
    )
    yield gauge(
        "matomo_archive_sites_remaining",
        "Sites left in the list that the running archivers share; 0 without a list",
        reading.sites_remaining,
    )
    yield gauge(
        "matomo_archive_pending_rearchivings",
        "Scheduled mass re-archivings that the next run expands into rows",
        None if reading.rearchivings is None else len(reading.rearchivings),
    )
    yield gauge(
        "matomo_archive_remembered_invalidations",
        "Sites and days that Matomo remembers for invalidation because visits came late",
        len(reading.remembered),
    )


def _duration(reading: RunsReading) -> int | None:
    if reading.started is None or reading.completed is None:
        return None
    duration = reading.completed - reading.started
    return duration if duration >= 0 else None


def archive_families(reading: ArchivesReading) -> Iterator[Metric]:
    yield labelled_gauge(
        "matomo_archive_last_archived_timestamp_seconds",
        "When the newest finished archive of all plugins was made; absent without one",
        ("period",),
        [((label,), at) for label, at in reading.last_archived.items()],
    )
