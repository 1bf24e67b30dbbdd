"""Metrics of the processes of core:archive."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.archiver.command_line import ROLES
from matomo_archive_exporter.metrics.family import labelled_gauge
from matomo_archive_exporter.readings.archiver.processes import ProcessesReading


def families(reading: ProcessesReading) -> Iterator[Metric]:
    """Their number and size."""
    yield labelled_gauge(
        "matomo_archive_processes",
        "Processes of core:archive (archiver) and of its requests (request) in"
        " --archiver.proc-path; absent when /proc hides processes",
        ("role",),
        [((role,), reading.count(role)) for role in ROLES],
    )
    yield labelled_gauge(
        "matomo_archive_process_resident_memory_bytes",
        "Resident memory of the largest of these processes; absent without one",
        ("role",),
        [((role,), reading.resident(role)) for role in ROLES],
    )
