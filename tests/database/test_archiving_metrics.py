"""Durations from table archiving_metrics, followed as Matomo adds to it and purges from it."""

from collections import Counter
from collections.abc import Callable

import pytest

from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.durations import archiving_metrics
from matomo_archive_exporter.readings.durations.archiving_metrics import (
    MetricsMemory,
    MetricsReading,
)
from tests.conftest import Database
from tests.support.accounts import account
from tests.support.metrics_rows import TABLE, add, add_many, create_table

SEGMENT = "done8ed8a79e4fab70fb95c781aa3c6b327e"
Read = Callable[[], MetricsReading]


def reader(database: Database, memory: MetricsMemory) -> Read:
    def read() -> MetricsReading:
        with connect(database.settings) as connection:
            return archiving_metrics.read(connection, server.read(connection), memory)

    return read


@pytest.fixture
def read(matomo: Database) -> Read:
    return reader(matomo, MetricsMemory())


def count(reading: MetricsReading) -> int:
    return sum(part.count for part in reading.parts)


def newest(reading: MetricsReading) -> dict[tuple[str, str], float]:
    return {(archive.period, archive.scope): archive.seconds for archive in reading.newest}


@pytest.mark.parametrize("with_is_temporary", [True, False])
def test_archives_are_counted_by_period_and_bucket_in_seconds(
    matomo: Database, read: Read, with_is_temporary: bool
) -> None:
    create_table(matomo, with_is_temporary=with_is_temporary)
    read()
    for milliseconds in (0, 1000, 1001, 3_600_000, 3_600_001):
        add(matomo, milliseconds)
    add(matomo, 61_500, period=3, name=SEGMENT)
    add(matomo, 61_500, period=9)
    reading = read()
    found = Counter({(part.period, part.bucket): part.count for part in reading.parts})
    assert found == {("day", 0): 2, ("day", 1): 1, ("day", 6): 1, ("day", 7): 1, ("month", 4): 1}
    seconds = sum(part.seconds for part in reading.parts if part.period == "day")
    assert seconds == pytest.approx(0 + 1 + 1.001 + 3600 + 3600.001)
    assert newest(reading) == {("day", "all_visits"): 3600.001, ("month", "segment"): 61.5}


def test_the_newest_are_known_at_once_but_only_what_comes_later_is_counted(
    matomo: Database, read: Read
) -> None:
    create_table(matomo)
    add(matomo, 5000, ago=50)
    add(matomo, 2000, ago=40, name=SEGMENT)
    add(matomo, 7000, ago=30)
    first = read()
    assert first.is_filled
    assert newest(first) == {("day", "all_visits"): 7.0, ("day", "segment"): 2.0}
    assert count(first) == 0
    add(matomo, 9000)
    second = read()
    assert newest(second) == {("day", "all_visits"): 9.0}
    assert count(second) == 1
    assert count(read()) == 0


def test_without_the_table_or_without_rows_there_is_nothing(matomo: Database, read: Read) -> None:
    assert read() == MetricsReading()
    create_table(matomo)
    assert read() == MetricsReading()
    add(matomo)
    assert count(read()) == 1


def test_a_table_that_this_user_may_not_read_is_no_error(matomo: Database) -> None:
    create_table(matomo)
    add(matomo)
    with account(matomo, "no_metrics") as user:
        user.may_select("matomo_archive_invalidations")
        with connect(user.settings) as connection:
            now = server.read(connection)
            reading = archiving_metrics.read(connection, now, MetricsMemory())
            assert reading == MetricsReading()
            assert not archiving_metrics.is_filled(connection, now)
            assert not connection.has_failed


def test_a_table_that_was_not_added_to_for_two_days_does_not_serve(
    matomo: Database, read: Read
) -> None:
    create_table(matomo)
    add(matomo, ago=2 * 86_400 + 60)
    assert read() == MetricsReading()
    add(matomo, 3000)
    reading = read()
    assert reading.is_filled
    assert (count(reading), newest(reading)) == (1, {("day", "all_visits"): 3.0})


def test_a_table_that_appears_with_old_rows_counts_only_what_is_new(
    matomo: Database, read: Read
) -> None:
    read()
    create_table(matomo)
    add_many(matomo, 50, ts_finished="UTC_TIMESTAMP() - INTERVAL 1 HOUR")
    add(matomo, 3000)
    assert count(read()) == 1
    add(matomo, 3000)
    assert count(read()) == 1


def test_the_purge_of_old_rows_changes_nothing(matomo: Database, read: Read) -> None:
    create_table(matomo)
    add_many(matomo, 500)
    read()
    add_many(matomo, 10)
    matomo.run(f"DELETE FROM {TABLE} WHERE metadataid <= 400")
    assert count(read()) == 10
    matomo.run(f"DELETE FROM {TABLE}")
    assert count(read()) == 0
    add_many(matomo, 3)
    assert count(read()) == 3


def test_rows_of_a_deleted_site_may_be_the_newest(matomo: Database, read: Read) -> None:
    create_table(matomo)
    add_many(matomo, 300, ts_finished="UTC_TIMESTAMP() - INTERVAL 60 SECOND")
    read()
    matomo.run(f"DELETE FROM {TABLE} WHERE metadataid > 150")
    assert count(read()) == 0
    add_many(matomo, 2)
    assert count(read()) == 2


@pytest.mark.parametrize(("before", "after"), [(500, 3), (3, 3), (3, 500), (500, 500)])
def test_a_table_that_was_emptied_is_read_from_its_new_beginning(
    matomo: Database, read: Read, before: int, after: int
) -> None:
    create_table(matomo)
    add_many(matomo, before, ts_finished="UTC_TIMESTAMP() - INTERVAL 60 SECOND")
    read()
    matomo.run(f"TRUNCATE {TABLE}")
    add_many(matomo, after)
    assert count(read()) == after
    add_many(matomo, 2)
    assert count(read()) == 2


def test_a_row_that_comes_later_than_one_with_a_higher_id_is_counted(
    matomo: Database, read: Read
) -> None:
    create_table(matomo)
    add(matomo, metadataid=100)
    read()
    add(matomo, metadataid=102)
    assert count(read()) == 1
    add(matomo, metadataid=101)
    add(matomo, metadataid=103)
    assert count(read()) == 2
    assert count(read()) == 0


@pytest.mark.parametrize("step", ["1", "1000"], ids=["dense", "with gaps"])
def test_a_long_absence_is_caught_up_with_in_bounded_steps(
    matomo: Database, read: Read, step: str
) -> None:
    create_table(matomo)
    add(matomo)
    read()
    add_many(matomo, 100_000, metadataid=f"1 + seq * {step}", total_time="seq")
    matomo.run(f"UPDATE {TABLE} SET total_time = 123456 ORDER BY metadataid DESC LIMIT 1")
    readings = [read() for _ in range(14)]
    assert newest(readings[0]) == {("day", "all_visits"): 123.456}
    counts = [count(reading) for reading in readings]
    assert sum(counts) == 100_000
    assert max(counts) < 100_000
    assert counts[-1] == 0
    total = sum(part.seconds for reading in readings for part in reading.parts)
    assert total == pytest.approx((99_999 * 100_000 / 2 + 123_456) / 1000)


def test_counts_before_a_failure_are_kept(
    matomo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_table(matomo)
    memory = MetricsMemory()
    read = reader(matomo, memory)
    read()
    add_many(matomo, 10)
    with monkeypatch.context() as patch:
        patch.setattr(archiving_metrics, "_ARCHIVES", "SELECT missing FROM {table} -- {ids}")
        with pytest.raises(Exception, match="missing"):
            read()
    add_many(matomo, 5)
    assert count(read()) == 15
    assert count(read()) == 0


def test_the_newest_are_known_although_the_first_reading_failed(
    matomo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_table(matomo)
    add(matomo, 5000)
    read = reader(matomo, MetricsMemory())
    with monkeypatch.context() as patch:
        patch.setattr(archiving_metrics, "_NEWEST", "SELECT missing FROM {table}")
        with pytest.raises(Exception, match="missing"):
            read()
    assert newest(read()) == {("day", "all_visits"): 5.0}


def test_a_large_table_is_never_scanned(matomo: Database, read: Read) -> None:
    create_table(matomo)
    add_many(matomo, 200_000, period="1 + seq MOD 5")
    before = matomo.rows_read()
    assert len(newest(read())) == 5
    at_start = matomo.rows_read()
    assert at_start - before < 20_000
    add_many(matomo, 10)
    between = matomo.rows_read()
    assert count(read()) == 10
    assert matomo.rows_read() - between < 2_000
