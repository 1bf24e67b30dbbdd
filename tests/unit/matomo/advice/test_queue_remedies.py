"""Remedies for the queue: the clean-up of the hits backfill, and stuck rows."""

from dataclasses import replace

from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.queue.queue import QueueGroup, summarise
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from tests.support.situations import (
    HOUR,
    NOW,
    finding,
    group,
    healthy,
    keys,
    ordinary,
    remedy,
    twenty_sites,
)


def test_the_clean_up_names_the_users_own_table_and_counts_the_rows() -> None:
    mine = replace(
        twenty_sites(queue=summarise([group(4800), ordinary(200)])), prefix="piwik_2024_"
    )
    found = remedy(mine, "hits_backfill")
    assert " ".join(found.run) == (
        "DELETE FROM `piwik_2024_archive_invalidations`"
        " WHERE report = 'Actions_hits' AND status = 0 AND ts_started IS NULL;"
    )
    assert found.effect == "Deletes 4,800 rows. Past hits stay missing."
    assert found.afterwards == (
        "./console core:invalidate-report-data --dates=2024-12-01,2024-12-19 \\",
        "  --plugin=Actions.Actions_hits",
    )


def test_on_the_first_of_a_month_the_range_to_bring_back_is_the_month_before() -> None:
    first = replace(twenty_sites(), now=NOW + 12 * 24 * HOUR)
    assert "--dates=2024-12-01,2024-12-31" in remedy(first, "hits_backfill").afterwards[0]


def test_the_clean_up_warns_where_more_of_the_backfill_is_scheduled() -> None:
    hits = ReArchiving(None, "Actions", "Actions_hits", None, None)
    other = ReArchiving(None, "Goals", None, None, None)
    notes = [
        remedy(replace(twenty_sites(), rearchivings=(entry,)), "hits_backfill").notes
        for entry in (hits, other)
    ]
    assert [any("More of it is scheduled" in note for note in each) for each in notes] == [
        True,
        False,
    ]


def test_no_clean_up_without_a_backfill_or_without_need() -> None:
    other = summarise([group(4800, name="done.Goals", report="1")])
    assert "hits_backfill" not in keys(twenty_sites(queue=other))
    assert "hits_backfill" not in keys(healthy(queue=summarise([group(10)])))


# Stuck rows

NEVER_STARTED = group(4, status=1, without_start=4)
TOO_OLD = group(3, status=1, past_recovery=3, oldest_started=NOW - 50 * HOUR)
AT_WORK = group(2, status=1, oldest_started=NOW - 60)


def stuck(matomo_version: str, *groups: QueueGroup) -> Situation:
    queue = summarise([ordinary(10), *groups])
    return healthy(queue=queue, matomo_version=matomo_version)


def test_rows_at_work_are_left_alone_where_age_tells_them_apart() -> None:
    found = remedy(stuck("5.3.0", TOO_OLD, AT_WORK), "reset")
    assert found.run == ('./console core:reset-invalidations --older-than="1 day ago"',)
    assert not any("at work" in note for note in found.notes)


def test_before_that_only_rows_that_nothing_recovers_get_a_statement() -> None:
    found = remedy(stuck("5.2.2", NEVER_STARTED, TOO_OLD), "never_started")
    assert " ".join(found.run) == (
        "UPDATE `matomo_archive_invalidations` SET status = 0"
        " WHERE status = 1 AND ts_started IS NULL;"
    )
    assert found.effect.startswith("Queues 4 rows again")
    assert keys(stuck("5.2.2", TOO_OLD)) == []


def test_before_5_2_0_matomo_recovers_them_all_by_itself() -> None:
    old = stuck("5.1.2", NEVER_STARTED, TOO_OLD)
    assert keys(old) == []
    assert "The next run queues them again" in str(finding(old, "never_started"))


def test_rows_at_work_are_not_called_stuck() -> None:
    at_work = stuck("5.3.0", AT_WORK)
    assert keys(at_work) == []
    assert finding(at_work, "never_started") is None
    assert finding(at_work, "past_recovery") is None


def test_rows_that_matomo_never_archives_are_counted_by_reason() -> None:
    gone = replace(healthy(), orphans={"site_deleted": 2, "segment_not_archived": 1})
    assert finding(gone, "orphans") == (
        "Matomo builds no archive for 3 rows: 2 of deleted sites, 1 of segments not archived for"
        " their site."
    )


def test_rows_that_overlap_are_counted_by_period() -> None:
    assert finding(replace(healthy(), blocked={"week": 2}), "overlaps") == (
        "2 rows overlap others and wait: 2 week."
    )
