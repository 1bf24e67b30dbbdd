"""One database: its collectors side by side, and its present values."""

import time
from dataclasses import replace

import pytest

from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.matomo.queue.queue import QueueGroup
from matomo_archive_exporter.readings.database.errors import ReadingError, Reason
from tests.support.readings import RUNS, Series, of, queue_reading, series_in_text
from tests.support.targets import (
    age,
    fails,
    finds,
    read_once,
    target_after_a_reading,
    target_with,
)

SUCCESS = "matomo_archive_exporter_collector_success"
ERRORS = "matomo_archive_exporter_collector_errors_total"
FIRST_OF = {
    "queue": "matomo_archive_invalidations",
    "runs": "matomo_archive_last_run_started_timestamp_seconds",
    "archives": "matomo_archive_last_archived_timestamp_seconds",
    "durations": "matomo_archive_last_duration_seconds",
    "overlaps": "matomo_archive_overlapping_invalidations",
    "forecast": "matomo_archive_predicted_archives",
    "current_run": "matomo_archive_current_runs",
}


def page(target: Target) -> Series:
    return series_in_text(target.families())


def works(target: Target) -> dict[str, float]:
    return {key[0]: value for key, value in of(page(target), SUCCESS).items()}


def test_before_the_first_reading_there_is_no_up_and_no_collector() -> None:
    target = target_with()
    assert target.is_up(time.monotonic()) is None
    names = {name for name, _ in page(target)}
    assert "matomo_up" not in names
    assert not any(name.startswith("matomo_archive_exporter_collector") for name in names)
    assert "matomo_archive_exporter_build_info" in names


def test_of_a_collector_that_was_not_read_yet_nothing_is_said() -> None:
    target = target_with()
    whole = target.on_database
    target.on_database = tuple(collector for collector in whole if not collector.duty_cycle)
    read_once(target)
    target.on_database = whole
    found = page(target)
    assert of(found, "matomo_up") == {(): 1}
    read = [name for name in FIRST_OF if name not in ("overlaps", "forecast", "current_run")]
    assert works(target) == dict.fromkeys(read, 1)
    assert {name for name, first in FIRST_OF.items() if of(found, first)} == set(read)
    assert {name for name, _ in of(found, ERRORS)} == set(read)


def test_after_a_good_reading_everything_is_shown() -> None:
    target = target_after_a_reading()
    found = page(target)
    assert of(found, "matomo_up") == {(): 1}
    assert works(target) == dict.fromkeys(FIRST_OF, 1)
    assert all(of(found, name) for name in FIRST_OF.values())


@pytest.mark.parametrize("name", FIRST_OF)
def test_a_collector_fails_alone(name: str) -> None:
    target = target_with()
    read_once(target, **{name: fails("missing_privilege")})
    found = page(target)
    assert works(target) == {other: float(other != name) for other in FIRST_OF}
    assert {other: bool(of(found, first)) for other, first in FIRST_OF.items()} == {
        other: other != name for other in FIRST_OF
    }
    assert of(found, ERRORS)[name, "missing_privilege"] == 1


@pytest.mark.parametrize(("name", "up"), [("queue", 0), ("runs", 1), ("archives", 1)])
def test_up_is_about_the_queue(name: str, up: int) -> None:
    target = target_after_a_reading()
    read_once(target, **{name: fails()})
    assert of(page(target), "matomo_up") == {(): up}


def test_values_of_a_failed_collector_stay_until_they_are_too_old() -> None:
    target = target_after_a_reading(max_age=600)
    read_once(target, **dict.fromkeys(FIRST_OF, fails()))
    assert all(of(page(target), name) for name in FIRST_OF.values())
    age(target, 601)
    assert not any(of(page(target), name) for name in FIRST_OF.values())
    assert works(target) == dict.fromkeys(FIRST_OF, 0)


def test_values_that_are_too_old_mean_that_the_target_is_down() -> None:
    target = target_after_a_reading(max_age=600)
    age(target, 601)
    assert of(page(target), "matomo_up") == {(): 0}
    assert works(target) == dict.fromkeys(FIRST_OF, 0)


def test_an_unknown_period_is_bad_data_while_the_queue_is_up() -> None:
    target = target_with()
    odd = QueueGroup(0, 9, "done", None, 3)
    even = QueueGroup(0, 1, "done", None, 4)
    read_once(target, queue=finds(queue_reading(odd, even)))
    found = page(target)
    assert of(found, "matomo_up") == {(): 1}
    assert works(target) == dict.fromkeys(FIRST_OF, 1) | {"queue": 0}
    assert of(found, ERRORS)["queue", "bad_data"] == 1
    assert sum(of(found, "matomo_archive_invalidations").values()) == 4


def test_an_option_that_is_not_understood_is_bad_data_of_the_runs() -> None:
    target = target_with()
    read_once(target, runs=finds(replace(RUNS, started=None, warnings=("odd",))))
    found = page(target)
    assert works(target) == dict.fromkeys(FIRST_OF, 1) | {"runs": 0}
    assert of(found, ERRORS)["runs", "bad_data"] == 1
    assert of(found, "matomo_archive_sites_remaining") == {(): 0}


def test_the_next_expiry_is_that_of_the_oldest_value_that_is_shown() -> None:
    target = target_after_a_reading(max_age=600)
    assert (
        target.next_expiry() == min(c.last_good.at for c in target.collectors if c.last_good) + 600
    )
    age(target, 601)
    read_once(target, **dict.fromkeys(set(FIRST_OF) - {"queue"}, fails()))
    assert target.queue.last_good is not None
    assert target.next_expiry() == target.queue.last_good.at + 600


def test_the_current_run_expires_with_the_queue_even_if_rarely_simulated() -> None:
    target = target_after_a_reading()
    for cycle in (c.duty_cycle for c in target.on_database if c.duty_cycle):
        cycle.interval = 3600.0
    age(target, target.schedule.max_age() + 1)
    found = page(target)
    assert not of(found, FIRST_OF["current_run"])
    assert of(found, FIRST_OF["forecast"])


def test_values_of_the_reading_under_way_do_not_expire() -> None:
    target = target_with(max_age=600)
    target.reading_begins()
    read_once(target)
    begun = time.monotonic() - 700
    target._reading_since = begun
    age(target, 690)
    assert of(page(target), "matomo_up") == {(): 1}
    assert works(target) == dict.fromkeys(FIRST_OF, 1)
    assert target.next_expiry() > time.monotonic()


def test_the_age_of_what_it_has_found_counts_from_its_end() -> None:
    target = target_with(max_age=600)
    target.reading_begins()
    read_once(target)
    target._reading_since = time.monotonic() - 700
    age(target, 690)
    target.reading_ends()
    assert of(page(target), "matomo_up") == {(): 1}
    age(target, 601)
    assert of(page(target), "matomo_up") == {(): 0}


def held_until_after(target: Target, reason: Reason) -> None:
    """A reading under way whose values are as old as they may be, then one collector fails."""
    target.reading_begins()
    read_once(target)
    target._reading_since = time.monotonic() - 700
    age(target, 690)
    target.collectors[2].fail(ReadingError(reason, "trouble"))
    target.reading_has_read(target.collectors[2])


@pytest.mark.parametrize("reason", ["unreachable", "timeout", "lost_connection"])
def test_to_wait_for_a_server_in_trouble_does_not_make_values_last(reason: Reason) -> None:
    target = target_with(max_age=600)
    held_until_after(target, reason)
    assert of(page(target), "matomo_up") == {(): 0}
    target.reading_ends()
    assert of(page(target), "matomo_up") == {(): 0}


@pytest.mark.parametrize("reason", ["missing_privilege", "missing_table", "bad_data"])
def test_an_answer_that_is_no_trouble_of_the_server_lets_the_others_last(reason: Reason) -> None:
    target = target_with(max_age=600)
    held_until_after(target, reason)
    assert of(page(target), "matomo_up") == {(): 1}


def test_values_of_an_earlier_reading_expire_during_the_next_one() -> None:
    target = target_after_a_reading(max_age=600)
    age(target, 590)
    target.reading_begins()
    age(target, 601)
    assert of(page(target), "matomo_up") == {(): 0}
    target.reading_ends()
    assert of(page(target), "matomo_up") == {(): 0}


def test_a_reading_that_is_stuck_lets_what_it_has_found_expire() -> None:
    target = target_with(max_age=600)
    target.reading_begins()
    read_once(target)
    target._reading_since = time.monotonic() - 700
    age(target, 690)
    target._reading_lives_until = time.monotonic() - 1
    assert of(page(target), "matomo_up") == {(): 0}


def test_for_a_textfile_the_process_is_left_out() -> None:
    names = {family.name for family in target_after_a_reading().families(with_process=False)}
    assert not any(name.startswith(("process_", "python_")) for name in names)
    assert "matomo_archive_invalidations" in names


def test_every_setting_reaches_the_page() -> None:
    reports = [QueueGroup(0, 1, f"done.P{n}", None, 10 + n) for n in range(5)]
    target = target_with(top_reports=2, top_sites=1)
    read_once(target, queue=finds(queue_reading(*reports, site_rows={1: 5, 2: 6})))
    found = page(target)
    plugins = {key[0] for key in of(found, "matomo_archive_report_invalidations")}
    assert plugins == {"P3", "P4", "other"}
    assert of(found, "matomo_archive_site_invalidations") == {("2",): 6, ("other",): 5}
