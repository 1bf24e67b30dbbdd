"""Very many scheduled re-archivings: bounded work, and figures that are right or absent."""

from typing import Any

import pytest

from matomo_archive_exporter.matomo.simulation import rearchiving
from tests.conftest import Database
from tests.support.figures import Figures, read, target_of
from tests.support.rearchivings import schedule

EXPECTED = "matomo_archive_expected_invalidations"
MOST_ROWS = 20_000


def with_scheduled(database: Database, entries: int) -> Figures:
    schedule(database, entries)
    return read(target_of(database.settings, collect={"forecast_max_rows": MOST_ROWS}))


def test_the_rows_of_several_rearchivings_are_their_sum(full: Database) -> None:
    one = with_scheduled(full, 1)[EXPECTED][("rearchiving",)]
    assert one > 200
    assert with_scheduled(full, 4)[EXPECTED][("rearchiving",)] == 4 * one


def test_it_is_absent_where_they_are_more_than_are_looked_at(full: Database) -> None:
    figures = with_scheduled(full, 200)
    assert figures.success("forecast")
    assert figures[EXPECTED] == {}
    assert figures.one("matomo_archive_forecast_exact") == 0
    assert figures.one("matomo_archive_pending_rearchivings") == 200


@pytest.mark.parametrize("entries", [500, 2000])
def test_no_more_are_expanded_than_may_be_looked_at(
    full: Database, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expanded: list[int] = []
    expand = rearchiving.expansion

    def count(*arguments: Any) -> rearchiving.Expansion:
        found = expand(*arguments)
        expanded.append(len(found.rows))
        return found

    monkeypatch.setattr(rearchiving, "expansion", count)
    with_scheduled(full, entries)
    sites = int(str(full.run("SELECT COUNT(*) FROM matomo_site")[0][0]))
    assert MOST_ROWS <= sites * sum(expanded) < MOST_ROWS + sites * expanded[0] + 1
