"""The predicted rest of recorded runs, by each source: processes, log, rows.

Recordings of Matomo 5.8.0 and 5.2.1: at every moment after a quarter of the run each source must
give the place where the run dies, and its memory.
"""

import math
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from tests.conftest import Database
from tests.support import later_runs, midrun
from tests.support.midrun import DIES, SURVIVES, TWO
from tests.support.watched import WAYS, Watched, Way


@pytest.mark.parametrize("way", WAYS)
def test_where_a_run_dies_is_known_within_5_percent(
    database: Database, tmp_path: Path, way: Way
) -> None:
    """Dead at site 87 after 1,892 archives. Its memory is near what PHP said itself."""
    run = midrun.load(DIES)
    for point, found in Watched(database, run, tmp_path, way).all():
        assert found.rest is not None
        position, forecast = found.rest.position, found.rest.forecast
        assert position is not None
        assert forecast.death is not None
        assert position.model == pytest.approx(point["archivers"][0]["usage"], rel=0.03)
        assert forecast.death_site == pytest.approx(87, rel=0.05)
        built = position.start.held.archives + forecast.death.archives
        assert built == pytest.approx(1892, rel=0.05)


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_survives_does_and_its_peak_is_within_7_percent(
    database: Database, tmp_path: Path, way: Way
) -> None:
    run = midrun.load(SURVIVES)
    for _, found in Watched(database, run, tmp_path, way).all():
        assert found.rest is not None
        assert found.rest.forecast.death is None
        assert found.rest.forecast.totals.peak == pytest.approx(189_392_816, rel=0.07)
        assert found.rest.end is not None
        assert found.rest.end.outcome == "completed"


@pytest.mark.parametrize("way", WAYS)
def test_with_128m_it_would_die_where_its_memory_was_too_much(
    database: Database, tmp_path: Path, way: Way
) -> None:
    """The 65th chunk was taken after 1,568 rows."""
    run = midrun.load(SURVIVES)
    for point, found in Watched(database, run, tmp_path, way, limit=2**27).all():
        assert found.rest is not None
        assert found.rest.forecast.death is not None
        if 25 <= point["percent"] < 75:
            dead = point["deleted"] + found.rest.forecast.death.archives
            assert dead == pytest.approx(1568, rel=0.05)


@pytest.mark.parametrize("way", WAYS)
def test_two_archivers_on_the_shared_list_survive_where_one_would_die(
    database: Database, tmp_path: Path, way: Way
) -> None:
    """One log of the two is followed: sites that it does not name were taken by the other."""
    run = midrun.load(TWO)
    for _, found in Watched(database, run, tmp_path, way).all():
        assert found.rest is not None
        assert found.rest.forecast.death is None
        assert found.rest.forecast.totals.peak == pytest.approx(53_279_528, rel=0.07)
        if way != "log":
            assert found.count == 2


@pytest.mark.parametrize("number", [0, 1])
def test_either_log_of_two_archivers_tells_the_peak(
    database: Database, tmp_path: Path, number: int
) -> None:
    run = midrun.load(TWO)
    run = replace(run, logs=run.logs[number:])
    watched = Watched(database, run, tmp_path, "log", number=number)
    for point, found in watched.all():
        assert found.rest is not None
        assert found.rest.position is not None
        used = point["archivers"][number]["usage"]
        assert found.rest.position.model == pytest.approx(used, rel=0.03)
        assert found.rest.forecast.totals.peak == pytest.approx(53_279_528, rel=0.07)


@pytest.mark.parametrize("behind", [0, 1, 2, 3, 5, 8, 13, 21, 34])
def test_a_log_that_is_some_lines_behind_tells_nearly_the_same(
    database: Database, tmp_path: Path, behind: int
) -> None:
    """Programs between core:archive and the file hold lines back."""
    run = midrun.load(DIES)
    watched = Watched(database, run, tmp_path, "log", behind=behind)
    found = watched.at(run.points[2])
    watched.end()
    assert found.rest is not None
    assert found.rest.forecast.death_site == pytest.approx(87, rel=0.05)


def test_a_run_that_was_started_with_a_limit_of_archives_is_stopped_by_it(
    database: Database, tmp_path: Path
) -> None:
    """As an operator does after a page: the exporter's own settings know no limit."""
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "process", limit=2**27)
    watched.line += " --max-archives-to-process=1200"
    found = watched.at(run.points[2])
    watched.end()
    assert found.rest is not None
    assert found.rest.end is not None
    assert (found.rest.end.outcome, found.rest.forecast.death) == ("stopped", None)
    assert found.rest.end.archives == pytest.approx(1200 - 1050, abs=80)


def test_a_run_that_was_started_with_less_memory_dies_of_it(
    database: Database, tmp_path: Path
) -> None:
    """The exporter's own settings know the limit of the next run only."""
    run = midrun.load(DIES)
    watched = Watched(database, run, tmp_path, "process", limit=2**30)
    watched.line = watched.line.replace("php", f"php -d memory_limit={run.memory_limit}", 1)
    found = watched.at(run.points[2])
    watched.end()
    assert found.rest is not None
    assert (found.verdict, found.rest.config.memory_limit) == ("dies", run.memory_limit)
    assert found.rest.forecast.death_site == pytest.approx(87, rel=0.05)


def test_a_followed_run_is_forecast_row_by_row(database: Database, tmp_path: Path) -> None:
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "followed")
    watched.begin()
    assert watched.look(midrun.now_before(run)).count == 0
    found = watched.at(run.points[2])
    assert found.run is not None
    assert (found.run.is_followed, found.run.handled) == (True, 1050)
    assert found.run.started == 1795845712
    watched.end()


def test_a_run_that_dies_while_it_expands_re_archivings_is_seen_to(
    database: Database, tmp_path: Path
) -> None:
    """It has begun, and some of its rows are there; the list of re-archivings is not empty yet."""
    run = later_runs.load("s05-stub-expansion-48M")
    midrun.put_tables(database, run.tables)
    began = int(run.now.replace(tzinfo=UTC).timestamp())
    database.run(f"REPLACE INTO matomo_option VALUES ('LastFullArchivingStartTime', '{began}', 0)")
    point = midrun.load(DIES).points[0]
    midrun.put_processes(tmp_path / "proc", point)
    watched = Watched(database, midrun.load(DIES), tmp_path, "process", 48 * 2**20, loaded=True)
    watched.begin()
    found = watched.look(began + 20)
    assert found.rest is not None
    assert (found.rest.position, found.rest.forecast.dies_in) == (None, "expansion")
    assert found.rest.end is not None
    assert (found.rest.end.outcome, found.rest.end.archives) == ("exhausted", 0)
    assert found.chunks is not None
    watched.end()


def test_between_two_simulations_what_was_done_meanwhile_is_taken_off(
    database: Database, tmp_path: Path
) -> None:
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "followed", limit=2**27)
    watched.follow()
    before = watched.at(run.points[1])
    watched.cycle.database_share = watched.cycle.wall_share = 1e-9
    watched.look(run.points[1]["now"] + 1)  # simulated once more, and then not for long
    found = watched.at(run.points[2])
    assert before.rest is not None
    assert found.rest is not None
    assert found.rest.handled == 1050
    assert found.rest.forecast.totals.archives == pytest.approx(2100 - 1050, abs=10)
    assert found.rest.forecast.death is not None
    assert 1050 + found.rest.forecast.death.archives == pytest.approx(1568, rel=0.05)
    assert found.rest.position is not None
    assert found.rest.position.model == pytest.approx(88_869_232, rel=0.03)
    watched.end()


def test_an_exporter_that_starts_between_two_batches_does_not_say_that_none_is_going_on(
    database: Database, tmp_path: Path
) -> None:
    """No row is in progress then, and the run has begun an hour ago."""
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "followed")
    midrun.go_on(database, run.points[2])
    watched.begin()
    now = run.points[2]["now"] + 3600
    assert watched.look(now).count is None
    assert watched.look(now + 300).count is None
    assert watched.look(now + 600).count == 0
    watched.end()


def test_an_exporter_that_comes_later_says_that_it_knows_less(
    database: Database, tmp_path: Path
) -> None:
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "process")
    found = watched.at(run.points[2])
    assert found.run is not None
    assert (found.run.is_followed, found.run.handled, found.run.per_hour) == (False, 0, None)
    watched.end()


def test_while_no_run_is_going_on_the_database_is_asked_nothing(
    database: Database, tmp_path: Path
) -> None:
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "followed")
    watched.follow()
    assert watched.target is not None
    with connect(watched.target.settings.database) as connection:
        facts = replace(server.read(connection), unix_now=int(midrun.now_before(run)) + 10)
        before = connection.busy
        watched.target.current_run.run(connection, facts)
        assert connection.busy == before
    watched.end()


def test_once_the_run_is_over_nothing_is_simulated(database: Database, tmp_path: Path) -> None:
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "followed")
    watched.follow()
    watched.at(run.points[-1])
    database.run("DELETE FROM matomo_archive_invalidations")
    database.run("REPLACE INTO matomo_option VALUES ('LastCompletedFullArchiving', 1795845956, 0)")
    database.connection.commit()
    found = watched.look(1795845960)
    assert (found.count, found.run, found.rest) == (0, None, None)
    watched.end()


def follow_at_once(database: Database, now: int) -> None:
    """A run ends, and another begins."""
    for option, at in (
        ("LastCompletedFullArchiving", now + 5),
        ("LastFullArchivingStartTime", now + 9),
    ):
        database.run(f"REPLACE INTO matomo_option VALUES ('{option}', '{at}', 0)")
    database.connection.commit()


def test_the_rest_of_a_new_run_waits_for_its_share_of_the_time(
    database: Database, tmp_path: Path
) -> None:
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "followed")
    watched.follow()
    assert watched.at(run.points[2]).rest is not None
    now = int(run.points[2]["now"])
    follow_at_once(database, now)
    watched.cycle._due = math.inf
    found = watched.look(now + 20)
    assert found.run is not None
    assert (found.run.started, found.rest) == (now + 9, None)
    watched.cycle._due = 0
    assert watched.look(now + 30).rest is not None
    watched.end()


def test_a_run_right_after_another_takes_nothing_over_from_it(
    database: Database, tmp_path: Path
) -> None:
    """Neither its forecast, which was of another queue, nor its rest where a reading fails."""
    run = midrun.load(SURVIVES)
    watched = Watched(database, run, tmp_path, "followed")
    watched.follow()
    first, now = watched.at(run.points[2]), int(run.points[2]["now"])
    assert first.rest is not None
    assert first.rest.ground.before is not None
    follow_at_once(database, now)
    watched.cycle.database_share = watched.cycle.wall_share = 1e-9
    database.run("RENAME TABLE matomo_site TO matomo_away")
    watched.look(now + 20)
    database.run("RENAME TABLE matomo_away TO matomo_site")
    assert watched.look(now + 30).rest is None
    watched.cycle._due = 0
    second = watched.look(now + 40)
    assert second.run is not None
    assert (second.run.is_followed, second.run.started) == (True, now + 9)
    assert second.rest is not None
    assert second.rest.ground.before is None
    watched.end()
