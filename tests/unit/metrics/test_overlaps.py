"""Overlaps, duplicates and orphans on the page."""

from matomo_archive_exporter.matomo.calendar import LABELS
from matomo_archive_exporter.matomo.overlaps.orphans import REASONS
from matomo_archive_exporter.metrics.overlaps import families
from matomo_archive_exporter.readings.overlaps.overlaps import OverlapsReading
from tests.support.readings import of, series_in_text

BLOCKED, DUPLICATES, ORPHANS = (
    f"matomo_archive_{name}_invalidations" for name in ("overlapping", "duplicate", "orphaned")
)
READING = OverlapsReading(
    blocked={"day": 5, "week": 4, "month": 3, "year": 2, "range": 1},
    duplicates=7,
    orphans={"site_deleted": 10, "segment_not_archived": 20, "before_site_creation": 30},
)


def test_blocked_rows_are_shown_by_period_duplicates_in_all_and_orphans_by_reason() -> None:
    series = series_in_text(families(READING))
    assert {name for name, _ in series} == {BLOCKED, DUPLICATES, ORPHANS}
    assert of(series, BLOCKED) == {
        ("day",): 5,
        ("week",): 4,
        ("month",): 3,
        ("year",): 2,
        ("range",): 1,
    }
    assert of(series, DUPLICATES) == {(): 7}
    assert of(series, ORPHANS) == {
        ("site_deleted",): 10,
        ("segment_not_archived",): 20,
        ("before_site_creation",): 30,
    }


def test_a_count_of_none_is_shown_as_zero() -> None:
    nothing = OverlapsReading(dict.fromkeys(LABELS.values(), 0), 0, dict.fromkeys(REASONS, 0))
    assert list(series_in_text(families(nothing)).values()) == [0] * 9
