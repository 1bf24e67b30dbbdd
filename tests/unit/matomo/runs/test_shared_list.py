"""The part of the shared list that the process which counts took, and that it will take."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.runs.followed_run import AtWork, FollowedRun, Following
from matomo_archive_exporter.matomo.runs.shared_list import Sites, sites_of
from matomo_archive_exporter.matomo.runs.signs import ArchiverProcess, Signs

BEGAN, HOUR = 1_000_000, 3600
SITES = range(1, 61)
SEGMENT = Segment("a" * 32, "a==1", None)
INSTANCE = Instance({n: Site(n, None, "UTC") for n in SITES}, (SEGMENT,))


def signs(left: range, **changes: object) -> Signs:
    now = BEGAN + HOUR
    found = Signs(now, 0, 1000, BEGAN, list_began=BEGAN, sites_left=frozenset(left))
    return replace(found, newest_started=now, **changes)  # type: ignore[arg-type]


def run_of(*readings: Signs, at_work: int = 1) -> FollowedRun:
    following = Following()
    for reading in readings:
        following = following.on(reading)
    run = following.at_work(AtWork(readings[-1].now, at_work)).run
    assert run is not None
    return run


def logged(*sites: int) -> tuple[LogRun, ...]:
    return (LogRun(b"7", BEGAN, sites=len(sites), seen=BEGAN + HOUR, last_sites=sites[-20:]),)


def takes(left: range, *sites: int, at_work: int = 1, instance: Instance = INSTANCE) -> float:
    return sites_of(run_of(signs(left, log=logged(*sites)), at_work=at_work), instance).takes


def test_a_run_alone_takes_all_that_is_left() -> None:
    assert takes(range(41, 61), *range(1, 41)) == 1


@pytest.mark.parametrize(("archivers", "part"), [(2, 1 / 2), (3, 1 / 3)])
def test_sites_that_its_log_does_not_name_were_taken_by_others(archivers: int, part: float) -> None:
    """Of what is left it takes as much, whether or not others show rows just now."""
    sites = range(1, 41, archivers)
    assert takes(range(41, 61), *sites) == pytest.approx(part, rel=0.1)
    assert takes(range(41, 61), *sites, at_work=archivers) == pytest.approx(part, rel=0.03)


def test_sites_taken_long_ago_do_not_count() -> None:
    assert takes(range(51, 61), 1, 4, 7, 10, *range(13, 51)) == 1


def test_one_gap_may_be_of_sites_that_a_run_leaves_out() -> None:
    assert takes(range(41, 61), *range(1, 11), *range(31, 41)) == 1


def test_sites_that_are_not_in_the_list_at_all_are_no_ones() -> None:
    """Every other one is left out, as what is left of the list shows."""
    assert takes(range(41, 61, 2), *range(1, 41, 2)) == pytest.approx(1, rel=0.06)


def test_a_new_list_begins_at_its_first_site_again() -> None:
    assert takes(range(6, 61), *range(50, 61), *range(1, 6)) == 1


def test_without_a_log_as_many_share_it_alike_as_are_seen() -> None:
    assert sites_of(run_of(signs(range(41, 61)), at_work=2), INSTANCE).takes == 1 / 2
    processes = tuple(ArchiverProcess(pid, BEGAN, None) for pid in (7, 8))
    seen = signs(range(41, 61), processes=processes, log=logged(*range(1, 41)))
    assert sites_of(run_of(seen), INSTANCE).takes == 1 / 2


def test_the_log_tells_how_many_sites_its_own_process_has_begun() -> None:
    run = run_of(signs(range(41, 61), log=logged(*range(1, 41, 2))), at_work=2)
    assert replace(sites_of(run, INSTANCE), takes=0, left=()) == Sites(20, 20, (), 0)


def test_without_it_each_has_begun_its_part() -> None:
    found = sites_of(run_of(signs(range(41, 61)), at_work=2), INSTANCE)
    assert (found.begun, found.listed) == (20, 20)
