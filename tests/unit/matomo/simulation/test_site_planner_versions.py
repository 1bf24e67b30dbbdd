"""Differences between versions in the work of a site: foreign segments, idle days, lists."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.simulation.invalidation import Fate
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion
from matomo_archive_exporter.matomo.simulation.site_state import SiteVisits
from tests.support.invalidations import DAY, A, B, row
from tests.support.planned_sites import QUEUE, SITES, TODAY, fates, inputs, packed, plan, visits


def test_a_re_archiving_has_a_segments_rows_at_other_sites_only_before_5_4() -> None:
    rows = tuple(row(DAY, "2025-03-01", f"done{name}.Actions") for name in ("", A, B))
    for at_own_sites_only, at_site_1 in ((False, 3), (True, 2)):
        everywhere = Expansion(None, rows, 1, at_own_sites_only=at_own_sites_only)
        assert plan(1, "", expansions=[everywhere]).work.rearchived == at_site_1
        assert plan(2, "", expansions=[everywhere]).work.rearchived == 3
    assert "FOREIGN" in fates(plan(1, "", expansions=[Expansion(None, rows, 1)]))


def test_one_of_a_segment_that_it_names_has_its_rows_at_all_of_its_sites() -> None:
    named = Expansion(
        None,
        (row(DAY, "2025-03-01", f"done{B}"),),
        1,
        names_segments=False,
        at_own_sites_only=True,
    )
    assert fates(plan(1, "", expansions=[named])) == ["FOREIGN"]


# Versions: 5.4.0 and later


IDLE = visits(None)


def test_a_site_without_visits_adds_its_daily_rows_too() -> None:
    """Thursday 13 March and the day before share week, month and year."""
    assert plan(1, "", inputs(visits=IDLE)).work.daily == 0
    assert plan(1, "", inputs(visits=IDLE, version="5.4.0")).work.daily == 2 * 5


def test_of_these_the_days_get_empty_archives_and_the_rest_is_built() -> None:
    found = plan(1, "", inputs(visits=IDLE, version="5.4.0")).work.rows
    assert {(r.period == DAY, r.fate) for r in found} == {
        (True, Fate.EMPTY),
        (False, Fate.ARCHIVED),
    }


def test_a_site_visited_on_one_of_the_two_days_has_an_empty_archive_of_the_other() -> None:
    days = SiteVisits(yesterday=True, today=False)
    found = plan(1, "", inputs(visits=visits("2020-01-01", days), version="5.4.0")).work.rows
    of_days = {(date.fromordinal(r.date1), r.fate) for r in found if r.period == DAY}
    assert of_days == {(TODAY, Fate.EMPTY), (TODAY - timedelta(days=1), Fate.ARCHIVED)}


def test_where_visits_are_not_known_daily_rows_come_without_visits_too() -> None:
    unknown = plan(1, "", inputs(visits=None, version="5.4.0"))
    assert unknown.unvisited is not None
    assert unknown.unvisited.daily == unknown.work.daily == 10
    assert {r.fate for r in unknown.unvisited.rows} == {Fate.EMPTY, Fate.ARCHIVED}


# Lists of segments


def test_since_5_4_every_turn_at_a_site_with_segments_asks_for_them() -> None:
    assert plan(1, "", inputs(visits=IDLE, version="5.4.0")).lists_segments
    none = inputs(visits=IDLE, instance=Instance(SITES), version="5.4.0")
    assert not plan(1, "", none).lists_segments


def test_before_it_did_so_only_where_there_was_something_to_do() -> None:
    visited = visits("2020-01-01", SiteVisits(yesterday=True, today=False))
    assert not plan(1, "", inputs(visits=IDLE)).lists_segments
    assert plan(1, "", inputs(visits=visited)).lists_segments
    assert plan(1, "", inputs(visits=None)).lists_segments
    assert plan(1, "", inputs(visits=IDLE, remembered={1: [TODAY]})).lists_segments
    assert plan(1, QUEUE, inputs(visits=IDLE)).lists_segments  # a row of segment A
    assert not plan(1, packed(("all", "2025-03-05")), inputs(visits=IDLE)).lists_segments


@pytest.mark.parametrize(
    ("sites", "names_segments", "listed"),
    [
        (None, True, {1: True, 2: True}),
        (frozenset({2}), True, {1: False, 2: True}),
        (None, False, {1: False, 2: False}),
    ],
)
def test_the_expansion_asks_the_sites_of_its_entries_before_unless_segments_are_excluded(
    sites: frozenset[int] | None, names_segments: bool, listed: Mapping[int, bool]
) -> None:
    rows = (row(DAY, "2025-03-01", "done.Actions"),)
    some = [Expansion(sites, rows, 1, names_segments=names_segments)]
    assert {site: plan(site, "", expansions=some).was_listed for site in (1, 2)} == listed
