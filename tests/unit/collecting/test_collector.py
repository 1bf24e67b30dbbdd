"""One collector: success of its readings, and how long it shows values."""

import logging
import time
from collections.abc import Iterator

import pytest
from prometheus_client.core import Metric

from matomo_archive_exporter.collecting.collector import (
    DatabaseCollector,
    LocalCollector,
    NoNewReading,
)
from matomo_archive_exporter.metrics.family import gauge, labelled_gauge
from matomo_archive_exporter.readings.database.errors import ReadingError, ReadingStopped
from tests.support.readings import SERVER
from tests.support.targets import NO_CONNECTION, fails, finds

FOR_EVER = float("inf")

Numbers = DatabaseCollector[int]


def shows(value: int) -> Iterator[Metric]:
    yield gauge("m", "text", value)


def odd_numbers(value: int) -> list[str]:
    return [f"{value} is odd"] if value % 2 else []


@pytest.fixture
def collector() -> Numbers:
    """Finds 4, and complains of odd numbers."""
    return DatabaseCollector("numbers", shows, finds(4), warnings=odd_numbers)


def run(collector: Numbers) -> None:
    collector.run(NO_CONNECTION, SERVER)


def values(collector: Numbers, now: float = 0, max_age: float = FOR_EVER) -> list[float]:
    reading = collector.fresh(now, max_age)
    families = reading.families if reading else ()
    return [s.value for family in families for s in family.samples]


def success(collector: Numbers, now: float = 0, max_age: float = FOR_EVER) -> bool:
    return collector.state(now, max_age).success


def test_before_the_first_reading_nothing_is_known(collector: Numbers) -> None:
    assert collector.is_readable is None
    assert values(collector) == []
    assert not success(collector)


def test_a_reading_gives_values_and_success(collector: Numbers) -> None:
    run(collector)
    assert values(collector) == [4]
    state = collector.state(0, FOR_EVER)
    assert (state.name, state.success, dict(state.errors)) == ("numbers", True, {})
    assert state.last_success is not None
    assert state.duration > 0


# Failures


def test_a_failure_takes_the_success_and_leaves_the_values(
    collector: Numbers,
) -> None:
    run(collector)
    before = collector.last_success
    collector.read = fails()
    run(collector)
    assert not success(collector)
    assert values(collector) == [4]
    assert collector.last_success == before
    assert collector.is_readable is False


def test_a_fault_in_showing_the_values_fails_this_collector_alone() -> None:
    def cannot_show(value: int) -> list[Metric]:
        raise ZeroDivisionError(value)

    collector = DatabaseCollector("numbers", cannot_show, finds(4))
    run(collector)
    assert not success(collector)
    assert collector.errors == {"internal": 1}


def test_the_next_good_reading_gives_the_success_back(collector: Numbers) -> None:
    collector.read = fails()
    run(collector)
    collector.read = finds(6)
    run(collector)
    assert success(collector)
    assert values(collector) == [6]


def test_errors_are_counted_by_reason_for_ever(collector: Numbers) -> None:
    for read in (fails("timeout"), fails("timeout"), fails("missing_table"), finds(4), finds(5)):
        collector.read = read
        run(collector)
    assert collector.state(0, FOR_EVER).errors == {"timeout": 2, "missing_table": 1, "bad_data": 1}


def test_an_unforeseen_error_is_an_internal_failure_of_this_collector(
    collector: Numbers, caplog: pytest.LogCaptureFixture
) -> None:
    def divides(connection: object, server: object) -> int:
        return 1 // 0

    collector.read = divides
    run(collector)
    assert collector.errors == {"internal": 1}
    assert "ZeroDivisionError" in caplog.records[-1].__dict__["fields"]["error"]


def test_a_collector_that_could_not_be_asked_fails_without_a_reading(
    collector: Numbers,
) -> None:
    collector.fail(ReadingError("unreachable", "no server there"))
    assert collector.is_readable is False
    assert collector.errors == {"unreachable": 1}


def test_an_exporter_that_stops_is_no_failure(collector: Numbers) -> None:
    def stops(connection: object, server: object) -> int:
        raise ReadingStopped

    run(collector)
    collector.read = stops
    with pytest.raises(ReadingStopped):
        run(collector)
    assert collector.errors == {}
    assert success(collector)


# Values that are not understood


def test_bad_data_takes_the_success_and_shows_what_was_understood(
    collector: Numbers,
) -> None:
    collector.read = finds(5)
    run(collector)
    assert not success(collector)
    assert values(collector) == [5]
    assert collector.is_readable is True
    assert collector.last_success is None
    assert collector.errors == {"bad_data": 1}


# Age


def test_values_and_success_vanish_at_the_maximum_age(collector: Numbers) -> None:
    run(collector)
    assert collector.last_good is not None
    end = collector.last_good.at + 600
    assert values(collector, end - 0.001, 600) == [4]
    assert success(collector, end - 0.001, 600)
    assert values(collector, end, 600) == []
    assert not success(collector, end, 600)


def test_the_time_of_the_last_success_stays_when_values_vanish(
    collector: Numbers,
) -> None:
    run(collector)
    assert collector.state(FOR_EVER, 600).last_success == collector.last_success
    assert collector.last_success is not None


# Log messages


def logged(caplog: pytest.LogCaptureFixture, level: int = logging.WARNING) -> list[str]:
    records = [record for record in caplog.records if record.levelno >= level]
    return [record.__dict__["fields"].get("error", record.message) for record in records]


def test_a_failure_that_stays_the_same_is_warned_of_once(
    collector: Numbers, caplog: pytest.LogCaptureFixture
) -> None:
    collector.read = fails(message="too slow")
    for _ in range(5):
        run(collector)
    assert logged(caplog) == ["too slow"]
    assert collector.errors == {"timeout": 5}


def test_another_failure_is_warned_of_too(
    collector: Numbers, caplog: pytest.LogCaptureFixture
) -> None:
    for message in ("too slow", "too slow", "no such table", "too slow"):
        collector.read = fails(message=message)
        run(collector)
    assert logged(caplog) == ["too slow", "no such table", "too slow"]


def test_recovery_is_logged_once_and_the_same_failure_is_warned_of_again(
    collector: Numbers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for read in (finds(4), fails(), fails(), finds(4), finds(4), fails()):
        collector.read = read
        run(collector)
    assert logged(caplog, logging.INFO) == ["too slow", "collector works again", "too slow"]


def test_the_warning_names_collector_and_reason(
    collector: Numbers, caplog: pytest.LogCaptureFixture
) -> None:
    collector.read = fails("missing_privilege", "SELECT denied")
    run(collector)
    assert caplog.records[0].__dict__["fields"] == {
        "collector": "numbers",
        "reason": "missing_privilege",
        "error": "SELECT denied",
    }


def test_values_that_are_still_true_do_not_age(
    collector: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(collector)
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + 100)
    collector.read = finds(NoNewReading.UNCHANGED)
    run(collector)
    assert values(collector, now=begun + 150, max_age=60) == [4]
    assert success(collector, now=begun + 150, max_age=60)


def test_values_that_are_not_due_grow_older_until_they_vanish(
    collector: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(collector)
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + 100)
    collector.read = finds(NoNewReading.NOT_DUE)
    run(collector)
    assert values(collector, now=begun + 50, max_age=60) == [4]
    assert values(collector, now=begun + 150, max_age=60) == []
    assert collector.state(begun + 50, 60).errors == {}


def test_after_a_failure_values_that_are_still_true_are_a_success_again(
    collector: Numbers,
) -> None:
    run(collector)
    collector.read = fails()
    run(collector)
    assert not success(collector)
    collector.read = finds(NoNewReading.UNCHANGED)
    run(collector)
    assert success(collector)


@pytest.mark.parametrize("label", [b"bytes", None, 3, "\ud800"])
def test_a_label_that_cannot_be_put_on_a_page_fails_this_collector_alone(label: object) -> None:
    def shows_it(value: int) -> Iterator[Metric]:
        yield labelled_gauge("m", "text", ("l",), [((label,), value)])  # type: ignore[list-item]

    collector = DatabaseCollector("numbers", shows_it, finds(4))
    run(collector)
    assert not success(collector)
    assert collector.last_good is None
    assert collector.errors == {"bad_data": 1}


def test_a_local_one_needs_no_database() -> None:
    collector = LocalCollector("numbers", shows, lambda: 4)
    collector.run()
    assert collector.state(0, FOR_EVER).success
    assert collector.last_value == 4
