"""Overlaps, duplicates and orphans of real tables, against a naive evaluation of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest

from matomo_archive_exporter.readings.database.errors import ReadingError
from tests.conftest import Database
from tests.support import naive_overlaps, odd_queues, queue_rows, recordings
from tests.support.naive_overlaps import Place, Version
from tests.support.odd_queues import A, B, C
from tests.support.overlap_figures import VERSIONS, connected, read, read_over
from tests.support.queue_rows import Row
from tests.support.recordings import Table, insert

NOW = "2025-06-01 00:00:00"
RANGE = 5


# Many random queues in one table


def add_sites(database: Database, places: Mapping[int, Place]) -> None:
    lists = ("keyword_parameters", "category_parameters")
    texts = (
        *("name", "main_url", "currency", "group", "type"),
        *(f"sitesearch_{name}" for name in lists),
        *(f"excluded_{name}" for name in ("ips", "parameters", "user_agents", "referrers")),
    )
    empty = dict.fromkeys(texts, "")
    sites = [
        {"idsite": idsite, "ts_created": place.created, "timezone": "UTC", **empty}
        for idsite, place in places.items()
    ]
    with recordings.utc_session(database.connection):
        insert(database.connection, "matomo_site", Table.of(sites))


def add_segments(database: Database, *segments: tuple[str, int | None]) -> None:
    columns = ("name", "definition", "hash", "login", "enable_only_idsite", "auto_archive")
    rows = tuple(("", f"x=={hash_}", hash_, "", site, 1) for hash_, site in segments)
    insert(database.connection, "matomo_segment", Table(columns, rows))


def many_queues(seed: int, sites: int, oddness: float) -> list[Row]:
    random = Random(seed)  # noqa: S311 - a queue, no secret
    rows = []
    for idsite in range(1, sites + 1):
        size = random.choice((1, 3, 12, 40, 90))
        site = odd_queues.queue(random, size=size, oddness=oddness, idsite=idsite)
        rows += [replace(row, idinvalidation=10_000 * idsite + row_id(row)) for row in site]
    return rows


def row_id(row: Row) -> int:
    assert row.idinvalidation is not None
    return row.idinvalidation


def fill(database: Database, rows: Sequence[Row], sites: int) -> dict[int, Place]:
    """The queue, and an instance that lacks every tenth of its sites; two have segments of their
    own, every fifth is young.
    """
    queue_rows.add(database.connection, *rows)
    add_segments(database, (A, None), (B, 2), (C, 3), (B, 3), (C, None if sites > 100 else 5))
    places = {
        idsite: Place(
            "2024-12-31 10:00:00" if idsite % 5 == 0 else "2020-01-01 00:00:00",
            {A}
            | ({C} if sites > 100 or idsite in (3, 5) else set())
            | ({B} if idsite in (2, 3) else set()),
        )
        for idsite in range(1, sites + 1)
        if idsite % 10
    }
    add_sites(database, places)
    return places


@pytest.mark.parametrize(
    ("seed", "sites", "oddness"), [(1, 150, 0.0), (2, 150, 0.02), (3, 90, 0.3)]
)
def test_many_random_queues_are_counted_as_their_rows_are(
    matomo: Database, seed: int, sites: int, oddness: float
) -> None:
    rows = many_queues(seed, sites, oddness)
    places = fill(matomo, rows, sites)
    for name, how in VERSIONS.items():
        assert read(matomo, name, NOW) == naive_overlaps.figures(rows, NOW, how, places)


def test_many_sites_with_segments_of_their_own_are_counted_separately(matomo: Database) -> None:
    sites = range(1, 251)
    places = {n: Place("2020-01-01 00:00:00", {f"{n:032x}"}) for n in sites}
    flags = [(n, f"done{m:032x}") for n in sites for m in (n, 9000 if n % 2 else n + 1)]
    rows = [Row(idinvalidation=i, idsite=n, name=flag) for i, (n, flag) in enumerate(flags, 1)]
    queue_rows.add(matomo.connection, *rows)
    add_sites(matomo, places)
    add_segments(matomo, *((next(iter(place.segments)), n) for n, place in places.items()))
    found = read(matomo)
    assert found.orphans["segment_not_archived"] == 250
    assert found == naive_overlaps.figures(rows, NOW, Version(), places)


# Which form the statement has


def variants(statements: Sequence[str]) -> list[bool]:
    return ["unarchived" in text for text in statements if "GROUP_CONCAT" in text]


def backfill(sites: int, names: Sequence[str]) -> list[Row]:
    return [
        Row(idsite=idsite, period=period, date1=first, date2=last, name=name)
        for idsite in range(1, sites + 1)
        for period, first, last in odd_queues.PERIODS
        for name in names
    ]


@pytest.mark.parametrize(
    ("names", "with_segments"),
    [
        (("done", f"done{A}.Goals"), False),
        ((f"done{A}", f"done{C}"), True),
        (("done.Goals", f"done{B}.Goals"), True),
    ],
    ids=["ordinary", "without all visits", "not archived"],
)
def test_more_is_asked_only_of_queues_that_need_it(
    matomo: Database, names: Sequence[str], with_segments: bool
) -> None:
    rows = [replace(row, idinvalidation=i) for i, row in enumerate(backfill(60, names), 1)]
    queue_rows.add(matomo.connection, *rows)
    add_segments(matomo, (A, None), (C, None))
    places = {n: Place("2020-01-01 00:00:00", {A, C}) for n in range(1, 61)}
    add_sites(matomo, places)
    with connected(matomo) as (connection, statements):
        found = read_over(connection)
    assert found == naive_overlaps.figures(rows, NOW, Version(), places)
    assert variants(statements)[-1] is with_segments


def test_no_row_is_read_by_itself_in_an_ordinary_backfill(matomo: Database) -> None:
    rows = backfill(20, ("done.Actions", f"done{A}.Actions"))
    queue_rows.add(matomo.connection, *(row for row in rows if row.period < RANGE))
    add_segments(matomo, (A, None))
    with connected(matomo) as (connection, statements):
        read_over(connection)
    assert [text for text in statements if "SELECT idsite, date1 + 0, period, date2" in text] == []


# Single cases


def test_an_empty_queue_has_all_series_at_zero(matomo: Database) -> None:
    assert read(matomo) == naive_overlaps.figures([], NOW, Version(), {})


def test_a_statement_goes_on_within_a_site(matomo: Database) -> None:
    """Of the 31 intervals of the only site the first statement takes eight."""
    rows = backfill(1, ("done",))
    queue_rows.add(matomo.connection, *rows)
    add_sites(matomo, {1: Place("2020-01-01 00:00:00", {A})})
    with connected(matomo) as (connection, statements):
        found = read_over(connection)
    assert len(variants(statements)) > 1
    numbered = [replace(row, idinvalidation=i) for i, row in enumerate(rows, 1)]
    places = {1: Place("2020-01-01 00:00:00", {A})}
    assert found == naive_overlaps.figures(numbered, NOW, Version(), places)


def test_dates_that_cannot_be_do_no_harm(matomo: Database) -> None:
    matomo.run("SET SESSION sql_mode = ''")
    rows = [
        Row(idinvalidation=1, date1="0000-00-00", date2="0000-00-00"),
        Row(idinvalidation=2, date1="2025-02-00", date2="2025-02-00", period=3),
        Row(idinvalidation=3, date1="2025-02-01", date2="0000-00-00"),
        Row(idinvalidation=4, date1="2025-02-01", date2="2025-02-01"),
    ]
    queue_rows.add(matomo.connection, *rows)
    add_sites(matomo, {1: Place(None, set())})
    assert read(matomo).blocked["month"] == 0
    assert read(matomo).duplicates == 0


def test_a_period_that_matomo_has_not_is_under_no_label(matomo: Database) -> None:
    queue_rows.add(matomo.connection, Row(), Row(), Row(period=9, name="done.Goals"))
    found = read(matomo)
    assert found.blocked == {"day": 1, "week": 0, "month": 0, "year": 0, "range": 0}


def test_the_zone_of_the_session_is_left_alone(matomo: Database) -> None:
    queue_rows.add(matomo.connection, Row())
    with connected(matomo) as (connection, statements):
        read_over(connection)
    assert [text for text in statements if "time_zone" in text] == []


def test_a_table_that_may_not_be_read_is_a_clear_failure(matomo: Database) -> None:
    matomo.run("DROP TABLE matomo_segment")
    with pytest.raises(ReadingError) as error:
        read(matomo)
    assert error.value.reason == "missing_table"
