"""Hand-made queues: which row counts where."""

from tests.conftest import Database
from tests.support import queue_rows
from tests.support.figures import Figures, nonzero, read, target_of
from tests.support.queue_rows import FUTURE, PAST_UNIX, Row

ROWS = "matomo_archive_invalidations"
STUCK = "matomo_archive_stuck_invalidations"
UNSELECTABLE = "matomo_archive_unselectable_invalidations"
OLDEST_QUEUED = "matomo_archive_oldest_queued_timestamp_seconds"
STARTED = "2025-03-01 13:00:00"


def figures_of(database: Database, *rows: Row) -> Figures:
    queue_rows.add(database.connection, *rows)
    return read(target_of(database.settings))


def test_a_row_that_is_never_selected_counts_once_by_its_first_reason(matomo: Database) -> None:
    figures = figures_of(
        matomo,
        *(Row(status=None), Row(status=None, ts_invalidated=None)),
        Row(status=None, ts_invalidated=FUTURE),
        *(Row(ts_invalidated=None), Row(ts_invalidated=None, status=5)),
        Row(ts_invalidated=FUTURE),
        Row(),
    )
    assert figures[UNSELECTABLE] == {("no_status",): 3, ("no_time",): 2, ("future_time",): 1}


def test_the_oldest_queued_time_is_that_of_rows_that_can_be_selected(matomo: Database) -> None:
    older = "2020-01-01 00:00:00"
    figures = figures_of(
        matomo,
        *(Row(status=None, ts_invalidated=older), Row(status=1, ts_invalidated=older)),
        *(Row(ts_invalidated=None), Row(ts_invalidated=FUTURE)),
        *(
            Row(ts_invalidated="2025-03-01 12:00:01"),
            Row(ts_started=STARTED),
            Row(ts_invalidated="2025-03-02"),
        ),
    )
    assert figures.one(OLDEST_QUEUED) == PAST_UNIX


def test_the_oldest_queued_time_is_absent_when_nothing_can_be_selected(matomo: Database) -> None:
    figures = figures_of(matomo, Row(status=None), Row(ts_invalidated=FUTURE), Row(status=1))
    assert figures[OLDEST_QUEUED] == {}


def test_a_row_in_progress_without_a_start_is_stuck(matomo: Database) -> None:
    figures = figures_of(matomo, Row(status=1), Row(status=1), Row(status=0))
    assert figures[STUCK] == {("never_started",): 2, ("past_recovery_timeout",): 0}
    assert figures["matomo_archive_oldest_started_timestamp_seconds"] == {}


def test_sites_count_once_and_only_with_a_queued_row(matomo: Database) -> None:
    sites = {1: (0, 0, 1), 2: (1, 1), 7: (None,), 700: (5,), 4_294_967_295: (0,), 900: (1,)}
    rows = [Row(idsite=site, status=status) for site, all_ in sites.items() for status in all_]
    assert figures_of(matomo, *rows).one("matomo_archive_queue_sites") == 4


def test_more_sites_than_are_looked_at_in_one_step_are_all_counted(matomo: Database) -> None:
    rows = [Row(idsite=3 * n, status=int(n % 5 == 0)) for n in range(1, 4_501)]
    assert figures_of(matomo, *rows).one("matomo_archive_queue_sites") == 3_600


def test_the_sites_with_most_queued_rows_are_named_and_the_rest_summed_up(matomo: Database) -> None:
    rows = [Row(idsite=site) for site, n in ((1, 2), (30, 5), (4, 3), (5, 3)) for _ in range(n)]
    queue_rows.add(matomo.connection, *rows, Row(idsite=5, status=None), Row(idsite=1, status=1))
    figures = read(target_of(matomo.settings, collect={"top_sites": 2}))
    assert figures["matomo_archive_site_invalidations"] == {("30",): 5, ("5",): 4, ("other",): 5}
    figures = read(target_of(matomo.settings, collect={"top_sites": 4}))
    named = {("30",): 5, ("5",): 4, ("4",): 3, ("1",): 2}
    assert figures["matomo_archive_site_invalidations"] == named


def test_a_period_that_matomo_has_not_is_counted_under_no_label(matomo: Database) -> None:
    odd = [Row(period=number, idsite=9) for number in (0, 9, 255, 255)]
    figures = figures_of(matomo, *odd, Row(period=6, status=1), Row(), Row(period=5))
    assert nonzero(figures[ROWS]) == {
        ("day", "all_visits", "queued"): 1,
        ("range", "all_visits", "queued"): 1,
    }
    assert figures.errors("queue") == {"bad_data": 1}
    assert not figures.success("queue")
    assert figures.one("matomo_up") == 1
    assert figures.one("matomo_archive_queue_sites") == 2
    assert figures["matomo_archive_report_invalidations"] == {
        ("all", "all", "queued"): 6,
        ("all", "all", "in_progress"): 1,
    }
