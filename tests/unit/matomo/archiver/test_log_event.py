"""Archives that were built, from their line in the log."""

import pytest

from matomo_archive_exporter.matomo.archiver.log_event import ArchiveDone, Event, archive_done

STAMP = b"2026-11-23 07:00:00"
START = b"Archived website id 12, period = "


def done(rest: bytes) -> ArchiveDone:
    archive = archive_done(START + rest, STAMP)
    assert isinstance(archive, ArchiveDone)
    return archive


def test_period_scope_seconds_and_time() -> None:
    archive = done(b"week, date = 2026-11-23, segment = '', 1 visits found. Time elapsed: 1.763s")
    assert archive[1:5] == ("week", "all_visits", 1.763, True)
    assert archive.at == 1795417200


@pytest.mark.parametrize(
    ("rest", "period", "scope", "has_all_plugins"),
    [
        (b"range, date = 2026-01-01,2026-02-01, segment = '', ", "range", "all_visits", True),
        (b"day, date = 2026-11-23, segment = 'countryCode==de', ", "day", "segment", True),
        (b"day, date = 2026-11-23, segment = '', plugin = A, ", "day", "all_visits", False),
        (
            b"year, date = 2026-01-01, segment = 'a==b', plugin = A, report = A_b, ",
            "year",
            "segment",
            False,
        ),
        (b"day, date = 2026-11-23, segment = 'pageTitle==1 visits', ", "day", "segment", True),
        (b"day, date = 2026-11-23, segment = 'a==, period = year, b', ", "day", "segment", True),
        (b"day, date = 2026-11-23, segment = 'a=='', ', ", "day", "segment", True),
    ],
)
def test_segments_and_plugins(rest: bytes, period: str, scope: str, has_all_plugins: bool) -> None:
    archive = done(rest + b"7 visits found. Time elapsed: 60.000s")
    assert (archive.period, archive.scope, archive.seconds) == (period, scope, 60.0)
    assert archive.has_all_plugins == has_all_plugins


def test_later_releases_add_the_memory_of_the_request() -> None:
    rest = b"day, date = 2026-11-23, segment = '', 1 visits found. Time elapsed: 3601.5s"
    assert done(rest + b", Peak memory: 72 M").seconds == 3601.5


@pytest.mark.parametrize(
    "message",
    [
        START,
        START + b"day, date = 2026-11-23, segment = '', 1 visits found. Time elapsed: ",
        START + b"day, date = 2026-11-23, segment = '', 1 visits found. Time elapsed: 1.2.3s",
        START + b"day, date = 2026-11-23, segment = '', 1 visits found. Time elapsed: nans",
        START + b"decade, date = 2026-11-23, segment = '', 1 visits found. Time elapsed: 1.0s",
    ],
)
def test_an_archive_line_that_is_not_understood_still_counts(message: bytes) -> None:
    assert archive_done(message, STAMP) == Event("archive_done", STAMP)
