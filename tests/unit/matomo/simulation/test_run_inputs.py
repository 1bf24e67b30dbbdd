"""The inputs of a run: its sites, and the day at each of them."""

from dataclasses import replace
from datetime import date, datetime

from matomo_archive_exporter.matomo.simulation.run_inputs import Clock
from tests.support.planned_sites import NOW, SITES, TODAY, VISITED, inputs


def test_a_run_takes_the_sites_of_the_shared_list_and_all_where_there_is_none() -> None:
    left = inputs(shared_sites=frozenset({3, 4, 99}))
    assert [left.takes(site) for site in (1, 2, 3, 4)] == [False, False, True, True]
    assert all(inputs().takes(site) for site in (1, 2, 3, 4))


def test_a_site_has_its_own_day_and_that_which_was_asked_for_everywhere() -> None:
    assert [Clock(NOW).today(SITES[site]) for site in (1, 3)] == [TODAY, date(2025, 3, 14)]
    asked = Clock(NOW, date(2025, 1, 2))
    assert {asked.today(site) for site in SITES.values()} == {date(2025, 1, 2)}
    assert asked.at(SITES[1]) == datetime.fromisoformat("2025-01-02 12:00:00")
    assert asked.utc_day == date(2025, 1, 2)


def test_the_state_of_a_site_is_what_is_known_of_it_alone() -> None:
    at = inputs(remembered={1: [date(2025, 2, 3)]})
    state = at.state_of(1)
    assert (state.remembered, state.visits, len(state.segments)) == ([date(2025, 2, 3)], VISITED, 1)
    assert at.state_of(2).remembered == ()
    assert replace(at, visits=None).state_of(1).visits is None
