"""Forecasts from the tables alone, compared with recorded runs."""

from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import pytest

from matomo_archive_exporter.matomo.simulation import rearchive_list
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import forecast
from matomo_archive_exporter.readings.simulation.forecast import ForecastMemory
from tests.conftest import Database
from tests.support import recorded_runs, recordings
from tests.support.queue_rows import Row, add
from tests.support.recorded_runs import RecordedRun, load
from tests.support.visit_rows import create_visits

UPDATE = "update-5.1.2-to-5.2.0"
DIED = {"case-07-128M", "log-info-main-oom-midrun"}
NOTHING_LOGGED = {"log-info-normal"}
"""how many rows it handled is not known, only that all were"""

# Visits, since table log_visit was not recorded; the first of each site is its first visit.
VISITS = {
    "case-13": ("2026-10-01 00:10:00", "2026-11-22 10:00:00", "2026-11-23 02:00:00"),
    UPDATE: ("2026-10-01 00:10:00", "2026-11-22 10:00:00", "2026-11-23 02:00:00"),
}


@dataclass(frozen=True, slots=True)
class Apart:
    """A run that differs from its tables: forecast rows and SELECTs, and the reason."""

    handled: int
    selects: int
    reason: str


ANSWERED_ONLY = (
    "Its children answered without writing archives. So rows of single plugins for periods that"
    " hold today were archived, which Matomo deletes once the archive of all plugins is there."
)
APART = {
    "case-06a": Apart(685, 1461, "Site 8 never had a visit, so it added no rows of its own."),
    "case-10": Apart(5000, 5980, ANSWERED_ONLY),
    "case2-01a": Apart(72, 302, ANSWERED_ONLY),
}

MYSQLI = ArchiverConfig("MYSQLI")


def read(
    database: Database, config: ArchiverConfig, known: RunsReading, day: date | None = None
) -> Forecast:
    with connect(database.settings) as connection:
        found = forecast.read(
            connection, server.read(connection), config, known, ForecastMemory(), day=day
        )
    assert found.forecast is not None
    return found.forecast


def predicted(database: Database, name: str, run: RecordedRun, **changes: object) -> Forecast:
    """From the tables of a recording, for a run like the recorded one."""
    recordings.load(database.connection, name)
    if name in VISITS and changes.pop("with_visits", False):
        sites = [cast("int", n) for (n,) in database.run("SELECT idsite FROM matomo_site")]
        create_visits(database.connection, *((site, at) for site in sites for at in VISITS[name]))
    config = ArchiverConfig(run.adapter, run.concurrent_requests)
    known = RunsReading(run.matomo, rearchivings=scheduled(database))
    changed = replace(config, **changes)  # type: ignore[arg-type]
    return read(database, changed, known, run.today)


def scheduled(database: Database) -> tuple[rearchive_list.ReArchiving, ...]:
    rows = database.run(
        "SELECT CAST(option_value AS BINARY) FROM matomo_option WHERE option_name = 'ReArchiveList'"
    )
    return rearchive_list.parse(bytes(cast("bytes", rows[0][0]))) if rows else ()


def handled(totals: Totals) -> int:
    """Rows that left the queue."""
    return totals.archives + totals.duplicates + totals.deleted


def recorded(run: RecordedRun) -> int:
    assert run.taken is not None
    assert run.duplicates_dropped is not None
    return run.taken + run.duplicates_dropped + sum((run.other_verdicts or {}).values())


def near(expected: int) -> object:
    return pytest.approx(expected, rel=0.03, abs=10)


WHOLE = [
    name
    for name in recorded_runs.names()
    if name not in DIED | NOTHING_LOGGED and name not in {*APART, *VISITS}
]


@pytest.mark.parametrize("name", WHOLE)
def test_rows_and_selects_of_a_run_follow_from_the_tables(database: Database, name: str) -> None:
    run = load(name)
    totals = predicted(database, name, run).configured.totals
    assert handled(totals) == near(recorded(run))
    assert totals.selects == near(run.selects)


def test_those_of_a_run_that_left_no_detailed_log_too(database: Database) -> None:
    totals = predicted(database, "log-info-normal", load("log-info-normal")).configured.totals
    assert totals.selects == load("log-info-normal").selects
    assert handled(totals) == 42


@pytest.mark.parametrize("name", APART)
def test_where_the_tables_do_not_tell_there_is_a_reason(database: Database, name: str) -> None:
    run, apart = load(name), APART[name]
    totals = predicted(database, name, run).configured.totals
    assert (handled(totals), totals.selects) == (apart.handled, apart.selects)
    is_near = handled(totals) == near(recorded(run)) and totals.selects == near(run.selects)
    assert not is_near, "no longer apart: to be taken out of the list"
    assert (run.children == "answered at once") or apart.reason is not ANSWERED_ONLY


@pytest.mark.parametrize("name", [name for name in recorded_runs.names() if name not in DIED])
def test_the_peak_of_a_run_is_not_above_the_highest_by_more_than_a_tenth(
    database: Database, name: str
) -> None:
    run = load(name)
    found = predicted(database, name, run)
    assert not found.knows_visits
    assert found.lowest_peak <= run.peak_bytes <= 1.1 * found.full_queue_peak


@pytest.mark.parametrize(
    ("name", "limit"), [("case-07-128M", 128), ("log-info-main-oom-midrun", 27)]
)
def test_a_run_that_died_is_foretold_to(database: Database, name: str, limit: int) -> None:
    run = load(name)
    found = predicted(database, name, run, memory_limit=limit << 20).configured
    assert found.death is not None
    assert found.death.selects == pytest.approx(run.selects, rel=0.07)


# An update that queues everything


@pytest.mark.parametrize("name", ["case-13", UPDATE])
def test_the_update_to_5_2_0_handles_3726_rows(database: Database, name: str) -> None:
    """The tables of the one were recorded before its rows were queued, of the other after."""
    run = load("case-13")
    found = predicted(database, name, run)
    totals = found.configured.totals
    assert handled(totals) == recorded(run) == 3726
    assert found.rearchived == (3660 if name == UPDATE else 0)
    assert found.lowest_peak < run.peak_bytes == 178_003_080 < found.configured.totals.peak


def test_of_these_976_are_deleted_as_foreign(database: Database) -> None:
    """The other 22 that are deleted are single plugins' of periods that hold today."""
    run = load("case-13")
    assert (run.other_verdicts or {})["segment_not_auto"] == 976
    assert predicted(database, UPDATE, run).configured.totals.deleted == 976 + 22
    database.run("UPDATE matomo_segment SET enable_only_idsite = 0")
    config = ArchiverConfig(run.adapter, run.concurrent_requests)
    known = RunsReading(run.matomo, rearchivings=scheduled(database))
    everywhere = read(database, config, known, run.today)
    assert everywhere.configured.totals.deleted < 100


@pytest.mark.parametrize("name", ["case-13", UPDATE])
def test_once_visits_are_known_so_is_the_peak(database: Database, name: str) -> None:
    run = load("case-13")
    found = predicted(database, name, run, with_visits=True)
    assert found.knows_visits
    assert found.lowest_peak == found.configured.totals.peak
    assert found.configured.totals.peak == pytest.approx(run.peak_bytes, rel=0.1)
    assert handled(found.configured.totals) == near(recorded(run))
    assert found.configured.totals.selects == near(run.selects)


# Sites


def test_rows_of_deleted_sites_are_not_simulated(database: Database) -> None:
    run = load("case-01")
    before = predicted(database, "case-01", run)
    add(database.connection, *(Row(idsite=site, date1="2026-05-05") for site in (0, 2, 99)))
    config = ArchiverConfig(run.adapter, run.concurrent_requests)
    assert read(database, config, RunsReading(run.matomo), run.today) == before


def test_sites_without_rows_have_their_turn_too(database: Database) -> None:
    recordings.load(database.connection, "healthy-day-before-a-run")
    database.run("DELETE FROM matomo_archive_invalidations WHERE idsite <> 4")
    totals = read(database, MYSQLI, RunsReading("5.2.0")).configured.totals
    assert totals.sites == 10
    assert totals.selects >= 10


def test_a_queue_that_is_longer_than_is_looked_at_gives_a_lower_bound(database: Database) -> None:
    run = load("case-10")
    whole = predicted(database, "case-10", run)
    part = predicted(database, "case-10", run, most_rows=1_000)
    assert whole.is_exact
    assert not part.is_exact
    assert 1_000 < part.configured.totals.archives < whole.configured.totals.archives


# Other inputs


def test_days_that_are_remembered_bring_rows_and_impossible_ones_none(database: Database) -> None:
    recordings.load(database.connection, "case-01")
    today = load("case-01").today
    remembered = frozenset({(1, "2026-06-03"), (1, "2026-02-30"), (99, "2026-06-03")})
    without = read(database, MYSQLI, RunsReading("5.2.0"), today)
    found = read(database, MYSQLI, RunsReading("5.2.0", remembered=remembered), today)
    assert found.daily - without.daily == 3  # its year is queued


def test_a_site_whose_creation_is_no_time_counts_as_one_that_was_always_there(
    database: Database,
) -> None:
    recordings.load(database.connection, "case-01")
    known, today = RunsReading("5.2.0"), load("case-01").today
    before = read(database, MYSQLI, known, today)
    database.run("SET SESSION sql_mode = ''")
    database.run("UPDATE matomo_site SET ts_created = '0000-00-00 00:00:00'")
    assert read(database, MYSQLI, known, today) == before


def test_for_a_matomo_without_known_rules_there_is_a_reason_instead(database: Database) -> None:
    with connect(database.settings) as connection:
        found = forecast.read(
            connection, server.read(connection), MYSQLI, RunsReading("unknown"), ForecastMemory()
        )
    assert found.forecast is None
    assert found.config is MYSQLI
    assert found.reason == "this Matomo has a version that is not understood"
