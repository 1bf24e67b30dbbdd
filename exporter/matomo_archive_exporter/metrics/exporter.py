"""Metrics of the exporter itself."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import PLATFORM_COLLECTOR, PROCESS_COLLECTOR
from prometheus_client.core import Metric

from matomo_archive_exporter import __version__
from matomo_archive_exporter.metrics.family import counter, gauge, labelled_gauge
from matomo_archive_exporter.readings.database.connection import DRIVER
from matomo_archive_exporter.readings.database.errors import REASONS

_PREFIX = "matomo_archive_exporter_collector"


@dataclass(frozen=True, slots=True)
class CollectorState:
    """The state of one collector. `errors` counts by reason since the start."""

    name: str
    success: bool
    duration: float
    """seconds of the last reading"""
    last_success: float | None
    """Unix seconds"""
    errors: Mapping[str, int]


def up(is_up: bool | None) -> Iterator[Metric]:
    """Whether the last reading succeeded; nothing before the first."""
    yield gauge(
        "matomo_up",
        "1 when the last reading reached the database and read the queue, 0 when not",
        is_up,
    )


def build_info() -> Metric:
    """The exporter's version."""
    return labelled_gauge(
        "matomo_archive_exporter_build_info",
        "Version of the exporter and of Python, and whether the database driver is C or pure"
        " Python",
        ("version", "python_version", "driver"),
        [((__version__, platform.python_version(), DRIVER), 1)],
    )


def external_url(url: str) -> Metric:
    """The address at which people reach it; without a sample if not set."""
    return labelled_gauge(
        "matomo_archive_exporter_external_url_info",
        "URL at which people reach the exporter (--web.external-url); absent if not set",
        ("url",),
        [((url,), 1)] if url else [],
    )


def families(
    collectors: Sequence[CollectorState], interval: float, dropped: int, url: str = ""
) -> Iterator[Metric]:
    """The build, the interval in force in seconds, and each collector that has run.

    `dropped` counts log messages that could not be written.
    """
    yield build_info()
    yield external_url(url)
    yield gauge(
        "matomo_archive_exporter_interval_seconds", "Interval in force between readings", interval
    )
    yield counter(
        "matomo_archive_exporter_log_messages_dropped_total",
        "Lines of the exporter's own log that it could not write",
        (),
        [((), dropped)],
    )
    yield labelled_gauge(
        f"{_PREFIX}_success",
        "1 when the collector's last reading was complete and it understood every value",
        ("collector",),
        [((state.name,), state.success) for state in collectors],
    )
    yield labelled_gauge(
        f"{_PREFIX}_duration_seconds",
        "Duration of the collector's last reading",
        ("collector",),
        [((state.name,), state.duration) for state in collectors],
    )
    yield labelled_gauge(
        f"{_PREFIX}_last_success_timestamp_seconds",
        "When the collector last succeeded; absent if never",
        ("collector",),
        [((state.name,), state.last_success) for state in collectors],
    )
    yield counter(
        f"{_PREFIX}_errors_total",
        "Failed readings and unknown values, by reason",
        ("collector", "reason"),
        [
            ((state.name, reason), state.errors.get(reason, 0))
            for state in collectors
            for reason in REASONS
        ],
    )


def process_families() -> Iterator[Metric]:
    """client_python's metrics of the process, without its garbage collector."""
    yield from PROCESS_COLLECTOR.collect()
    yield from PLATFORM_COLLECTOR.collect()
