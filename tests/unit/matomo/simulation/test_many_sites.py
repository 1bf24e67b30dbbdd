"""Memory of runs over 50 to 700 like sites of Matomo 5.8.0 and 5.2.1, as recorded."""

import csv
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.matomo.simulation.site_state import SiteVisits
from tests.support.many_sites import LAST_DAYS, ManySites, forecast, over, with_limit
from tests.support.plans import PDO
from tests.support.recordings import RECORDINGS

Run = Mapping[str, str]

with (RECORDINGS / "memory-of-sites.csv").open(encoding="utf-8", newline="") as file:
    RUNS: Mapping[str, Run] = {row["name"]: row for row in csv.DictReader(file)}
DIED = [name for name, run in RUNS.items() if run["died"] == "True"]
ENDED = [name for name in RUNS if name not in DIED]
DETAILED = [name for name in ENDED if RUNS[name]["taken"]]

ROWS_BEFORE = "die-n300-s0-exp-64M-1"
"""its queue was not empty before, and is not recorded"""
YESTERDAY = SiteVisits(yesterday=True, today=False)
BOTH_DAYS = SiteVisits(yesterday=True, today=True)


def sites_of(name: str) -> ManySites:
    """The instance of a run: what its visits and archives were is in its name."""
    run = RUNS[name]
    these = ManySites(int(run["sites"]), int(run["segments"]), int(run["segments_for_site_1_only"]))
    if "-exp-" in name or name.startswith("exp-"):
        these = replace(these, rearchivings=(LAST_DAYS,))
    if name.startswith(("521-a521", "521-b521")):
        return replace(these, visits=YESTERDAY)
    if name.startswith("521-c521"):
        return replace(these, age=timedelta(minutes=1))
    if name.startswith(("die-", "hour-")):
        return replace(these, visits=BOTH_DAYS, age=timedelta(minutes=90))
    return these


@cache
def foretold(name: str) -> Forecast:
    run = RUNS[name]
    config = ArchiverConfig(run["adapter"], archive_limit=3 if name.startswith("exp-") else 0)
    return forecast(sites_of(name), run["matomo"], with_limit(config, run["memory_limit"]))


def test_the_recording_has_runs_that_ended_and_runs_that_died() -> None:
    assert (len(ENDED), len(DIED)) == (32, 14)


@pytest.mark.parametrize("name", DETAILED)
def test_rows_and_skips_are_equal_to_the_unit(name: str) -> None:
    run, totals = RUNS[name], foretold(name).configured.totals
    assert (totals.taken, totals.archives, totals.empty) == tuple(
        int(run[column]) for column in ("taken", "archived", "novisits")
    )
    if name != ROWS_BEFORE:
        assert totals.skips == int(run["overlap_skips"])


@pytest.mark.parametrize("name", ENDED)
def test_the_peak_is_within_2_percent(name: str) -> None:
    found = foretold(name).configured
    assert found.death is None
    assert found.totals.peak == pytest.approx(int(RUNS[name]["peak"]), rel=0.02)


@pytest.mark.parametrize("name", DIED)
def test_a_death_in_the_expansion_is_reported_as_one(name: str) -> None:
    found = foretold(name)
    run = found.configured
    assert (run.dies_in, run.death_site, run.safe_archives) == ("expansion", None, 0)
    assert run.death is not None
    assert (run.death.archives, run.death.sites) == (0, 0)


@pytest.mark.parametrize("name", DIED)
def test_of_as_many_sites_as_it_came_to_the_expansion_just_fits(name: str) -> None:
    """The site of death within 6 %: of runs alike it differs by 5."""
    reached = int(RUNS[name]["expansion_sites_reached"])
    for share, dies_in in ((0.94, None), (1.06, "expansion")):
        some = replace(sites_of(name), sites=round(reached * share), visits=None, age=None)
        config = ArchiverConfig(RUNS[name]["adapter"], archive_limit=1)
        found = forecast(some, "5.8.0", with_limit(config, RUNS[name]["memory_limit"]))
        assert found.configured.dies_in == dies_in


@pytest.mark.parametrize(("limit", "site"), [("64M", 95), ("128M", 244), ("256M", 541)])
def test_without_an_expansion_a_run_dies_at_the_site_where_it_did(limit: str, site: int) -> None:
    """700 idle sites with a segment on 5.8.0."""
    config = with_limit(ArchiverConfig(PDO), limit)
    found = forecast(ManySites(700, 1), config=config).configured
    assert found.dies_in == "run"
    assert found.death_site == pytest.approx(site, rel=0.02)


def test_the_next_run_goes_on_with_the_sites_that_are_left() -> None:
    """Each of the next runs dies 95 sites later; only sites in the list cost anything."""
    left = ManySites(700, 1, shared=frozenset(range(96, 701)))
    found = forecast(left, config=with_limit(ArchiverConfig(PDO), "64M"))
    assert found.configured.death_site == pytest.approx(190, rel=0.02)
    last = replace(left, shared=frozenset(range(650, 701)))
    fits = forecast(last, config=with_limit(ArchiverConfig(PDO), "64M")).configured
    assert (fits.death, fits.totals.sites) == (None, 51)


def test_the_expansion_covers_all_sites_and_not_only_those_left_in_the_list() -> None:
    left = ManySites(700, 1, rearchivings=(LAST_DAYS,), shared=frozenset({699, 700}))
    found = forecast(left, config=with_limit(ArchiverConfig(PDO), "64M"))
    assert found.configured.dies_in == "expansion"
    assert found.rearchived == 700 * 12


def test_ten_thousand_sites_without_rows_take_less_than_5_seconds_of_python() -> None:
    these = ManySites(10_000, 1)
    inputs = these.inputs("5.8.0", ArchiverConfig(PDO))
    begun = time.process_time()
    made = over(inputs)
    assert time.process_time() - begun < 5
    assert made.configured.totals.sites == 10_000


def test_a_site_without_rows_takes_less_than_10_kib() -> None:
    """So 10,000 take less than 100 MiB. Tracing is slow, so fewer are traced."""
    these = ManySites(500, 1)
    inputs = these.inputs("5.8.0", ArchiverConfig(PDO))
    tracemalloc.start()
    over(inputs)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 500 * 10 * 1024
