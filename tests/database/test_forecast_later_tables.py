"""Forecasts from the tables alone, compared with recorded runs of Matomo 5.8.0 and 5.2.1."""

from dataclasses import replace
from datetime import date
from typing import cast

import pytest

from matomo_archive_exporter.matomo.simulation import rearchive_list
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.runs import runs
from matomo_archive_exporter.readings.simulation import forecast
from matomo_archive_exporter.readings.simulation.forecast import ForecastMemory
from matomo_archive_exporter.settings.values import parse_memory
from tests.conftest import Database
from tests.support import later_runs, recordings
from tests.support.later_runs import LaterRun
from tests.support.schemas import create_tables
from tests.support.visit_rows import create_visits

TODAY = date(2026, 11, 28)


def foretold(database: Database, name: str, **changes: object) -> tuple[LaterRun, Forecast]:
    """From the tables as they were before the run, without archives, which were not recorded."""
    run = later_runs.load(name)
    load(database, run)
    config = ArchiverConfig(
        run.totals["adapter"],
        run.totals["concurrent_requests"],
        memory_limit=parse_memory(run.totals["memory_limit"].replace("1G", "1024M")),
    )
    with connect(database.settings) as connection:
        known = replace(runs.read(connection), remembered=frozenset())
        found = forecast.read(
            connection,
            server.read(connection),
            replace(config, **changes),  # type: ignore[arg-type]
            known,
            ForecastMemory(),
            day=TODAY,
        )
    assert found.forecast is not None
    return run, found.forecast


def load(database: Database, run: LaterRun) -> None:
    create_tables(database.connection, "5.3")
    visits = run.tables.get("log_visit")
    if visits is not None:
        create_visits(
            database.connection, *((cast("int", site), str(at)) for site, at in visits.rows)
        )
    with recordings.utc_session(database.connection):
        database.run("SET SESSION sql_mode = ''")
        for table, content in run.tables.items():
            if table != "log_visit":
                recordings.insert(database.connection, f"matomo_{table}", content)
    database.connection.commit()


@pytest.mark.parametrize(
    "name", ["midrun-521pdo-survives-1G", "s08-521-108sites-pdo", "s02-stub-100idle-C3"]
)
def test_rows_added_within_3_percent_and_the_peak_within_7(database: Database, name: str) -> None:
    run, found = foretold(database, name)
    totals = found.configured.totals
    assert found.daily == pytest.approx(run.totals["rows_inserted"], rel=0.03)
    assert totals.peak == pytest.approx(run.totals["peak_bytes"], rel=0.07)
    assert found.configured.death is None


def test_with_visits_known_the_rows_of_a_run_are_equal_to_the_unit(database: Database) -> None:
    run, found = foretold(database, "midrun-521pdo-survives-1G")
    totals = found.configured.totals
    assert (totals.taken, totals.skips, totals.selects) == (
        run.totals["taken"],
        run.totals["overlap_skips"],
        run.totals["selects"],
    )


def test_the_run_that_died_dies_at_the_site_where_it_did(database: Database) -> None:
    run, found = foretold(database, "midrun-580-dies-64M")
    configured = found.configured
    assert configured.dies_in == "run"
    assert configured.death_site == pytest.approx(run.totals["last_site_started"], rel=0.05)
    assert configured.death is not None
    assert configured.death.archives == pytest.approx(run.totals["archived"], rel=0.05)
    assert found.daily == 120 * 4  # today and yesterday, both without visits


def test_the_scheduled_re_archiving_kills_the_run_before_it_works(database: Database) -> None:
    run, found = foretold(database, "s05-stub-expansion-48M")
    assert run.totals["taken"] == run.totals["sites_started"] == 0
    assert (found.configured.dies_in, found.configured.safe_archives) == ("expansion", 0)


def test_a_segments_rows_are_at_its_own_site_only(database: Database) -> None:
    """Every site's 76 rows of the re-archiving and its own; site 2 has two segments."""
    run, found = foretold(database, "r01-segback-C3", rearchive_last_n_months=1)
    assert found.rearchived == 630
    assert found.rearchived + found.daily == pytest.approx(run.totals["rows_inserted"], abs=1)


def test_only_the_sites_that_the_run_before_left_are_taken(database: Database) -> None:
    """Rows of its own come because archives were not recorded; none of the nine is taken."""
    run, found = foretold(database, "r11-stop1s-C3")
    assert found.configured.totals.sites == run.totals["sites_started"] == 6
    assert found.configured.totals.taken == found.daily


@pytest.mark.parametrize("name", ["r05-inval-gaps-C3", "r07-stuck-C3", "s01-stub-plugins-C3"])
def test_peaks_of_the_others_are_within_7_percent(database: Database, name: str) -> None:
    run, found = foretold(database, name)
    assert found.configured.totals.peak == pytest.approx(run.totals["peak_bytes"], rel=0.07)


def test_a_schedule_that_was_read_is_what_the_run_expands(database: Database) -> None:
    run = later_runs.load("r16-hits-idle-C3")
    load(database, run)
    rows = database.run(
        "SELECT CAST(option_value AS BINARY) FROM matomo_option WHERE option_name = 'ReArchiveList'"
    )
    (entry,) = rearchive_list.parse(bytes(cast("bytes", rows[0][0])))
    assert entry.sites == (2, 6, 8)
