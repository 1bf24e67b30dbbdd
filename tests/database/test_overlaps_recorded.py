"""Overlaps, duplicates and orphans of recorded queues, against a naive evaluation of their rows."""

import pytest

from tests.conftest import Database
from tests.support import naive_overlaps, recordings
from tests.support.naive_overlaps import Place
from tests.support.overlap_figures import VERSIONS, read
from tests.support.queue_rows import Row

LATER = "2030-01-01 00:00:00"


def recorded_rows(name: str) -> list[Row]:
    table = recordings.read(name)["archive_invalidations"]
    fields = tuple(Row.__dataclass_fields__)
    records = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    return [Row(**{field: r[field] for field in fields}) for r in records]  # type: ignore[arg-type]


def recorded_places(name: str) -> dict[int, Place]:
    tables = recordings.read(name)
    sites, segments = (
        [dict(zip(tables[t].columns, row, strict=True)) for row in tables[t].rows]
        for t in ("site", "segment")
    )
    archived = [s for s in segments if s["auto_archive"] == 1 and s["deleted"] == 0]
    return {
        int(str(site["idsite"])): Place(
            None if site["ts_created"] is None else str(site["ts_created"]),
            {
                str(s["hash"])
                for s in archived
                if s["enable_only_idsite"] in (None, 0, site["idsite"])
            },
        )
        for site in sites
    }


@pytest.mark.parametrize("name", recordings.names())
def test_every_recording_is_counted_as_its_rows_are(name: str, database: Database) -> None:
    recordings.load(database.connection, name)
    rows, places = recorded_rows(name), recorded_places(name)
    for matomo in ("5.2.0", "5.3.0"):
        expected = naive_overlaps.figures(rows, LATER, VERSIONS[matomo], places)
        assert read(database, matomo, LATER) == expected


def test_matomo_deleted_just_the_orphans_of_a_recorded_run(database: Database) -> None:
    """Segments of one site are queued for every site; that run deleted 976 of 3,672 rows."""
    recordings.load(database.connection, "case-13")
    found = read(database, now=LATER)
    assert found.orphans["segment_not_archived"] == 976
    assert found.blocked == {"day": 2063, "week": 454, "month": 107, "year": 17, "range": 0}


def test_a_mixture_has_every_kind_of_overlap(database: Database) -> None:
    recordings.load(database.connection, "case-06a")
    found = read(database, now=LATER)
    assert found.blocked == {"day": 70, "week": 74, "month": 40, "year": 30, "range": 2}
    assert found.duplicates == 24
