"""Runs and archives on the page."""

from dataclasses import fields, replace

import pytest

from matomo_archive_exporter.metrics.runs import archive_families, run_families
from matomo_archive_exporter.readings.runs.archives import ArchivesReading
from tests.support.readings import ARCHIVES, RUNS, of, series_in_text

FIGURES = {
    "started": "last_run_started_timestamp_seconds",
    "completed": "last_run_completed_timestamp_seconds",
    "sites_remaining": "sites_remaining",
}
DURATION = "last_run_duration_seconds"


PENDING = "pending_rearchivings"
REMEMBERED = "remembered_invalidations"


def shown(**changes: object) -> dict[str, float]:
    series = series_in_text(run_families(replace(RUNS, **changes)))  # type: ignore[arg-type]
    return {name.removeprefix("matomo_archive_"): value for (name, _), value in series.items()}


@pytest.mark.parametrize("field", FIGURES)
def test_each_figure_has_its_metric(field: str) -> None:
    assert shown(**{field: 1234})[FIGURES[field]] == 1234


def test_no_figure_is_left_out() -> None:
    others = {
        "warnings",
        "matomo_version",
        "rearchivings",
        "remembered",
        "shared_sites",
        "list_began",
    }
    assert {field.name for field in fields(RUNS)} - others == set(FIGURES)
    assert set(shown()) == {*FIGURES.values(), DURATION, PENDING, REMEMBERED}


def test_scheduled_rearchivings_are_counted() -> None:
    assert shown()[PENDING] == 2
    assert shown(rearchivings=())[PENDING] == 0
    assert PENDING not in shown(rearchivings=None)


def test_remembered_days_are_counted_by_site() -> None:
    assert shown()[REMEMBERED] == 3
    assert shown(remembered=frozenset())[REMEMBERED] == 0


@pytest.mark.parametrize("field", ["started", "completed"])
def test_an_unknown_value_has_no_series(field: str) -> None:
    assert FIGURES[field] not in shown(**{field: None})


def test_the_duration_is_from_start_to_completion() -> None:
    assert shown(started=1000, completed=1600)[DURATION] == 600
    assert shown(started=1000, completed=1000)[DURATION] == 0


@pytest.mark.parametrize(
    ("started", "completed"), [(1601, 1600), (None, 1600), (1000, None), (None, None)]
)
def test_a_run_has_no_duration_while_a_later_one_has_started(
    started: int | None, completed: int | None
) -> None:
    assert DURATION not in shown(started=started, completed=completed)


def test_each_period_has_the_time_of_its_newest_archive() -> None:
    name = "matomo_archive_last_archived_timestamp_seconds"
    assert of(series_in_text(archive_families(ARCHIVES)), name) == {("day",): 1000, ("year",): 900}
    assert series_in_text(archive_families(ArchivesReading({}))) == {}
