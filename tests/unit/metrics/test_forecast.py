"""A forecast on the page."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.rules_basis import rules_basis
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, RunForecast
from matomo_archive_exporter.matomo.version import behaviour
from matomo_archive_exporter.metrics.forecast import families
from matomo_archive_exporter.readings.simulation.forecast import ForecastReading
from tests.support.readings import FORECAST, of, series_in_text

INFINITE = float("inf")
LIMIT = 128 * 1024**2
CONFIGURED, SINGLE = ("configured",), ("single_request",)


def shown(reading: ForecastReading, name: str) -> dict[tuple[str, ...], float]:
    return of(series_in_text(families(reading)), f"matomo_archive_{name}")


def with_runs(configured: RunForecast, single: RunForecast | None = None) -> ForecastReading:
    assert FORECAST.forecast is not None
    forecast = replace(
        FORECAST.forecast, configured=configured, single_request=single or configured
    )
    return replace(FORECAST, forecast=forecast)


def limited_to(limit: int | None) -> ForecastReading:
    return replace(FORECAST, config=replace(FORECAST.config, memory_limit=limit))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("predicted_archives", "archives"),
        ("predicted_skips", "skips"),
        ("predicted_selects", "selects"),
        ("memory_predicted_peak_bytes", "peak"),
    ],
)
def test_each_figure_is_there_for_both_runs(name: str, field: str) -> None:
    reading = with_runs(
        RunForecast(Totals(**{field: 70}), None, None), RunForecast(Totals(**{field: 30}), None, 5)
    )
    assert shown(reading, name) == {CONFIGURED: 70, SINGLE: 30}


def test_the_ratio_is_1_where_php_gives_up() -> None:
    peak = RunForecast(Totals(peak=int(LIMIT * 0.98)), None, None)
    assert shown(with_runs(peak), "memory_predicted_ratio")[CONFIGURED] == pytest.approx(1, 1e-6)


def test_php_can_use_whole_chunks_of_its_limit_only() -> None:
    even, odd = limited_to(26 * 1024**2), limited_to(27 * 1024**2)
    assert shown(even, "memory_predicted_ratio") == shown(odd, "memory_predicted_ratio")


def test_without_a_limit_the_ratio_is_0_and_the_limit_infinite() -> None:
    unlimited = limited_to(None)
    assert shown(unlimited, "memory_predicted_ratio") == {CONFIGURED: 0, SINGLE: 0}
    assert shown(unlimited, "memory_limit_bytes") == {(): INFINITE}


def test_archives_before_the_death_are_absent_where_there_is_none_and_0_in_an_expansion() -> None:
    lives, dies = RunForecast(Totals(), None, None), RunForecast(Totals(), Totals(archives=7), 5)
    name = "memory_exhausted_after_archives"
    assert shown(with_runs(dies, lives), name) == {CONFIGURED: 7}
    assert shown(with_runs(lives), name) == {}
    at_once = RunForecast(Totals(archives=9), Totals(), 0, dies_in="expansion")
    assert shown(with_runs(at_once), name) == {CONFIGURED: 0, SINGLE: 0}


def test_the_place_of_a_death_is_its_site_and_where_the_rate_is_known_its_time() -> None:
    dies = with_runs(RunForecast(Totals(), Totals(archives=50, sites=16), 5))
    assert shown(dies, "memory_exhausted_after_sites") == {CONFIGURED: 16, SINGLE: 16}
    assert shown(dies, "memory_exhausted_after_seconds") == {CONFIGURED: 1800, SINGLE: 1800}
    unknown = replace(dies, config=replace(dies.config, archives_per_hour=None))
    assert shown(unknown, "memory_exhausted_after_seconds") == {}


def test_the_sites_of_the_next_run_are_absent_where_they_are_not_known() -> None:
    assert shown(replace(FORECAST, run_sites=700), "next_run_sites") == {(): 700}
    assert shown(replace(FORECAST, run_sites=None), "next_run_sites") == {}


def test_safe_archives_are_infinite_when_no_limit_is_needed_and_0_when_none_is_safe() -> None:
    totals = Totals()
    reading = with_runs(RunForecast(totals, None, None), RunForecast(totals, None, 0))
    assert shown(reading, "memory_safe_archives") == {CONFIGURED: INFINITE, SINGLE: 0}


def test_safe_archives_if_all_rows_have_visits_are_a_metric_of_their_own() -> None:
    reading = with_runs(RunForecast(Totals(), None, 0, 3209), RunForecast(Totals(), None, None))
    assert shown(reading, "memory_safe_archives") == {CONFIGURED: 0, SINGLE: INFINITE}
    found = shown(reading, "memory_safe_archives_if_visited")
    assert found == {CONFIGURED: 3209, SINGLE: INFINITE}


def test_rows_to_come_are_counted_by_their_source() -> None:
    assert shown(FORECAST, "expected_invalidations") == {
        ("rearchiving",): 240,
        ("today_and_yesterday",): 6,
    }


@pytest.mark.parametrize(("version", "leak"), [("5.2.2", 1), ("5.3.0", 0)])
def test_the_leak_depends_on_the_version(version: str, leak: int) -> None:
    reading = replace(FORECAST, behaviour=behaviour(version, "PDO\\MYSQL"))
    assert shown(reading, "statement_cache_leak") == {(): leak}


def test_without_a_forecast_only_how_the_archiver_is_run_is_shown() -> None:
    reading = replace(FORECAST, behaviour=None, forecast=None, reason="rules not known")
    assert {name for name, _ in series_in_text(families(reading))} == {
        "matomo_archive_concurrent_requests",
        "matomo_archive_memory_limit_bytes",
        "matomo_archive_memory_limit_assumed",
    }
    assert reading.warnings == ("rules not known",)


@pytest.mark.parametrize("version", ["5.2.0", "5.3.2", "5.5.1"])
def test_the_version_whose_rules_the_forecast_follows_is_shown(version: str) -> None:
    basis = rules_basis(version)
    reading = replace(FORECAST, rules=basis)
    assert shown(reading, "forecast_rules_info") == {(basis.rules, basis.verified): 1}


def test_a_queue_that_was_cut_off_is_said_to_be() -> None:
    assert isinstance(FORECAST.forecast, Forecast)
    cut = replace(FORECAST, forecast=replace(FORECAST.forecast, is_exact=False))
    assert (shown(FORECAST, "forecast_exact"), shown(cut, "forecast_exact")) == ({(): 1}, {(): 0})
