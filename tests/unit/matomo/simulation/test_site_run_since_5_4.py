"""A turn since Matomo 5.4.0: days without visits, archives of single reports."""

from dataclasses import replace

from matomo_archive_exporter.matomo.simulation.invalidation import Fate
from tests.support.invalidations import DAY, WEEK, A, days, row
from tests.support.site_runs import batches, verdicts_of

TODAY = "2025-03-13"


def test_todays_row_of_a_report_goes_once_it_or_its_whole_plugin_was_archived() -> None:
    """Since 5.4.0; the archive of another report of the plugin will not do."""
    hits, again, other = (row(DAY, TODAY, "done.Actions", report=r) for r in ("7", "7", "8"))
    whole = row(DAY, TODAY, "done.Actions")
    assert "E 1" not in verdicts_of([hits, again], 1, TODAY)
    assert verdicts_of([hits, again], 1, TODAY, finds_reports=True).startswith("take 0, E 1")
    assert verdicts_of([hits, other], 1, TODAY, finds_reports=True).startswith("take 0, take 1")
    assert verdicts_of([whole, hits], 1, TODAY, finds_reports=True).startswith("take 0, E 1")
    goals = row(DAY, TODAY, "done.Goals")
    assert verdicts_of([goals, hits], 1, TODAY, finds_reports=True).startswith("take 0, take 1")


# Days without visits, 5.4.0 and later


EMPTY = replace(row(DAY, "2025-03-05"), fate=Fate.EMPTY)


def test_a_day_without_visits_takes_a_place_in_the_batch_and_causes_skips() -> None:
    segment = replace(row(DAY, "2025-03-05", f"done{A}"), fate=Fate.EMPTY)
    week = row(WEEK, "2025-03-05")
    assert verdicts_of([EMPTY, segment, week]).startswith("take 0, skip 1, skip 2, nonext, take 1")
    assert verdicts_of([EMPTY, *days(2)], 1).startswith("take 0, take 1, take 2")


def test_it_is_no_archive_of_a_child_and_repairs_nothing() -> None:
    (batch, *_) = batches([EMPTY])
    assert (batch.archived, batch.empty, batch.repaired) == (0, 1, 0)
    (batch, *_) = batches([replace(EMPTY, fate=Fate.ARCHIVED)])
    assert (batch.archived, batch.empty, batch.repaired) == (1, 0, 3)


def test_its_empty_archive_makes_todays_rows_of_plugins_needless() -> None:
    today = replace(row(DAY, TODAY), fate=Fate.EMPTY)
    goals = replace(row(DAY, TODAY, "done.Goals"), fate=Fate.EMPTY)
    assert verdicts_of([today, goals], 1, TODAY).startswith("take 0, E 1")


def test_archives_of_single_plugins_are_counted_apart() -> None:
    (batch, *_) = batches([row(DAY, "2025-03-05"), row(DAY, "2025-03-04", "done.Goals")])
    assert (batch.archived, batch.of_plugins) == (2, 1)
