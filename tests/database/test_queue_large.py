"""Queues of many rows, and of ids with gaps: every row counts, and counts once."""

from dataclasses import asdict

import pytest

from tests.conftest import Database
from tests.support import queue_rows
from tests.support.figures import Figures, nonzero, read, target_of
from tests.support.numbers import hex_digits, numbers
from tests.support.queue_rows import PAST, Row

ROWS = "matomo_archive_invalidations"
QUEUE = "matomo_archive_invalidations"


def fill(database: Database, count: int, **columns: str) -> None:
    """Insert `count` rows; `columns` are expressions in which `seq` counts from 1."""
    values = {name: repr(value) for name, value in asdict(Row()).items() if value is not None}
    values |= columns
    database.run(
        f"INSERT INTO {QUEUE} ({', '.join(values)})"
        f" SELECT {', '.join(values.values())} FROM {numbers(count)}"
    )


def figures_of(database: Database) -> Figures:
    return read(target_of(database.settings))


@pytest.mark.parametrize("count", [255, 256, 257, 1_023, 1_024, 1_025, 1_100, 3_000, 60_000])
def test_any_number_of_rows_in_progress_is_counted(matomo: Database, count: int) -> None:
    fill(matomo, 500)
    fill(matomo, count, status="1", period="1 + seq MOD 2")
    fill(matomo, 500, status="IF(seq MOD 2, NULL, 0)", period="3")
    assert nonzero(figures_of(matomo)[ROWS]) == {
        ("day", "all_visits", "queued"): 500,
        ("day", "all_visits", "in_progress"): count // 2,
        ("week", "all_visits", "in_progress"): count - count // 2,
        ("month", "all_visits", "queued"): 500,
    }


def test_rows_of_every_kind_in_one_large_table_are_counted_exactly(matomo: Database) -> None:
    fill(
        matomo, 130_000, name=f"CONCAT('done', IF(seq MOD 2, '', {hex_digits('seq MOD 10')}), '.A')"
    )
    fill(matomo, 60_000, status="IF(seq MOD 3, 1, NULL)", ts_started=f"'{PAST}'")
    fill(matomo, 70_000, ts_invalidated="IF(seq MOD 7, NULL, '9999-01-01')", report="'R'")
    figures = figures_of(matomo)
    assert nonzero(figures[ROWS]) == {
        ("day", "all_visits", "queued"): 65_000 + 20_000 + 70_000,
        ("day", "segment", "queued"): 65_000,
        ("day", "all_visits", "in_progress"): 40_000,
    }
    assert nonzero(figures["matomo_archive_report_invalidations"]) == {
        ("A", "all", "queued"): 130_000,
        ("all", "all", "queued"): 20_000,
        ("all", "all", "in_progress"): 40_000,
        ("all", "R", "queued"): 70_000,
    }
    unselectable = figures["matomo_archive_unselectable_invalidations"]
    assert unselectable[("no_status",)] == 20_000
    assert unselectable[("no_time",)] == 60_000
    assert unselectable[("future_time",)] == 10_000
    assert figures["matomo_archive_stuck_invalidations"][("past_recovery_timeout",)] == 40_000


def test_a_table_in_which_every_row_has_a_name_of_its_own_is_counted(matomo: Database) -> None:
    fill(matomo, 30_000, name=f"CONCAT('done', {hex_digits('seq')}, '.P')", report="seq")
    figures = figures_of(matomo)
    assert nonzero(figures[ROWS]) == {("day", "segment", "queued"): 30_000}
    reports = figures["matomo_archive_report_invalidations"]
    assert len(reports) == 2 * 20 + 2
    assert reports[("other", "other", "queued")] == 30_000 - 20


@pytest.mark.parametrize("highest", [10**12, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 2])
def test_gaps_between_ids_may_be_huge(matomo: Database, highest: int) -> None:
    ids = [1, 2, 3, 50_001, 10**9, 10**9 + 1, highest // 2, highest - 1, highest]
    queue_rows.add(matomo.connection, *(Row(idinvalidation=number) for number in ids))
    queue_rows.add(matomo.connection, Row(idinvalidation=10**11, status=1))
    target = target_of(matomo.settings)
    assert nonzero(read(target)[ROWS]) == {
        ("day", "all_visits", "queued"): 9,
        ("day", "all_visits", "in_progress"): 1,
    }
    matomo.run(f"UPDATE {QUEUE} SET status = 1 WHERE idinvalidation = {highest}")
    assert read(target)[ROWS][("day", "all_visits", "in_progress")] == 2


def test_islands_of_rows_in_a_sea_of_gaps_are_all_found(matomo: Database) -> None:
    fill(matomo, 200_000, idinvalidation="seq * 5000000")
    fill(matomo, 100_000, idinvalidation="2000000000000 + seq", period="2")
    assert nonzero(figures_of(matomo)[ROWS]) == {
        ("day", "all_visits", "queued"): 200_000,
        ("week", "all_visits", "queued"): 100_000,
    }


@pytest.mark.parametrize("count", [1, 1_999, 2_001, 5_000])
def test_the_oldest_row_is_found_in_every_piece(matomo: Database, count: int) -> None:
    early, far = "DATE'2025-01-31' + INTERVAL seq SECOND", 10**6
    fill(matomo, 100)
    fill(matomo, count, idinvalidation=f"{far} + seq", ts_invalidated=early)
    fill(matomo, 100, idinvalidation=f"{2 * far} + seq")
    figures = figures_of(matomo)
    assert figures.one("matomo_archive_oldest_queued_timestamp_seconds") == 1738281601
    assert nonzero(figures[ROWS]) == {("day", "all_visits", "queued"): 200 + count}


def test_a_date_that_cannot_be_costs_the_oldest_time_and_nothing_else(matomo: Database) -> None:
    fill(matomo, 100)
    matomo.run("SET sql_mode = ''")  # else MySQL does not take it
    fill(matomo, 3, ts_invalidated="'2024-00-15 00:00:00'")
    fill(matomo, 100, idinvalidation="1000000 + seq")
    figures = figures_of(matomo)
    assert figures.one("matomo_up") == 1
    assert nonzero(figures[ROWS]) == {("day", "all_visits", "queued"): 203}
    assert figures.get("matomo_archive_oldest_queued_timestamp_seconds", {}) == {}
