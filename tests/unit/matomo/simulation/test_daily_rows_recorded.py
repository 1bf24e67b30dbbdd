"""The rows that a turn queues by itself, against what real runs of Matomo 5.2.0 queued."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from matomo_archive_exporter.matomo.calendar import covering
from matomo_archive_exporter.matomo.instance import Site
from matomo_archive_exporter.matomo.simulation.daily_rows import daily_rows
from matomo_archive_exporter.matomo.simulation.site_state import Archive, SiteState, SiteVisits
from matomo_archive_exporter.matomo.time_zone import local_date
from matomo_archive_exporter.matomo.version import behaviour
from tests.support import recorded_runs, recordings
from tests.support.plans import PDO

Row = tuple[str, int, str, str]

# Runs on instances that had no archives yet; sites on which a turn was seen.
FIRST_RUNS = {
    "case-01": 1,
    "case-02": 1,
    "case-04": 1,
    "case-07-128M": 9,
    "case-08c": 300,
    "case-10": 20,
    "case-13": 5,
    "case-real-01": 1,
    "case2-01a": 2,
    "case2-06a": 3,
    "log-info-main-oom-midrun": 1,
    "log-info-normal": 1,
}


def records(tables: Mapping[str, recordings.Table], name: str) -> list[dict[str, Any]]:
    table = tables[name]
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def sites_of(name: str) -> Iterator[tuple[Site, list[str]]]:
    """The sites of a recording with the segments that are archived for them."""
    tables = recordings.read(name)
    segments = [
        (segment["hash"], segment["enable_only_idsite"])
        for segment in records(tables, "segment")
        if segment["auto_archive"] and not segment["deleted"]
    ]
    for site in records(tables, "site"):
        idsite, created = site["idsite"], datetime.fromisoformat(site["ts_created"])
        hashes = [hash_ for hash_, only in segments if only in (None, 0, idsite)]
        yield Site(idsite, created, site["timezone"]), hashes


def rows(now: SiteState) -> list[Row]:
    def day(number: int) -> str:
        return date.fromordinal(number).isoformat()

    return [
        (row.name, row.period, day(row.date1), day(row.date2))
        for row in daily_rows(now, behaviour("5.2.0", PDO))
    ]


def of_all_visits(some: list[Row]) -> list[Row]:
    return [row for row in some if row[0] == "done"]


@pytest.mark.parametrize("name", FIRST_RUNS)
def test_a_first_run_queued_just_these_rows_in_this_order(name: str) -> None:
    run = csv.DictReader(io.StringIO(recorded_runs.load(name).queue))
    queued: dict[int, list[dict[str, str]]] = {}
    for row in run:
        if "." not in row["name"]:  # all the rest is a backfill of one plugin
            queued.setdefault(int(row["idsite"]), []).append(row)
    seen = 0
    for site, segments in sites_of(name):
        found = sorted(queued.get(site.idsite, []), key=lambda row: int(row["idinvalidation"]))
        if found:
            seen += 1
            begun = datetime.fromisoformat(found[-1]["ts_invalidated"])
            expected = [(r["name"], int(r["period"]), r["date1"], r["date2"]) for r in found]
            daily = rows(SiteState(site, begun, segments))
            assert of_all_visits(daily) == of_all_visits(expected)
            assert sorted(daily) == sorted(expected)
    assert seen == FIRST_RUNS[name]


def archived_before(
    site: Site, segments: list[str], at: datetime
) -> dict[tuple[int, int, date, str], Archive]:
    """Archives as a run left them that took the site at that time."""
    today = local_date(at, site.timezone)
    intervals = {
        (period, covering(period, (today - timedelta(days=before)).toordinal())[0])
        for period in (1, 2, 3, 4)
        for before in (0, 1)
    }
    return {
        (site.idsite, period, date.fromordinal(first), f"done{segment}"): Archive(at, 1)
        for period, first in intervals
        for segment in ("", *segments)
    }


def site_runs_of_a_healthy_day(now: datetime) -> dict[int, list[Row]]:
    """The rows that each site queues an hour after the last run, with visits all the time."""
    return {
        site.idsite: rows(
            SiteState(
                site,
                now,
                segments,
                archived_before(site, segments, now - timedelta(hours=1)),
                SiteVisits(yesterday=True, today=True),
            )
        )
        for site, segments in sites_of("healthy-day-before-a-run")
    }


def test_a_healthy_hour_queues_44_rows_on_ten_sites_one_of_them_with_a_segment() -> None:
    queued = site_runs_of_a_healthy_day(datetime.fromisoformat("2025-03-13 02:05:10"))
    assert {idsite: len(daily) for idsite, daily in queued.items()} == {1: 8} | dict.fromkeys(
        range(2, 11), 4
    )


@pytest.mark.parametrize(
    ("now", "sites"),
    [
        ("2025-03-13 00:05:18", {1: 10, 2: 5, 3: 5, 4: 5, 5: 5, 10: 5}),
        ("2025-03-13 11:09:53", {7: 5}),  # Auckland
        ("2025-03-13 07:05:10", {8: 5}),  # Los Angeles
        ("2025-03-13 19:05:10", {9: 5}),  # Kolkata
        ("2025-03-13 23:05:10", {6: 5}),  # Berlin
    ],
)
def test_after_a_sites_midnight_yesterday_is_queued_once_more(
    now: str, sites: dict[int, int]
) -> None:
    usual = site_runs_of_a_healthy_day(datetime.fromisoformat("2025-03-13 02:05:10"))
    queued = site_runs_of_a_healthy_day(datetime.fromisoformat(now))
    assert {
        idsite: len(daily) for idsite, daily in queued.items() if len(daily) != len(usual[idsite])
    } == sites


def test_the_rows_of_the_site_at_work_are_those_that_were_recorded() -> None:
    queue = records(recordings.read("healthy-day-during-a-run"), "archive_invalidations")
    recorded = [
        (row["name"], row["period"], row["date1"], row["date2"])
        for row in sorted(queue, key=lambda row: row["idinvalidation"])
    ]
    assert len(recorded) == 4
    assert {row["idsite"] for row in queue} == {3}
    begun = datetime.fromisoformat(queue[0]["ts_invalidated"])
    assert site_runs_of_a_healthy_day(begun)[3] == recorded
