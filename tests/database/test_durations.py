"""The choice of the source of durations. No archive counts twice."""

from collections.abc import Iterable

import pytest

from matomo_archive_exporter.demo.schema import ARCHIVE_NUMERIC, of_month
from matomo_archive_exporter.matomo.durations.durations import FinishedArchive
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.durations import durations
from matomo_archive_exporter.readings.durations.durations import DurationsMemory, DurationsReading
from tests.conftest import Database
from tests.support import queue_rows
from tests.support.metrics_rows import add, create_table
from tests.support.queue_rows import Row

QUEUE = "matomo_archive_invalidations"
FROM_LOG = FinishedArchive("week", "segment", 2.5, 1000)


class Reader:
    """Readings of one database, one after the other."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.memory = DurationsMemory()

    def read(self, log: Iterable[FinishedArchive] | None = None) -> DurationsReading:
        with connect(self.database.settings) as connection:
            now = server.read(connection)
            return durations.read(connection, now, self.memory, log=log, are_in_progress=True)

    def source(self, *, has_log: bool) -> str:
        with connect(self.database.settings) as connection:
            return durations.source(connection, server.read(connection), has_log=has_log)


@pytest.fixture
def reader(matomo: Database) -> Reader:
    matomo.run(of_month(ARCHIVE_NUMERIC, "2025_02"))
    return Reader(matomo)


def counts(reading: DurationsReading) -> dict[str, int]:
    """Archives by period, without zeros."""
    found = {label: sum(histogram.counts) for label, histogram in reading.histograms.items()}
    return {label: number for label, number in found.items() if number}


def start_row(database: Database) -> None:
    queue_rows.add(database.connection, Row(status=1))
    database.run(f"UPDATE {QUEUE} SET ts_started = NOW() - INTERVAL 20 SECOND")


def finish_row(database: Database, idarchive: int = 1) -> None:
    database.run(
        "INSERT INTO matomo_archive_numeric_2025_02"
        " (idarchive, name, idsite, date1, date2, period, ts_archived, value)"
        f" VALUES ({idarchive}, 'done', 1, '2025-02-28', '2025-02-28', 1, UTC_TIMESTAMP(), 1)"
    )
    database.run(f"DELETE FROM {QUEUE}")


def test_the_table_of_the_plugin_comes_first(reader: Reader) -> None:
    create_table(reader.database)
    add(reader.database, 4000)
    assert reader.source(has_log=True) == "archiving_metrics"
    reading = reader.read([FROM_LOG])
    assert reading.source == "archiving_metrics"
    assert {key: archive.seconds for key, archive in reading.newest.items()} == {
        ("day", "all_visits"): 4.0
    }
    assert counts(reading) == {}
    add(reader.database, 5000)
    assert counts(reader.read([FROM_LOG])) == {"day": 1}


def test_an_empty_table_of_the_plugin_does_not_serve(reader: Reader) -> None:
    create_table(reader.database)
    assert reader.source(has_log=True) == "log"
    reading = reader.read([FROM_LOG])
    assert reading.source == "log"
    assert reading.newest == {("week", "segment"): FROM_LOG}
    assert counts(reading) == {"week": 1}


def test_the_log_serves_from_its_first_archive_on(reader: Reader) -> None:
    assert reader.read([]).source == "database"
    assert reader.read([FROM_LOG]).source == "log"
    assert reader.read([]).source == "log"
    assert reader.read(None).source == "database"


def test_without_both_the_queue_is_sampled(reader: Reader) -> None:
    assert reader.source(has_log=False) == "database"
    start_row(reader.database)
    reader.read()
    finish_row(reader.database)
    reading = reader.read()
    assert reading.source == "database"
    assert counts(reading) == {"day": 1}
    assert reading.newest["day", "all_visits"].seconds == pytest.approx(20, abs=1)
    assert counts(reader.read()) == {"day": 1}


def test_an_archive_that_two_sources_tell_of_is_counted_once(reader: Reader) -> None:
    start_row(reader.database)
    reader.read([])
    finish_row(reader.database)
    reported = FinishedArchive("day", "all_visits", 20.0, 1000)
    assert counts(reader.read([reported])) == {"day": 1}
    assert counts(reader.read(None)) == {"day": 1}


def test_the_plugin_taking_over_counts_nothing_twice(reader: Reader) -> None:
    create_table(reader.database)
    start_row(reader.database)
    reader.read()
    add(reader.database, 20_000)
    finish_row(reader.database)
    assert counts(reader.read()) == {"day": 1}
    assert counts(reader.read()) == {"day": 1}


def test_the_newest_stays_when_the_source_changes(reader: Reader) -> None:
    reader.read([FROM_LOG])
    reading = reader.read(None)
    assert reading.source == "database"
    assert reading.newest == {("week", "segment"): FROM_LOG}
