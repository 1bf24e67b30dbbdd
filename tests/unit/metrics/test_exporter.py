"""The exporter on its own page."""

import platform

from matomo_archive_exporter import __version__
from matomo_archive_exporter.metrics.exporter import (
    CollectorState,
    families,
    process_families,
    up,
)
from matomo_archive_exporter.readings.database.errors import REASONS
from tests.support.readings import of, series_in_openmetrics, series_in_text

WORKS = CollectorState("queue", success=True, duration=0.25, last_success=1000, errors={})
FAILS = CollectorState("runs", False, 0.5, None, {"timeout": 2, "bad_data": 1})
PREFIX = "matomo_archive_exporter_collector"


def test_up_is_absent_before_the_first_reading() -> None:
    assert series_in_text(up(None)) == {}
    assert of(series_in_text(up(is_up=True)), "matomo_up") == {(): 1}
    assert of(series_in_text(up(is_up=False)), "matomo_up") == {(): 0}


def test_the_build_names_version_python_and_driver() -> None:
    found = of(series_in_text(families([], 60, 0)), "matomo_archive_exporter_build_info")
    assert found == {("pure", platform.python_version(), __version__): 1}


def test_the_interval_in_force_has_a_metric() -> None:
    found = series_in_text(families([], 90.5, 3))
    assert of(found, "matomo_archive_exporter_interval_seconds") == {(): 90.5}


def test_each_collector_has_success_and_duration() -> None:
    found = series_in_text(families([WORKS, FAILS], 60, 3))
    assert of(found, f"{PREFIX}_success") == {("queue",): 1, ("runs",): 0}
    assert of(found, f"{PREFIX}_duration_seconds") == {("queue",): 0.25, ("runs",): 0.5}


def test_a_collector_that_never_succeeded_has_no_time_of_success() -> None:
    found = series_in_text(families([WORKS, FAILS], 60, 3))
    assert of(found, f"{PREFIX}_last_success_timestamp_seconds") == {("queue",): 1000}


def test_errors_of_every_reason_are_there_from_the_beginning() -> None:
    found = of(series_in_text(families([WORKS], 60, 3)), f"{PREFIX}_errors_total")
    assert found == {("queue", reason): 0 for reason in REASONS}


def test_errors_are_counted_by_reason_in_both_formats() -> None:
    made = [*families([FAILS], 60, 3)]
    for series in (series_in_text(made), series_in_openmetrics(made)):
        found = of(series, f"{PREFIX}_errors_total")
        assert (found["runs", "timeout"], found["runs", "bad_data"]) == (2, 1)
        assert sum(found.values()) == 3


def test_the_process_has_metrics_but_not_its_garbage_collector() -> None:
    names = {name for name, _ in series_in_text(process_families())}
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "python_info"} <= names
    assert not any("gc" in name for name in names)


def test_messages_that_could_not_be_written_are_counted() -> None:
    found = series_in_text(families([], 60, 3))
    assert of(found, "matomo_archive_exporter_log_messages_dropped_total") == {(): 3}
