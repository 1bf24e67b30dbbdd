"""`advise` is short: what it prints on every recorded queue, run and demo fits one screen."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.collecting.situation import situation_of
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.demo import backfill
from matomo_archive_exporter.matomo.advice.advice import Advice, advise
from matomo_archive_exporter.matomo.advice.report import as_lines
from matomo_archive_exporter.settings.options import ArchiverSettings
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support import later_runs, midrun, recordings

MOST_LINES = 40


def advice_on(database: Database, **archiver: Any) -> Advice:
    settings = Settings(database=database.settings, archiver=ArchiverSettings(**archiver))
    with closing(Target(settings)) as target:
        read_target(target)
        situation = situation_of(target)
    assert situation is not None
    return advise(situation)


def assert_brief(advice: Advice) -> None:
    """The verdict on top, the first command below it, no more than a screen."""
    lines = [*as_lines(advice)]
    assert len(lines) <= MOST_LINES, "\n".join(lines)
    assert lines[0].startswith(("RISK: ", "NOT KNOWN ", "OK", "NO LIMIT: "))
    commands = [line for remedy in advice.remedies[:1] for line in remedy.run]
    assert [line.strip() for line in lines if line.strip() in commands][: len(commands)] == commands


@pytest.mark.parametrize("name", recordings.names())
def test_on_a_recorded_queue(database: Database, name: str) -> None:
    recordings.load(database.connection, name)
    assert_brief(advice_on(database))


@pytest.mark.parametrize("name", later_runs.names())
def test_on_a_queue_of_a_later_run(database: Database, name: str) -> None:
    midrun.put_tables(database, later_runs.load(name).tables)
    assert_brief(advice_on(database))


@pytest.mark.parametrize("point", [0, 2, 4])
@pytest.mark.parametrize("name", [midrun.DIES, midrun.SURVIVES, midrun.TWO])
def test_in_the_middle_of_a_run(database: Database, tmp_path: Path, name: str, point: int) -> None:
    run = midrun.load(name)
    midrun.put_tables(database, run.tables)
    midrun.go_on(database, run.points[point])
    midrun.put_processes(tmp_path / "proc", run.points[point])
    database.run(f"SET GLOBAL init_connect = 'SET timestamp = {int(run.points[point]['now'])}'")
    try:
        assert_brief(advice_on(database, proc_path=tmp_path / "proc", memory_limit="64M"))
        assert_brief(advice_on(database, memory_limit="64M"))
    finally:
        database.run("SET GLOBAL init_connect = ''")


def test_on_the_demo(database: Database) -> None:
    backfill.load(database.connection)
    assert_brief(advice_on(database))
