"""A forecast over a dump."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.what_if.report import as_lines
from matomo_archive_exporter.what_if.simulate import SimulationResult, of_file

MB = 1 << 20
PDO = "PDO\\MYSQL"
HEADER = "idinvalidation,name,idsite,date1,date2,period,ts_invalidated,status,report"
SEGMENTS = [f"{number:032x}" for number in range(1, 41)]


def asked(
    folder: Path, rows: Iterable[str], limit: int = 128, day: date | None = None
) -> SimulationResult:
    """Over a dump of these rows, which get ids in their order."""
    path = folder / "queue.csv"
    numbered = (f"{number},{row}" for number, row in enumerate(rows, 1))
    path.write_text("\n".join((HEADER, *numbered)) + "\n", encoding="utf-8")
    return of_file(path, ArchiverConfig(PDO, memory_limit=limit * MB), "5.2.1", day)


def reports(sites: int, months: int, names: Iterable[str]) -> list[str]:
    """A range of a day in each month, for one report: it brings no other rows with it."""
    return [
        f"{name}.Actions,{site},2024-{month:02}-10,2024-{month:02}-10,5,2024-12-20,0,Actions_hits"
        for site in range(1, sites + 1)
        for month in range(1, months + 1)
        for name in names
    ]


# Rows of an expansion that got through


def test_a_dump_never_dies_of_the_expansion_that_queued_its_rows(tmp_path: Path) -> None:
    """40 segments in 12 months: the expansion held 75 MB, as much as 72M allows."""
    rows = [*reports(1, 12, ["done"]), *reports(1, 1, (f"done{hash_}" for hash_ in SEGMENTS))]
    run = asked(tmp_path, rows, limit=1024).forecast.configured
    held = 22_400_000 + 333_000 + 40 * 12 * 109_000
    assert held < run.totals.peak < held * 1.01
    result = asked(tmp_path, rows, limit=72)
    found = result.forecast.configured
    assert (found.death, found.dies_in, found.totals.peak) == (None, None, run.totals.peak)
    assert next(iter(as_lines(result))).startswith("The run survives what is queued.")


def test_it_dies_of_its_rows_all_the_same(tmp_path: Path) -> None:
    result = asked(tmp_path, reports(30, 12, ("done", "done" + SEGMENTS[0])), limit=48)
    run = result.forecast.configured
    assert run.dies_in == "run"
    assert run.death is not None
    assert run.death.archives > 0
    assert result.forecast.without_expansion is None


def test_a_list_is_paid_for_in_the_turn_of_its_site(tmp_path: Path) -> None:
    """The lists of 90 sites do not fit: it dies at one of the last, not before the first."""
    run = asked(tmp_path, reports(90, 1, ("done" + SEGMENTS[0],)), limit=48).forecast.configured
    assert run.dies_in == "run"
    assert (run.death_site or 0) > 10
    assert run.totals.lists == 90


# Rows that a turn queues itself


def test_a_week_of_the_past_costs_no_more_than_its_archives(tmp_path: Path) -> None:
    """300 sites with days of March 2024, queued by core:invalidate-report-data in December."""

    def peak(invalidated: str, limit: int = 512) -> int:
        days = [f"2024-03-{day}" for day in range(11, 18)]
        rows = (
            f"done,{site},{day},{day},1,{invalidated},0,NULL"
            for site in range(1, 301)
            for day in days
        )
        return asked(tmp_path, rows, limit).forecast.configured.totals.peak

    daily = 2 * 300 * 21_400
    assert peak("2024-03-17 08:00:00") - peak("2024-12-20 08:00:00") == pytest.approx(
        daily, rel=0.02
    )
