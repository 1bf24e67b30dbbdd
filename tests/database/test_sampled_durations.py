"""Durations from the queue and the archive tables alone."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from matomo_archive_exporter.demo.schema import ARCHIVE_NUMERIC, of_month
from matomo_archive_exporter.matomo.durations.durations import FinishedArchive
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.durations import sampled_durations
from matomo_archive_exporter.readings.durations.sampled_durations import SampledMemory
from tests.conftest import Database
from tests.support import queue_rows
from tests.support.numbers import numbers
from tests.support.queue_rows import Row

QUEUE = "matomo_archive_invalidations"
SEGMENT = "done8ed8a79e4fab70fb95c781aa3c6b327e"
MONTH = "2025_02"

Look = Callable[..., tuple[FinishedArchive, ...]]


@pytest.fixture
def archives(matomo: Database) -> Database:
    matomo.run(of_month(ARCHIVE_NUMERIC, MONTH))
    return matomo


def looker(database: Database, memory: SampledMemory | None = None) -> Look:
    memory = memory or SampledMemory()

    def look(*, are_in_progress: bool = True, later: int = 0) -> tuple[FinishedArchive, ...]:
        with connect(database.settings) as connection:
            now = server.read(connection)
            now = replace(now, unix_now=now.unix_now + later)
            return sampled_durations.read(connection, now, memory, are_in_progress=are_in_progress)

    return look


@pytest.fixture
def look(archives: Database) -> Look:
    return looker(archives)


def start(database: Database, ago: int = 0, **columns: object) -> None:
    """A row in progress for `ago` seconds."""
    queue_rows.add(database.connection, replace(Row(status=1), **columns))  # type: ignore[arg-type]
    database.run(
        f"UPDATE {QUEUE} SET ts_started = NOW() - INTERVAL {ago} SECOND"
        " ORDER BY idinvalidation DESC LIMIT 1"
    )


def build(
    database: Database,
    idarchive: int,
    record: str,
    ago: int = 0,
    value: float = 1,
    at: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Write one record of an archive of the day that an ordinary row is about, or of another."""
    of_row = {"idsite": 1, "date1": "'2025-02-28'", "date2": "'2025-02-28'", "period": 1}
    where = {**of_row, **at}
    database.run(
        f"INSERT INTO matomo_archive_numeric_{MONTH}"
        f" (idarchive, name, {', '.join(where)}, ts_archived, value)"
        f" VALUES ({idarchive}, '{record}', {', '.join(map(str, where.values()))},"
        f" UTC_TIMESTAMP() - INTERVAL {ago} SECOND, {value})"
    )


def delete_rows(database: Database) -> None:
    database.run(f"DELETE FROM {QUEUE}")


def kinds(archives: tuple[FinishedArchive, ...]) -> list[tuple[str, str, float]]:
    return [(archive.period, archive.scope, archive.seconds) for archive in archives]


@pytest.mark.parametrize("value", [1, 4, 5])
def test_an_archive_took_from_the_start_of_its_row_to_its_last_record(
    archives: Database, look: Look, value: int
) -> None:
    start(archives, ago=100)
    assert look() == ()
    build(archives, 1, "done", ago=70, value=value)
    build(archives, 1, "nb_visits", ago=70, value=12)
    build(archives, 1, "Goals_99_nb_conversions", ago=40, value=12)
    build(archives, 2, "nb_visits", ago=0, value=12, at={"idsite": 2})
    assert look() == ()
    delete_rows(archives)
    (archive,) = look(are_in_progress=False)
    assert (archive.period, archive.scope) == ("day", "all_visits")
    assert archive.seconds == pytest.approx(60, abs=1)
    assert archive.at == pytest.approx(time.time() - 40, abs=5)
    assert look(are_in_progress=False) == ()


def test_segments_plugins_and_periods_are_counted_separately(
    archives: Database, look: Look
) -> None:
    month = {"period": 3, "date1": "2025-02-01", "date2": "2025-02-28"}
    quoted = {"period": 3, "date1": "'2025-02-01'", "date2": "'2025-02-28'"}
    start(archives, ago=100, name=f"{SEGMENT}.Goals", **month)
    start(archives, ago=100, name=f"{SEGMENT}.Actions", **month)
    look()
    build(archives, 1, f"{SEGMENT}.Goals", ago=90, at=quoted)
    build(archives, 2, SEGMENT, ago=80, at=quoted)
    build(archives, 3, "done.Goals", ago=70, at=quoted)
    delete_rows(archives)
    ((period, scope, seconds),) = kinds(look())
    assert (period, scope) == ("month", "segment")
    assert seconds == pytest.approx(10, abs=1)


def test_a_failed_row_gives_no_duration(archives: Database, look: Look) -> None:
    start(archives, ago=100)
    look()
    build(archives, 1, "done", ago=50)
    archives.run(f"UPDATE {QUEUE} SET status = 0")
    assert look() == ()
    delete_rows(archives)
    assert look() == ()


@pytest.mark.parametrize(
    ("ago", "value"), [(150, 1), (50, 2), (50, 3), (50, 6)], ids=["older", "2", "3", "6"]
)
def test_an_older_or_unfinished_archive_gives_none(
    archives: Database, look: Look, ago: int, value: int
) -> None:
    start(archives, ago=100)
    look()
    build(archives, 1, "done", ago=ago, value=value)
    delete_rows(archives)
    assert look() == ()


def test_an_older_archive_beside_the_rows_own_is_passed_over(
    archives: Database, look: Look
) -> None:
    start(archives, ago=100)
    look()
    build(archives, 1, "done", ago=150, value=4)
    build(archives, 2, "done", ago=30)
    delete_rows(archives)
    ((_, _, seconds),) = kinds(look())
    assert seconds == pytest.approx(70, abs=1)


def test_a_row_that_was_deleted_without_an_archive_gives_none(
    archives: Database, look: Look
) -> None:
    start(archives, ago=100)
    start(archives, ago=100, date1="2019-01-01", date2="2019-01-01")
    look()
    delete_rows(archives)
    assert look() == ()


def test_a_row_started_again_counts_from_its_second_start(archives: Database, look: Look) -> None:
    start(archives, ago=300)
    look()
    archives.run(f"UPDATE {QUEUE} SET ts_started = NOW() - INTERVAL 20 SECOND")
    look(are_in_progress=False)
    build(archives, 1, "done", ago=10)
    delete_rows(archives)
    ((_, _, seconds),) = kinds(look())
    assert seconds == pytest.approx(10, abs=1)


def test_after_a_long_gap_an_archive_may_be_another_one(archives: Database, look: Look) -> None:
    start(archives, ago=100)
    look()
    build(archives, 1, "done", ago=50)
    delete_rows(archives)
    assert look(later=901) == ()


def test_rows_without_a_start_are_left_alone(archives: Database, look: Look) -> None:
    queue_rows.add(archives.connection, Row(status=1))
    assert look() == ()
    build(archives, 1, "done")
    delete_rows(archives)
    assert look() == ()


def test_nothing_is_looked_for_while_nothing_is_in_progress(archives: Database, look: Look) -> None:
    start(archives, ago=100)
    look(are_in_progress=False)
    build(archives, 1, "done", ago=50)
    delete_rows(archives)
    assert look() == ()


@pytest.mark.parametrize("zone", ["+10:00", "-08:00"])
def test_the_servers_zone_plays_no_role(archives: Database, look: Look, zone: str) -> None:
    before = str(archives.run("SELECT @@global.time_zone")[0][0])
    archives.run(f"SET GLOBAL time_zone = '{zone}'")
    try:
        queue_rows.add(archives.connection, Row(status=1))
        archives.run(
            f"UPDATE {QUEUE} SET ts_started = CONVERT_TZ("
            f"UTC_TIMESTAMP() - INTERVAL 100 SECOND, '+00:00', '{zone}')"
        )
        look()
        build(archives, 1, "done", ago=50)
        delete_rows(archives)
        ((_, _, seconds),) = kinds(look())
        assert seconds == pytest.approx(50, abs=1)
    finally:
        archives.run(f"SET GLOBAL time_zone = '{before}'")


def test_a_table_too_large_for_one_look_is_looked_through_a_part_each_time(
    archives: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampled_durations, "_MOST_SECONDS", 0.0)
    memory = SampledMemory()
    look = looker(archives, memory)
    archives.run(
        f"INSERT INTO {QUEUE} (name, idsite, date1, date2, period, status)"
        f" SELECT 'done', 2, '2025-02-01', '2025-02-01', 1, 0 FROM {numbers(120_000)}"
    )
    start(archives, ago=100)
    look()
    assert memory.rows == {}
    looks = 1
    while not memory.rows:
        look()
        looks += 1
        assert looks < 5
    # Its site is known now: a second row there is seen in any part.
    start(archives, ago=100, date1="2025-02-27", date2="2025-02-27")
    look()
    assert len(memory.rows) == 2
