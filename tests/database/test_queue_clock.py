"""Ages of rows in progress: Matomo writes their start in the server's own zone."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.conftest import Database, new_database
from tests.support import clock, queue_rows
from tests.support.figures import Figures, read, target_of
from tests.support.private_server import PrivateServer
from tests.support.queue_rows import Row
from tests.support.schemas import create_tables
from tests.support.servers import ServerKind

# Central Europe, written so that no database of zones is needed: summer time ends on 2026-10-25 at
# 03:00 and begins on 2027-03-28 at 02:00.
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
SUMMER, WINTER = datetime(2026, 6, 15, 12, tzinfo=UTC), datetime(2026, 12, 15, 12, tzinfo=UTC)
AFTER_AUTUMN = datetime(2026, 10, 25, 12, tzinfo=UTC)
AFTER_SPRING = datetime(2027, 3, 28, 12, tzinfo=UTC)
OFFSET = "matomo_archive_database_utc_offset_seconds"


@pytest.fixture(scope="module")
def abroad(server_kind: ServerKind) -> Iterator[PrivateServer]:
    """A server whose own zone is that of Berlin."""
    with server_kind.private(environment={"TZ": BERLIN}) as server:
        yield server


@pytest.fixture
def matomo(abroad: PrivateServer) -> Iterator[Database]:
    """A Matomo on that server."""
    database = new_database(abroad)
    create_tables(database.connection)
    yield database
    database.connection.close()


def started(*starts: str) -> list[Row]:
    return [Row(status=1, ts_started=start) for start in starts]


def figures_at(
    matomo: Database, at: datetime, zone: str, *rows: Row, timeout: str = "24h"
) -> Figures:
    queue_rows.add(matomo.connection, *rows)
    archiver = {"failure_recovery_timeout": timeout}
    with clock.stopped(matomo.server, at, zone):
        return read(target_of(matomo.settings, archiver=archiver))


def past_recovery(figures: Figures) -> float:
    return figures["matomo_archive_stuck_invalidations"][("past_recovery_timeout",)]


def utc(*fields: int) -> float:
    return datetime(*fields, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("at", "zone", "offset"),
    [
        (SUMMER, "+10:00", 36_000),
        (SUMMER, "-08:00", -28_800),
        (SUMMER, "+00:00", 0),
        (SUMMER, "+05:45", 20_700),
        (SUMMER, "SYSTEM", 7_200),
        (WINTER, "SYSTEM", 3_600),
    ],
)
def test_the_offset_of_the_session_is_given(
    matomo: Database, at: datetime, zone: str, offset: int
) -> None:
    assert figures_at(matomo, at, zone, Row()).one(OFFSET) == offset


@pytest.mark.parametrize(
    ("zone", "older", "younger"),
    [
        # It is 22:00 there, 12:00 in UTC.
        ("+10:00", "2026-06-14 21:59:59", "2026-06-14 22:00:00"),
        # It is 04:00 there.
        ("-08:00", "2026-06-14 03:59:59", "2026-06-14 04:00:00"),
        # It is 14:00 there.
        ("SYSTEM", "2026-06-14 13:59:59", "2026-06-14 14:00:00"),
    ],
)
def test_a_row_is_past_recovery_by_its_true_age(
    matomo: Database, zone: str, older: str, younger: str
) -> None:
    figures = figures_at(matomo, SUMMER, zone, *started(older, younger))
    assert past_recovery(figures) == 1
    oldest, newest = "oldest", "newest"
    for which, second in ((oldest, 59), (newest, 60)):
        time = figures.one(f"matomo_archive_{which}_started_timestamp_seconds")
        assert time == utc(2026, 6, 14, 11, 59) + second


def test_the_hour_that_autumn_adds_counts(matomo: Database) -> None:
    # 13:00 now; by the clock on the wall these are 23.5 and 22.5 hours ago.
    rows = started("2026-10-24 13:30:00", "2026-10-24 14:30:00")
    figures = figures_at(matomo, AFTER_AUTUMN, "SYSTEM", *rows)
    assert past_recovery(figures) == 1
    oldest = figures.one("matomo_archive_oldest_started_timestamp_seconds")
    assert oldest == utc(2026, 10, 24, 11, 30)


def test_the_hour_that_spring_takes_does_not_count(matomo: Database) -> None:
    # 14:00 now; by the clock on the wall these are 25.5 and 24.5 hours ago.
    rows = started("2027-03-27 12:30:00", "2027-03-27 13:30:00")
    assert past_recovery(figures_at(matomo, AFTER_SPRING, "SYSTEM", *rows)) == 1


def test_starts_on_both_sides_of_a_change_of_clock_are_as_far_apart_as_they_were(
    matomo: Database,
) -> None:
    rows = started("2026-10-25 01:30:00", "2026-10-25 03:30:00")
    figures = figures_at(matomo, AFTER_AUTUMN, "SYSTEM", *rows, timeout="10h")
    oldest = figures.one("matomo_archive_oldest_started_timestamp_seconds")
    newest = figures.one("matomo_archive_newest_started_timestamp_seconds")
    assert oldest == utc(2026, 10, 24, 23, 30)
    assert newest == utc(2026, 10, 25, 2, 30)
    assert past_recovery(figures) == 1


def test_the_recovery_timeout_is_the_configured_one(matomo: Database) -> None:
    rows = started("2026-06-15 10:59:59", "2026-06-15 11:00:00")
    figures = figures_at(matomo, SUMMER, "+00:00", *rows, timeout="1h")
    assert past_recovery(figures) == 1


@pytest.mark.parametrize("zone", ["+10:00", "-08:00", "SYSTEM"])
def test_times_of_invalidation_are_utc_in_every_zone(matomo: Database, zone: str) -> None:
    times = ("2026-06-15 11:59:59", "2026-06-15 12:00:00", "2026-06-15 12:00:01")
    figures = figures_at(matomo, SUMMER, zone, *(Row(ts_invalidated=time) for time in times))
    oldest = figures.one("matomo_archive_oldest_queued_timestamp_seconds")
    assert oldest == utc(2026, 6, 15, 11, 59, 59)
    assert figures["matomo_archive_unselectable_invalidations"][("future_time",)] == 1
