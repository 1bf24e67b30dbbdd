"""How the next run is made, from settings and a version."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.version import behaviour
from matomo_archive_exporter.readings.simulation.archiver_config import Archiver
from matomo_archive_exporter.readings.simulation.forecast import Circumstances, ends_after, plan_of
from tests.support.many_sites import LAST_DAYS, ManySites, circumstances

PDO = "PDO\\MYSQL"
HOURLY = Archiver(PDO, archives_per_hour=100.0)


@pytest.mark.parametrize(("version", "archives"), [("5.2.2", 0), ("5.3.0", 2400), ("5.8.0", 2400)])
def test_a_run_ends_after_24_hours_since_5_3(version: str, archives: int) -> None:
    assert ends_after(HOURLY, behaviour(version, PDO)) == archives


@pytest.mark.parametrize(
    ("changes", "archives"),
    [
        ({"stop_after": 3600.0}, 100),
        ({"stop_after": 0.0}, 0),
        ({"stop_after": 1.0}, 1),
        ({"archives_per_hour": None}, 0),
        ({"archive_limit": 50}, 50),
        ({"archive_limit": 5000}, 2400),
        ({"archive_limit": 5000, "stop_after": 0.0}, 5000),
    ],
)
def test_the_lower_limit_counts_and_that_of_time_only_where_the_rate_is_known(
    changes: dict[str, float], archives: int
) -> None:
    archiver = replace(HOURLY, **changes)  # type: ignore[arg-type]
    assert ends_after(archiver, behaviour("5.8.0", PDO)) == archives


def made(version: str, these: ManySites, adapter: str = PDO) -> Circumstances:
    return circumstances(these, version, Archiver(adapter))


@pytest.mark.parametrize("version", ["5.2.2", "5.3.2", "5.4.0", "5.8.0"])
def test_a_plan_follows_the_rules_of_the_version(version: str) -> None:
    rules = behaviour(version, PDO)
    plan = plan_of(made(version, ManySites(2)), 7, knows_visits=True)
    assert plan.starts_days_without_visits is rules.starts_days_without_visits
    assert plan.finds_usable_reports is rules.finds_usable_reports
    assert plan.conditions.keeps_statements is rules.keeps_statements


def test_a_plan_knows_what_is_expanded_before_any_site_is_worked() -> None:
    pending = ManySites(9, 2, rearchivings=(LAST_DAYS,))
    expanding = plan_of(made("5.8.0", pending), 7, knows_visits=True).conditions.expanding
    assert expanding is not None
    assert (expanding.sites, expanding.lists) == (9, 9)
    assert (
        plan_of(made("5.8.0", ManySites(9, 2)), 7, knows_visits=True).conditions.expanding is None
    )


def test_a_run_takes_the_sites_of_the_shared_list_and_all_where_there_is_none() -> None:
    left = made("5.2.0", replace(ManySites(4), shared=frozenset({3, 4, 99})))
    assert [left.takes(site) for site in (1, 2, 3, 4)] == [False, False, True, True]
    assert all(made("5.2.0", ManySites(4)).takes(site) for site in (1, 2, 3, 4))
