"""The exporter itself, as metrics."""

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
    """How one collector fared. `errors` counts by reason since the start."""

    name: str
    success: bool
    duration: float
    """seconds of the last reading"""
    last_success: float | None
    """Unix seconds"""
    errors: Mapping[str, int]


def up(is_up: bool | None) -> Iterator[Metric]:
    """Whether the last reading reached the database; nothing before the first."""
    yield gauge(
        "matomo_up",
        "1 when the last reading reached the database and read the queue",
        is_up,
    )


def build_info() -> Metric:
    """Which exporter this is."""
    return labelled_gauge(
        "matomo_archive_exporter_build_info",
        "The exporter: its version, Python, and whether the database driver is C or pure Python",
        ("version", "python_version", "driver"),
        [((__version__, platform.python_version(), DRIVER), 1)],
    )


def external_url(url: str) -> Metric:
    """Under which address people reach it; without a sample where nothing says so."""
    return labelled_gauge(
        "matomo_archive_exporter_external_url_info",
        "Address under which people reach the exporter (--web.external-url); absent without it",
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
        "matomo_archive_exporter_interval_seconds", "Interval between readings in force", interval
    )
    yield counter(
        "matomo_archive_exporter_log_messages_dropped_total",
        "Messages of the exporter's own log that could not be written",
        (),
        [((), dropped)],
    )
    yield labelled_gauge(
        f"{_PREFIX}_success",
        "1 when the collector's last reading was complete and every value in it understood",
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
        "When the collector last succeeded; absent when never",
        ("collector",),
        [((state.name,), state.last_success) for state in collectors],
    )
    yield counter(
        f"{_PREFIX}_errors_total",
        "Failed readings and values not understood, by reason",
        ("collector", "reason"),
        [
            ((state.name, reason), state.errors.get(reason, 0))
            for state in collectors
            for reason in REASONS
        ],
    )


def process_families() -> Iterator[Metric]:
    """What client_python says of every Python process, but for its garbage collector."""
    yield from PROCESS_COLLECTOR.collect()
    yield from PLATFORM_COLLECTOR.collect()
