"""The statements of a reading: bounded, read-only, one at a time."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pytest

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError, ReadingStopped
from tests.conftest import USER, Database, new_database
from tests.support import recordings
from tests.support.archive_rows import create_month
from tests.support.figures import read, shown, target_of
from tests.support.numbers import unordered_numbers
from tests.support.private_server import PrivateServer
from tests.support.process import wait_until
from tests.support.servers import ServerKind

QUEUE = "matomo_archive_invalidations"
COLLECTORS = ("queue", "runs", "archives")


@pytest.fixture(scope="module")
def watched(server_kind: ServerKind) -> Iterator[PrivateServer]:
    """A server that logs every statement and knows what its clients call themselves."""
    with server_kind.private(["--performance-schema=ON", "--log-output=TABLE"]) as server:
        yield server


@pytest.fixture
def busy(watched: PrivateServer) -> Iterator[Database]:
    """A Matomo with work in its queue, and an archive table, on that server."""
    made = new_database(watched)
    recordings.load(made.connection, "case-06a")
    create_month(made.connection, "2026_11", ("done", 1, "2026-11-20 08:00:00", 1))
    yield made
    made.connection.close()


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the exporter, as the server logged it."""

    connection: int
    text: str


def logged(database: Database) -> list[Statement]:
    """The statements of the exporter's user in one reading, in order."""
    database.run("TRUNCATE TABLE mysql.general_log")
    database.run("SET GLOBAL general_log = ON")
    try:
        figures = read(target_of(database.settings, collect={"top_sites": 5}))
    finally:
        database.run("SET GLOBAL general_log = OFF")
    assert all(figures.success(name) for name in COLLECTORS)
    rows = database.run(
        "SELECT thread_id, CONVERT(argument USING utf8mb4) FROM mysql.general_log"
        f" WHERE command_type = 'Query' AND user_host LIKE '{USER}%' ORDER BY event_time"
    )
    return [Statement(int(str(thread)), " ".join(str(text).split())) for thread, text in rows]


def test_a_reading_only_looks_and_leaves_the_time_zone_alone(busy: Database) -> None:
    statements = logged(busy)
    assert len(statements) > 8
    assert {s.text.partition(" ")[0].upper() for s in statements} <= {"SELECT", "SET", "SHOW"}
    assert not [s for s in statements if re.search("(?i)for update|time_zone", s.text)]


def test_one_reading_is_one_connection(busy: Database) -> None:
    assert len(list(groupby(logged(busy), key=lambda statement: statement.connection))) == 1


def test_no_connection_is_left_after_a_reading(busy: Database) -> None:
    read(target_of(busy.settings))
    left = f"SELECT COUNT(*) FROM information_schema.processlist WHERE user = '{USER}'"
    wait_until(lambda: busy.run(left) == [(0,)], "no connection of the exporter is left")


def test_a_session_commits_by_itself_also_where_the_server_would_not(busy: Database) -> None:
    busy.run("SET GLOBAL autocommit = 0")
    try:
        with connect(busy.settings) as connection:
            assert connection.row("SELECT @@autocommit") == (1,)
    finally:
        busy.run("SET GLOBAL autocommit = 1")


def test_the_collation_is_one_that_every_server_has(busy: Database) -> None:
    with connect(busy.settings) as connection:
        assert connection.row("SELECT @@collation_connection") == ("utf8mb4_general_ci",)
    asked = [s.text for s in logged(busy) if "COLLATE" in s.text.upper()]
    assert not [text for text in asked if "0900" in text]


def test_a_lost_connection_is_asked_nothing_more(busy: Database) -> None:
    with connect(busy.settings) as connection:
        busy.run(f"KILL CONNECTION {connection.session.id}")
        with pytest.raises(ReadingError) as first:
            connection.row("SELECT 1")
        with pytest.raises(ReadingError, match="before this statement") as second:
            connection.row("SELECT 2")
    assert (first.value.reason, second.value.reason) == ("lost_connection", "lost_connection")


def test_the_server_itself_limits_each_statement(busy: Database, server_kind: ServerKind) -> None:
    limits = {"mariadb": ("@@max_statement_time", 7.5), "mysql": ("@@max_execution_time", 7500)}
    variable, limit = limits[server_kind.family]
    settings = busy.settings.model_copy(update={"statement_timeout": 7.5})
    with connect(settings) as connection:
        assert float(connection.row(f"SELECT {variable}")[0]) == limit


def test_the_connection_names_the_exporter_as_its_program(busy: Database) -> None:
    with connect(busy.settings) as connection:
        attributes = busy.run(
            "SELECT attr_value FROM performance_schema.session_connect_attrs"
            f" WHERE attr_name = 'program_name' AND processlist_id = {connection.session.id}"
        )
    assert attributes == [("matomo-archive-exporter",)]


def test_a_statement_that_waits_for_a_lock_ends_at_its_limit(busy: Database) -> None:
    target = target_of(busy.settings.model_copy(update={"statement_timeout": 2}))
    busy.run(f"LOCK TABLES {QUEUE} WRITE")
    begun = time.monotonic()
    try:
        read_target(target)
    finally:
        busy.run("UNLOCK TABLES")
    assert 2 <= time.monotonic() - begun < 10
    figures = shown(target)
    assert figures.errors("queue") == {"timeout": 1}
    assert figures.one("matomo_up") == 0
    assert figures.success("runs")
    assert figures.success("archives")
    assert read(target).one("matomo_up") == 1


def test_waiting_for_a_lock_is_no_work(busy: Database) -> None:
    """Neither where the lock outlasts the limit, nor where the statement gets its turn."""
    holder = threading.Timer(2.5, lambda: busy.run("UNLOCK TABLES"))
    busy.run(f"LOCK TABLES {QUEUE} WRITE")
    with connect(busy.settings) as connection:
        holder.start()
        connection.row(f"SELECT COUNT(*) FROM {QUEUE}")
    holder.join()
    assert connection.waited >= 1.9
    assert connection.busy < 1.5  # the last second of waiting may be part of it


def test_an_exporter_that_is_stopped_waits_no_longer_for_a_lock(busy: Database) -> None:
    busy.run(f"LOCK TABLES {QUEUE} WRITE")
    begun = time.monotonic()
    try:
        with (
            pytest.raises(ReadingStopped),
            connect(busy.settings, lambda: time.monotonic() > begun + 0.5) as connection,
        ):
            connection.row(f"SELECT COUNT(*) FROM {QUEUE}")
    finally:
        busy.run("UNLOCK TABLES")
    assert time.monotonic() - begun < 5


def test_a_statement_that_computes_for_too_long_ends_at_its_limit(busy: Database) -> None:
    settings = busy.settings.model_copy(update={"statement_timeout": 0.3})
    many = unordered_numbers(100_000)
    with connect(settings) as connection, pytest.raises(ReadingError) as raised:
        connection.rows(f"SELECT COUNT(*) FROM {many} a, {many} b WHERE a.seq + b.seq > 0")
    assert raised.value.reason == "timeout"
    assert connection.busy < 5


def test_a_month_that_vanishes_leaves_the_others(busy: Database) -> None:
    create_month(busy.connection, "2026_12", ("done", 1, "2026-12-01 08:00:00", 1))
    target = target_of(busy.settings)
    read(target)
    busy.run("DROP TABLE matomo_archive_numeric_2026_12")
    figures = read(target)
    assert figures.success("archives")
    last = figures["matomo_archive_last_archived_timestamp_seconds"]
    assert last == {("day",): 1_795_161_600}
