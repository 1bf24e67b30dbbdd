"""Rows in progress by the process that works on them (columns of Matomo 5.3.0 and later)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.collecting.target import Target
from tests.conftest import Database
from tests.support.archive_rows import create_month
from tests.support.command_lines import ARCHIVER
from tests.support.figures import Samples, read, target_of
from tests.support.numbers import numbers
from tests.support.process import wait_until
from tests.support.real_processes import running
from tests.support.schemas import create_tables

STUCK = "matomo_archive_stuck_invalidations"
HOST = "web-1"
NO_OWNERS, PAST = {("never_started",): 0, ("past_recovery_timeout",): 0}, ("past_recovery_timeout",)


@pytest.fixture
def matomo(database: Database) -> Database:
    """The tables of a Matomo 5.3.0 or later."""
    create_tables(database.connection, "5.3")
    create_month(database.connection, "2026_11")
    return database


@pytest.fixture
def archiver() -> Iterator[int]:
    """A core:archive that runs on this machine."""
    with running(ARCHIVER) as (pid,):
        command_line = Path("/proc", str(pid), "cmdline")
        wait_until(command_line.read_bytes, "the archiver runs")
        yield pid


@pytest.fixture
def ended() -> int:
    """The id of a process that is gone."""
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


def add(
    database: Database, pid: object, minutes: int, rows: int = 1, host: str = HOST, date: int = 1
) -> None:
    """Rows in progress since so many minutes."""
    for number in range(rows):
        database.run(
            "INSERT INTO matomo_archive_invalidations (name, idsite, date1, date2, period,"
            " ts_invalidated, ts_started, status, processing_host, process_id)"
            f" VALUES ('done', 1, '2026-11-{date + number:02}', '2026-11-{date + number:02}', 1,"
            f" UTC_TIMESTAMP(), NOW() - INTERVAL {minutes} MINUTE, 1, '{host}', '{pid}')"
        )


def watching(database: Database, proc: Path = Path("/proc")) -> Target:
    return target_of(database.settings, archiver={"proc_path": proc})


def stuck(target: Target) -> Samples:
    return read(target)[STUCK]


def test_rows_of_a_process_that_is_gone_are_stuck_from_the_second_reading_on(
    matomo: Database, archiver: int, ended: int
) -> None:
    add(matomo, archiver, minutes=0)
    add(matomo, ended, minutes=30, rows=3, date=10)
    target = watching(matomo)
    assert stuck(target) == NO_OWNERS | {("owner_gone",): 0}
    assert stuck(target) == NO_OWNERS | {("owner_gone",): 3}
    matomo.run(f"DELETE FROM matomo_archive_invalidations WHERE process_id = '{ended}'")
    assert stuck(target) == NO_OWNERS | {("owner_gone",): 0}


def test_without_a_proc_or_one_that_hides_processes_there_is_no_series(
    matomo: Database, archiver: int, tmp_path: Path
) -> None:
    add(matomo, archiver, minutes=0)
    for target in (target_of(matomo.settings), watching(matomo, tmp_path)):
        assert [stuck(target), stuck(target)] == [NO_OWNERS, NO_OWNERS]


def test_before_5_3_there_are_no_owners(database: Database, archiver: int) -> None:
    create_tables(database.connection, "5.2.0")
    target = watching(database)
    assert [stuck(target), stuck(target)] == [NO_OWNERS, NO_OWNERS]
    assert read(target).success("queue")


def test_owners_change_no_other_figure(matomo: Database, archiver: int, ended: int) -> None:
    add(matomo, archiver, minutes=0, rows=2)
    add(matomo, ended, minutes=30, rows=3, date=10)
    add(matomo, "", minutes=40, host="", date=20)
    plain, watched = (read(target) for target in (target_of(matomo.settings), watching(matomo)))
    for name in plain:
        if name.startswith("matomo_archive_current_run"):
            continue  # the process tells more
        if name.startswith("matomo_archive_") and "exporter" not in name and name != STUCK:
            assert watched[name] == plain[name], name


def test_owners_are_found_in_a_large_table_too(matomo: Database, archiver: int, ended: int) -> None:
    def queue(count: int) -> None:
        matomo.run(
            "INSERT INTO matomo_archive_invalidations (name, idsite, date1, date2, period,"
            " ts_invalidated) SELECT 'done', 1 + seq MOD 50, '2026-11-01', '2026-11-01', 1,"
            f" UTC_TIMESTAMP() FROM {numbers(count)}"
        )

    add(matomo, ended, minutes=30, rows=2, date=10)
    queue(70_000)
    add(matomo, archiver, minutes=0)
    queue(70_000)
    add(matomo, ended, minutes=20, rows=3, date=10)
    target = watching(matomo)
    stuck(target)
    assert stuck(target) == NO_OWNERS | {("owner_gone",): 5}


def test_a_reading_that_failed_in_between_does_not_count_as_one_in_a_row(
    matomo: Database, archiver: int, ended: int
) -> None:
    add(matomo, archiver, minutes=0)
    add(matomo, ended, minutes=30, date=10)
    target = watching(matomo)
    stuck(target)
    matomo.run("RENAME TABLE matomo_archive_invalidations TO away")
    assert not read(target).success("queue")
    matomo.run("RENAME TABLE away TO matomo_archive_invalidations")
    assert stuck(target)["owner_gone",] == 0
    assert stuck(target)["owner_gone",] == 1
