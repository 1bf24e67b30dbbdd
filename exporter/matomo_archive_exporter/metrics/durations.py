"""Metrics of archives' durations."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from matomo_archive_exporter.matomo.durations.durations import BOUNDS, Histogram
from matomo_archive_exporter.metrics.family import labelled_gauge
from matomo_archive_exporter.readings.durations.durations import DurationsReading

_HOW = (
    "from table archiving_metrics (Matomo 5.7 and later, archives of all plugins), else from the"
    " log, else sampled from rows in progress, in whole seconds"
)


def families(reading: DurationsReading) -> Iterator[Metric]:
    """The newest archives, and all since the start."""
    yield labelled_gauge(
        "matomo_archive_last_duration_seconds",
        f"Duration of the newest finished archive; {_HOW}",
        ("period", "scope"),
        [(key, archive.seconds) for key, archive in sorted(reading.newest.items())],
    )
    yield _histogram(reading)


def _histogram(reading: DurationsReading) -> Metric:
    family = HistogramMetricFamily(
        "matomo_archive_duration_seconds",
        f"Durations of archives finished since the exporter started; {_HOW}",
        labels=("period",),
    )
    for period, histogram in reading.histograms.items():
        family.add_metric((period,), _buckets(histogram), histogram.seconds)
    return family


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """Cumulative buckets, as in Prometheus."""
    ends = [*map(floatToGoString, BOUNDS), "+Inf"]
    return list(zip(ends, accumulate(histogram.counts), strict=True))
