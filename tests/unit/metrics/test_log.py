"""The log of core:archive on the page."""

from dataclasses import replace

from matomo_archive_exporter.matomo.archiver.log_event import EVENTS
from matomo_archive_exporter.metrics.log import families
from matomo_archive_exporter.readings.archiver.log import LogReading
from tests.support.readings import of, series_in_text

READING = LogReading(
    events={name: number for number, name in enumerate(EVENTS)},
    last_deaths={"archiver": 1795417201},
    newest={},
    finished=(),
    lines={True: 50, False: 2},
)
EVENT = "matomo_archive_log_events_total"
LAST = "matomo_archive_log_last_memory_exhausted_timestamp_seconds"


def test_each_event_is_counted() -> None:
    assert of(series_in_text(families(READING)), EVENT) == {
        (name,): float(n) for n, name in enumerate(EVENTS)
    }


def test_an_event_that_the_log_does_not_hold_has_no_series() -> None:
    shown = series_in_text(families(replace(READING, events={"overlap_skip": None})))
    assert not any(name == EVENT for name, _ in shown)


def test_the_last_death_of_each_role_that_died() -> None:
    assert of(series_in_text(families(READING)), LAST) == {("archiver",): 1795417201.0}


def test_lines_are_counted_by_whether_they_were_understood() -> None:
    shown = of(series_in_text(families(READING)), "matomo_archive_log_lines_total")
    assert shown == {("yes",): 50.0, ("no",): 2.0}
