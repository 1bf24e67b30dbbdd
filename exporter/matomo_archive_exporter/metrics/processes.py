"""Processes of core:archive that run now, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.archiver.command_line import ROLES
from matomo_archive_exporter.metrics.family import labelled_gauge
from matomo_archive_exporter.readings.archiver.processes import ProcessesReading


def families(reading: ProcessesReading) -> Iterator[Metric]:
    """How many there are, and how large."""
    yield labelled_gauge(
        "matomo_archive_processes",
        "Processes of core:archive (archiver) and of the requests that it starts (request) in the"
        " /proc that is read; absent when processes are hidden there",
        ("role",),
        [((role,), reading.count(role)) for role in ROLES],
    )
    yield labelled_gauge(
        "matomo_archive_process_resident_memory_bytes",
        "Resident memory of the largest of these processes now; absent when there is none",
        ("role",),
        [((role,), reading.resident(role)) for role in ROLES],
    )
