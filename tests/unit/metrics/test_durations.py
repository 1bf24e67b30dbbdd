"""Durations of archives as metrics."""

import pytest

from matomo_archive_exporter.matomo.durations.durations import FinishedArchive, Part, with_parts
from matomo_archive_exporter.metrics.durations import families
from matomo_archive_exporter.readings.durations.durations import DurationsMemory, DurationsReading
from tests.support.readings import Series, series_in_text

NAME = "matomo_archive_duration_seconds"
LAST = "matomo_archive_last_duration_seconds"


def reading() -> DurationsReading:
    archives = [
        FinishedArchive("day", "all_visits", 1.25, 1000),
        FinishedArchive("year", "segment", 4000.0, 1100),
    ]
    parts = [Part("day", 0, 3, 2.5), Part("day", 1, 2, 4.0), Part("year", 7, 1, 4000.0)]
    return DurationsReading(
        "log",
        {(archive.period, archive.scope): archive for archive in archives},
        with_parts(DurationsMemory().histograms, parts),
    )


def of(series: Series, name: str, **labels: str) -> float | None:
    return series.get((name, frozenset(labels.items())))


@pytest.fixture
def series() -> Series:
    return series_in_text(families(reading()))


def test_the_newest_archives_have_their_seconds_and_the_others_are_absent(series: Series) -> None:
    assert {key: value for key, value in series.items() if key[0] == LAST} == {
        (LAST, frozenset({("period", "day"), ("scope", "all_visits")})): 1.25,
        (LAST, frozenset({("period", "year"), ("scope", "segment")})): 4000.0,
    }


def test_a_bucket_counts_all_that_took_no_longer(series: Series) -> None:
    ends = ["1.0", "5.0", "15.0", "60.0", "300.0", "900.0", "3600.0", "+Inf"]
    days = [of(series, f"{NAME}_bucket", period="day", le=end) for end in ends]
    years = [of(series, f"{NAME}_bucket", period="year", le=end) for end in ends]
    assert days == [3, 5, 5, 5, 5, 5, 5, 5]
    assert years == [0, 0, 0, 0, 0, 0, 0, 1]


def test_count_and_sum_are_those_of_all_archives(series: Series) -> None:
    assert of(series, f"{NAME}_count", period="day") == 5
    assert of(series, f"{NAME}_sum", period="day") == 6.5


def test_a_period_without_archives_has_counted_none(series: Series) -> None:
    assert of(series, f"{NAME}_count", period="range") == 0
    assert of(series, f"{NAME}_sum", period="range") == 0
