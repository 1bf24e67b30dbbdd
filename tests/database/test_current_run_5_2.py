"""The rest of runs of Matomo 5.2.0, whose queue does not say who works on a row.

The rows, the log and the memory at a moment of a run are put together from its recorded verdicts.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from matomo_archive_exporter.matomo.runs.current_run import CurrentRun
from matomo_archive_exporter.matomo.runs.followed_run import AtWork, Following
from matomo_archive_exporter.matomo.runs.signs import Signs
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.simulation import current_run
from tests.conftest import Database
from tests.support import moments
from tests.support.moments import Moments
from tests.support.queue_rows import Row, add
from tests.support.schemas import Form, create_tables
from tests.support.visit_rows import create_visits
from tests.support.watched import WAYS, Watched, Way

SURVIVE = ("case-02", "case-06a", "case-08c")
DIES = "case-07-128M"
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def seen(
    database: Database, folder: Path, way: Way, moments: Moments, limit: int, share: float = 0.5
) -> CurrentRun:
    days = sorted({row["date1"] for row in moments.queue.values()})
    visits = [f"{day} 00:10:00" for day in (days[0], *days[-2:])]
    create_visits(database.connection, *((site, at) for site in moments.sites for at in visits))
    watched = Watched(database, moments.seen_at(share), folder, way, limit)
    ((_, found),) = watched.all()
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SURVIVE)
def test_a_run_without_a_limit_survives_and_its_peak_is_within_8_percent(
    database: Database, tmp_path: Path, name: str, way: Way
) -> None:
    recorded = moments.load(name)
    found = seen(database, tmp_path, way, recorded, 2**40)
    assert found.rest is not None
    assert (found.count, found.verdict) == (1, "survives")
    assert found.rest.forecast.totals.peak == pytest.approx(recorded.run.peak_bytes, rel=0.08)


@pytest.mark.parametrize("share", [0.25, 0.35])
@pytest.mark.parametrize("name", SURVIVE)
def test_the_memory_of_the_process_covers_rows_that_were_not_counted(
    database: Database, tmp_path: Path, name: str, share: float
) -> None:
    recorded = moments.load(name)
    found = seen(database, tmp_path, "process", recorded, 2**40, share)
    assert found.rest is not None
    assert found.rest.forecast.totals.peak == pytest.approx(recorded.run.peak_bytes, rel=0.07)


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_dies_does_so_at_its_row_within_5_percent(
    database: Database, tmp_path: Path, way: Way
) -> None:
    recorded = moments.load(DIES)
    found = seen(database, tmp_path, way, recorded, 2**27)
    assert found.rest is not None
    death = found.rest.forecast.death
    assert death is not None
    assert recorded.at(0.5)["deleted"] + death.archives == pytest.approx(2224, rel=0.05)


def at_work_since_nine(database: Database, now: int) -> AtWork:
    """Rows in progress of a run that began at nine."""
    database.connection.commit()
    with connect(database.settings) as connection:
        return current_run.at_work(connection, int(NINE.timestamp()), now)


@pytest.mark.parametrize("form", get_args(Form))
def test_owners_of_rows_in_progress_are_read_where_the_table_has_them(
    database: Database, form: Form
) -> None:
    create_tables(database.connection, form)
    at_work = Row(status=1, ts_started="2026-11-23 10:00:00")
    before = Row(idsite=9, status=1, ts_started="2026-11-23 08:00:00")
    add(database.connection, at_work, at_work, replace(at_work, idsite=2), before)
    if form == "5.3":
        database.run("UPDATE matomo_archive_invalidations SET processing_host = 'web'")
        database.run("UPDATE matomo_archive_invalidations SET process_id = idsite")
    now = int(NINE.timestamp()) + 5400
    found = at_work_since_nine(database, now)
    owners = {"web 1", "web 2"} if form == "5.3" else set()
    assert found == AtWork(now, 0 if owners else 2, frozenset(owners))


@pytest.mark.parametrize("form", get_args(Form))
def test_a_row_that_a_failed_request_left_at_an_earlier_site_is_no_second_archiver(
    database: Database, form: Form
) -> None:
    """From 5.3.0 on both are of one process; before, the older one proves nothing after an hour."""
    create_tables(database.connection, form)
    failed = Row(status=1, ts_started="2026-11-23 09:50:00")
    add(database.connection, failed, replace(failed, idsite=7, ts_started="2026-11-23 10:59:00"))
    if form == "5.3":
        database.run("UPDATE matomo_archive_invalidations SET processing_host='web', process_id=7")
    began, now = int(NINE.timestamp()), int(NINE.timestamp()) + 7200
    signs = Signs(now, 0, 2, began, newest_started=now - 60)
    look = at_work_since_nine(database, now)
    assert Following().on(signs).at_work(look).count == 1
