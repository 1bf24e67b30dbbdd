"""When each period was last archived, from the monthly tables."""

from datetime import UTC, datetime

import pytest

from tests.conftest import Database
from tests.support.accounts import account
from tests.support.archive_rows import Archive, create_month, create_month_of_many
from tests.support.figures import Samples, read, target_of

LAST = "matomo_archive_last_archived_timestamp_seconds"
SEGMENT = "done8ed8a79e4fab70fb95c781aa3c6b327e"
OLD, NEW = "2026-11-20 08:00:00", "2026-11-20 09:00:00"


def unix(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def last_archived(database: Database, *archives: Archive) -> Samples:
    create_month(database.connection, "2026_11", *archives)
    figures = read(target_of(database.settings))
    assert figures.success("archives")
    return figures[LAST]


def test_each_period_has_the_time_of_its_newest_archive(matomo: Database) -> None:
    create_month(matomo.connection, "2026_10", ("done", 1, "2026-10-31 23:00:00", 1))
    create_month(
        matomo.connection,
        "2026_01",
        ("done", 4, "2026-11-20 10:00:00", 1),
        ("done", 1, "2026-02-01 00:10:00", 1),
    )
    archives = [("done", period, f"2026-11-20 0{period}:00:00", 1) for period in (1, 2, 3)]
    assert last_archived(matomo, *archives, ("done", 1, "2026-11-19 10:00:00", 1)) == {
        ("day",): unix("2026-11-20 01:00:00"),
        ("week",): unix("2026-11-20 02:00:00"),
        ("month",): unix("2026-11-20 03:00:00"),
        ("year",): unix("2026-11-20 10:00:00"),
    }


def test_an_old_month_that_was_archived_again_counts(matomo: Database) -> None:
    create_month(matomo.connection, "2019_03", ("done", 1, NEW, 1), ("done", 5, NEW, 1))
    create_month(matomo.connection, "2024_12", ("done", 1, OLD, 1))
    found = last_archived(matomo, ("done", 1, OLD, 1))
    assert found == {("day",): unix(NEW), ("range",): unix(NEW)}


@pytest.mark.parametrize("value", [1, 4])
def test_finished_archives_count_also_when_they_are_to_be_rebuilt(
    matomo: Database, value: int
) -> None:
    archives = [("done", 1, OLD, 1), ("done", 1, NEW, value)]
    assert last_archived(matomo, *archives) == {("day",): unix(NEW)}


@pytest.mark.parametrize("value", [2, 3, 5, 6, 0, None])
def test_archives_in_other_states_do_not_count(matomo: Database, value: int | None) -> None:
    assert last_archived(matomo, ("done", 1, OLD, 1), ("done", 1, NEW, value)) == {
        ("day",): unix(OLD)
    }


@pytest.mark.parametrize(
    "name", ["done.Goals", f"{SEGMENT}.Goals", "nb_visits", "Actions_hits", "undone"]
)
def test_archives_of_a_plugin_and_figures_do_not_count(matomo: Database, name: str) -> None:
    assert last_archived(matomo, ("done", 1, OLD, 1), (name, 1, NEW, 1)) == {("day",): unix(OLD)}


def test_archives_of_segments_count(matomo: Database) -> None:
    found = last_archived(matomo, ("done", 1, OLD, 1), (SEGMENT, 1, NEW, 1))
    assert found == {("day",): unix(NEW)}


def test_a_period_without_a_finished_archive_is_absent(matomo: Database) -> None:
    archives = [("done", 1, OLD, 2), ("done.Goals", 2, OLD, 1), ("done", 9, NEW, 1)]
    assert last_archived(matomo, *archives) == {}


def test_an_empty_month_is_no_hindrance(matomo: Database) -> None:
    create_month(matomo.connection, "2026_12")
    assert last_archived(matomo, ("done", 1, OLD, 1)) == {("day",): unix(OLD)}


def test_tables_that_only_look_like_a_month_are_not_read(matomo: Database) -> None:
    create_month(matomo.connection, "2026_10", ("done", 1, "2026-12-01 00:00:00", 1))
    matomo.run("RENAME TABLE matomo_archive_numeric_2026_10 TO matomo_archive_numeric_2026_10_old")
    matomo.run("CREATE TABLE matomo_archive_numeric_old (x INT)")
    matomo.run("CREATE TABLE other_archive_numeric_2026_11 (x INT)")
    assert last_archived(matomo, ("done", 1, OLD, 1)) == {("day",): unix(OLD)}


@pytest.mark.parametrize("newer", [4_999, 5_000, 12_345])
def test_newer_archives_of_plugins_are_stepped_over(matomo: Database, newer: int) -> None:
    at = "DATE_ADD('2026-11-21', INTERVAL (seq DIV 3) SECOND)"
    create_month_of_many(matomo.connection, "2026_11", newer, ts_archived=at)
    assert last_archived(matomo, ("done", 1, OLD, 1)) == {("day",): unix(OLD)}


def test_a_second_with_more_archives_than_one_step_takes_hides_a_period(matomo: Database) -> None:
    create_month_of_many(matomo.connection, "2026_11", 12_000, ts_archived="'2026-11-21'")
    found = last_archived(matomo, ("done", 1, OLD, 1), ("done", 2, OLD, 1))
    assert found == {("week",): unix(OLD)}


def test_without_a_grant_on_any_month_the_figure_is_absent(matomo: Database) -> None:
    create_month(matomo.connection, "2026_11", ("done", 1, NEW, 1))
    with account(matomo, "no_archives") as user:
        user.may_select("matomo_archive_invalidations", "matomo_option")
        target = target_of(user.settings)
        figures = read(target)
        assert LAST not in figures
        assert figures.errors("archives") == {"missing_privilege": 1}
        assert figures.success("queue")
        assert figures.success("runs")
        user.may_select("matomo_archive_numeric_2026_11")
        assert read(target)[LAST] == {("day",): unix(NEW)}


def test_a_large_month_is_read_through_its_index_and_never_scanned(matomo: Database) -> None:
    at = "DATE_SUB('2026-11-20 08:00:00', INTERVAL seq SECOND)"
    name = "IF(seq MOD 20, CONCAT('Goals_', seq), 'done.Goals')"
    columns = {"ts_archived": at, "name": name, "period": "1 + seq MOD 5"}
    create_month_of_many(matomo.connection, "2026_10", 200_000, **columns)
    matomo.run("ANALYZE TABLE matomo_archive_numeric_2026_10")
    create_month(matomo.connection, "2026_11", *(("done", n, NEW, 1) for n in range(1, 6)))
    target = target_of(matomo.settings)
    read(target)
    before = matomo.rows_read()
    assert len(read(target)[LAST]) == 5
    assert matomo.rows_read() - before < 2_000


def test_the_collector_works_from_the_first_archive_on(matomo: Database) -> None:
    target = target_of(matomo.settings)
    assert read(target).errors("archives") == {"missing_privilege": 1}
    create_month(matomo.connection, "2026_11", ("done", 1, NEW, 1))
    assert read(target)[LAST] == {("day",): unix(NEW)}
