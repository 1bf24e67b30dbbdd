"""Processes of core:archive on the page."""

from matomo_archive_exporter.metrics.processes import families
from matomo_archive_exporter.readings.archiver.processes import Process, ProcessesReading
from tests.support.readings import of, series_in_openmetrics, series_in_text

COUNT = "matomo_archive_processes"
RESIDENT = "matomo_archive_process_resident_memory_bytes"
RUN = ProcessesReading(
    (
        Process(10, 1, "archiver", 400_000_000),
        Process(12, 11, "request", 50_000_000),
        Process(14, 13, "request", 70_000_000),
        Process(16, 15, "request", 60_000_000),
    )
)


def test_processes_are_counted_by_role_and_the_largest_is_shown() -> None:
    page = series_in_text(families(RUN))
    assert of(page, COUNT) == {("archiver",): 1, ("request",): 3}
    assert of(page, RESIDENT) == {("archiver",): 400_000_000, ("request",): 70_000_000}
    assert series_in_openmetrics(families(RUN)) == page


def test_without_a_run_there_are_none_and_the_largest_is_absent() -> None:
    page = series_in_text(families(ProcessesReading(())))
    assert of(page, COUNT) == {("archiver",): 0, ("request",): 0}
    assert of(page, RESIDENT) == {}


def test_an_archiver_between_requests_has_memory_and_they_have_none() -> None:
    page = series_in_text(families(ProcessesReading(RUN.found[:1])))
    assert of(page, COUNT) == {("archiver",): 1, ("request",): 0}
    assert of(page, RESIDENT) == {("archiver",): 400_000_000}


def test_where_processes_may_be_hidden_nothing_is_said() -> None:
    assert series_in_text(families(ProcessesReading((), ("some are hidden",)))) == {}
