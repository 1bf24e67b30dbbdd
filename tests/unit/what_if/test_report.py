"""The output of `forecast` for a run that dies, and where."""

from dataclasses import replace
from typing import Any

import pytest

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.what_if.report import as_json, as_lines
from matomo_archive_exporter.what_if.simulate import SimulationResult
from tests.support.many_sites import LAST_DAYS, ManySites, forecast
from tests.support.plans import PDO

IN_EXPANSION = ManySites(300, 1, rearchivings=(LAST_DAYS,))
AT_A_SITE = ManySites(300, 1)


def result(
    these: ManySites, matomo_version: str = "5.8.0", megabytes: int = 64
) -> SimulationResult:
    config = ArchiverConfig(PDO, memory_limit=megabytes << 20)
    found = forecast(these, matomo_version, config)
    return SimulationResult("a queue", matomo_version, False, config, found, "visits are known")


def reported(these: ManySites, megabytes: int = 64) -> dict[str, Any]:
    return as_json(result(these, megabytes=megabytes))


def as_text(reported: SimulationResult) -> str:
    return "\n".join(as_lines(reported))


def test_a_death_at_a_site_names_it() -> None:
    content = reported(AT_A_SITE)
    assert (content["dies"], content["dies_in"]) == (True, "run")
    assert content["dies_on_site"] == pytest.approx(95, abs=2)
    before = 6 * (content["dies_on_site"] - 1)
    assert before <= content["dies_after_archives"] < before + 6
    place = f"at site {content['dies_on_site']} (idsite {content['dies_on_site']})."
    assert f"of 1,800 archives (31 %), {place}" in as_text(result(AT_A_SITE))


def test_one_in_the_expansion_is_at_no_site() -> None:
    content = reported(IN_EXPANSION)
    assert (content["dies"], content["dies_in"], content["dies_on_site"]) == (
        True,
        "expansion",
        None,
    )
    assert (content["dies_after_archives"], content["safe_archives"]) == (0, 0)
    text = as_text(result(IN_EXPANSION))
    assert "while it expands scheduled re-archivings" in text
    assert "Each later run dies in the same place." in text


def test_a_run_that_survives_dies_nowhere() -> None:
    content = reported(AT_A_SITE, megabytes=512)
    assert (content["dies"], content["dies_in"], content["dies_on_site"]) == (False, None, None)


def test_rows_started_without_a_child_are_counted_separately() -> None:
    """Of each idle site's ten rows four are days."""
    content = reported(AT_A_SITE, megabytes=512)
    assert (content["taken"], content["taken_without_visits"]) == (3000, 1200)
    assert "archives   1,800; 1,200 days without visits" in as_text(
        result(AT_A_SITE, megabytes=512)
    )


@pytest.mark.parametrize(("matomo_version", "is_shown"), [("5.6.0", True), ("5.8.0", False)])
def test_a_version_that_could_not_be_run_is_reported(matomo_version: str, is_shown: bool) -> None:
    text = as_text(result(ManySites(2), matomo_version))
    assert ("Matomo 5.6.0 was not verified" in text) is is_shown


def test_sites_left_in_the_shared_list_are_reported() -> None:
    left = replace(result(ManySites(9, shared=frozenset({8, 9}))), sites_left=2)
    assert "only the 2 left in the list that runs share" in as_text(left)
    assert "that runs share" not in as_text(result(ManySites(9)))


@pytest.mark.parametrize(
    ("matomo_version", "changes", "limit"),
    [
        ("5.8.0", {}, "ends after 1 day, about 1,440 archives"),
        ("5.8.0", {"stop_after": 5400.0}, "ends after 1 hour 30 minutes, about 90 archives"),
        ("5.8.0", {"archive_limit": 2000}, "ends after 1 day, about 1,440 archives"),
        ("5.8.0", {"archive_limit": 1000}, "at most 1,000 archives"),
        ("5.8.0", {"stop_after": 0.0}, "no archive limit"),
        ("5.8.0", {"archives_per_hour": None}, "no archive limit"),
        ("5.2.2", {}, "no archive limit"),
    ],
)
def test_the_limit_that_ends_the_run_first_is_reported(
    matomo_version: str, changes: dict[str, Any], limit: str
) -> None:
    reported = result(ManySites(2), matomo_version)
    config = replace(reported.config, **{"archives_per_hour": 60.0, **changes})
    text = as_text(replace(reported, config=config))
    assert f"3 concurrent requests per website, {limit}\n" in text
