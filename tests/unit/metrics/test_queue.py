"""The queue on the page."""

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.queue.owner import OwnedRows, Owner, Owners
from matomo_archive_exporter.matomo.queue.queue import QueueGroup
from matomo_archive_exporter.matomo.queue.turnover import Turnover
from matomo_archive_exporter.metrics.queue import families, info
from matomo_archive_exporter.readings.queue.queue import QueueReading
from tests.support.readings import SERVER, of, queue_reading, series_in_openmetrics, series_in_text

REPORTS = "matomo_archive_report_invalidations"
SITES = "matomo_archive_site_invalidations"
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def shown(
    reading: QueueReading, name: str, top_reports: int = 20, top_sites: int = 0
) -> Mapping[tuple[str, ...], float]:
    made = families(reading, top_reports=top_reports, top_sites=top_sites)
    return of(series_in_text(made), name)


def queued(rows: int, plugin: str = "", report: str | None = None, status: int = 0) -> QueueGroup:
    return QueueGroup(status, 1, f"done.{plugin}" if plugin else "done", report, rows)


# Series that are always there


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("matomo_archive_stuck_invalidations", {"never_started", "past_recovery_timeout"}),
        ("matomo_archive_unselectable_invalidations", {"no_status", "no_time", "future_time"}),
    ],
)
def test_every_reason_is_there_at_zero(name: str, reasons: set[str]) -> None:
    assert shown(queue_reading(), name) == {(reason,): 0 for reason in reasons}


@pytest.mark.parametrize("rows", [0, 3])
def test_rows_whose_process_is_gone_are_shown_while_that_can_be_proven(rows: int) -> None:
    gone = frozenset({OwnedRows(100, Owner("web-1", "4242"), rows)} if rows else ())
    reading = queue_reading(owners=Owners(gone, frozenset()))
    assert shown(reading, "matomo_archive_stuck_invalidations")["owner_gone",] == rows


@pytest.mark.parametrize(
    "name",
    [
        "matomo_archive_oldest_queued_timestamp_seconds",
        "matomo_archive_oldest_started_timestamp_seconds",
        "matomo_archive_newest_started_timestamp_seconds",
    ],
)
def test_a_time_that_is_not_there_has_no_series(name: str) -> None:
    assert shown(queue_reading(), name) == {}


def test_times_that_are_there_have_theirs() -> None:
    waiting = QueueGroup(0, 1, "done", None, 1, oldest_invalidated=100)
    running = QueueGroup(1, 1, "done", None, 2, oldest_started=200, newest_started=300)
    reading = queue_reading(waiting, running)
    names = ("oldest_queued", "oldest_started", "newest_started")
    times = [shown(reading, f"matomo_archive_{name}_timestamp_seconds")[()] for name in names]
    assert times == [100, 200, 300]


def test_matomo_info_names_matomo_and_its_database() -> None:
    found = of(series_in_text([info(SERVER, "5.2.0", "MYSQLI")]), "matomo_info")
    assert found == {("MYSQLI", "mariadb", "10.11.6-MariaDB", "5.2.0"): 1}


def test_turnover_is_counted() -> None:
    reading = queue_reading(turnover=Turnover(0, 0, added=7, removed=5))
    assert shown(reading, "matomo_archive_added_invalidations_total") == {(): 7}
    assert shown(reading, "matomo_archive_removed_invalidations_total") == {(): 5}


def test_single_figures_are_those_of_the_reading() -> None:
    backfill = QueueGroup(0, 1, "done.Actions", "Actions_hits", 9, without_start=8)
    reading = queue_reading(backfill, sites=4)
    assert shown(reading, "matomo_archive_hits_backfill_invalidations") == {(): 8}
    assert shown(reading, "matomo_archive_queue_sites") == {(): 4}
    assert shown(reading, "matomo_archive_database_utc_offset_seconds") == {(): 3600}


# The largest, and the rest


def test_the_largest_reports_are_shown_and_the_rest_is_other() -> None:
    reading = queue_reading(
        queued(5, "A"),
        queued(9, "B", "b"),
        queued(2, "C"),
        queued(1, "D"),
        queued(3, "C", status=1),
    )
    assert shown(reading, REPORTS, top_reports=2) == {
        ("B", "b", "queued"): 9,
        ("B", "b", "in_progress"): 0,
        ("A", "all", "queued"): 5,
        ("A", "all", "in_progress"): 0,
        ("other", "other", "queued"): 3,
        ("other", "other", "in_progress"): 3,
    }


def test_without_a_rest_there_is_no_other() -> None:
    found = shown(queue_reading(queued(5, "A"), queued(9)), REPORTS, top_reports=2)
    assert {key[:2] for key in found} == {("A", "all"), ("all", "all")}


def test_a_top_of_none_leaves_only_the_rest() -> None:
    found = shown(queue_reading(queued(5, "A"), queued(9)), REPORTS, top_reports=0)
    assert found == {("other", "other", "queued"): 14, ("other", "other", "in_progress"): 0}


def test_reports_of_equal_size_are_always_the_same_ones() -> None:
    groups = [queued(5, name) for name in "DBAC"]
    found = shown(queue_reading(*groups), REPORTS, top_reports=2)
    assert found == shown(queue_reading(*reversed(groups)), REPORTS, top_reports=2)
    assert {key[0] for key in found} == {"A", "B", "other"}


def test_sites_are_not_shown_unless_asked_for() -> None:
    assert shown(queue_reading(), SITES) == {}


def test_the_largest_sites_are_shown_and_the_rest_is_other() -> None:
    reading = queue_reading(site_rows={1: 5, 2: 9, 30: 7, 4: 1})
    assert shown(reading, SITES, top_sites=2) == {("2",): 9, ("30",): 7, ("other",): 6}
    assert ("other",) not in shown(reading, SITES, top_sites=4)


@given(
    st.dictionaries(st.tuples(ANY_TEXT, ANY_TEXT), st.integers(1, 10**6), max_size=8),
    st.integers(0, 10),
)
def test_the_shown_rows_add_up_to_the_queue_with_any_names(
    rows: dict[tuple[str, str], int], top: int
) -> None:
    reading = queue_reading(*(queued(n, *names) for names, n in rows.items()))
    made = [*families(reading, top_reports=top, top_sites=0)]
    text = of(series_in_text(made), REPORTS)
    assert sum(text.values()) == sum(rows.values())
    assert len(text) <= 2 * (top + 1)
    assert text == of(series_in_openmetrics(made), REPORTS)


@given(ANY_TEXT.filter(bool), ANY_TEXT.filter(bool))
@example('say "hi"}', "two\nlines\r")
@example("back\\slash", "\\n")
def test_any_name_is_read_back_as_it_is(plugin: str, report: str) -> None:
    made = [*families(queue_reading(queued(5, plugin, report)), top_reports=1, top_sites=0)]
    for series in (series_in_text(made), series_in_openmetrics(made)):
        assert of(series, REPORTS)[plugin, report, "queued"] == 5
