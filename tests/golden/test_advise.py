"""The output of `advise` in three situations, and its JSON."""

import json
from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.advice.advice import Advice, advise
from matomo_archive_exporter.matomo.advice.report import as_json, as_lines
from matomo_archive_exporter.matomo.calendar import PeriodLabel
from matomo_archive_exporter.matomo.overlaps.held_back import HeldBack
from matomo_archive_exporter.matomo.queue.owner import Owner
from matomo_archive_exporter.matomo.queue.queue import summarise
from tests.support.golden import assert_golden
from tests.support.situations import (
    HOUR,
    NOW,
    apart,
    group,
    ordinary,
    seven_hundred_sites,
    simulated_whole,
    situation,
)

MOST_LINES, MOST_COLUMNS = 40, 100


def hits_backfill() -> Advice:
    """700 sites on 5.2.0 with PHP's default limit, assumed."""
    queue = summarise([group(168_000), ordinary(2_800), group(3, status=1, without_start=3)])
    backfill = simulated_whole(seven_hundred_sites(queue=queue, assumed=True, per_hour=1200.0))
    blocked: dict[PeriodLabel, int] = {"day": 685, "week": 20_994, "month": 4_902, "year": 700}
    return advise(replace(backfill, blocked=blocked, duplicates=0))


def healthy() -> Advice:
    """A few rows that come every hour."""
    return advise(
        situation(
            [apart(4)] * 11, summarise([ordinary(44)]), matomo_version="5.3.1", per_hour=900.0
        )
    )


def stuck() -> Advice:
    """5.3 after some deaths: rows in progress without a process."""
    groups = [
        ordinary(120),
        group(2, status=1, without_start=2),
        group(4, status=1, past_recovery=4, oldest_started=NOW - 50 * HOUR),
        group(1, status=1, oldest_started=NOW - 60),
    ]
    return advise(
        replace(
            situation([apart(12)] * 10, summarise(groups), matomo_version="5.3.1"),
            blocked={"day": 0, "week": 6, "month": 6, "year": 6},
            duplicates=2,
            orphans={"site_deleted": 0, "segment_not_archived": 14, "before_site_creation": 1},
            held_back=(
                HeldBack(Owner("web-1", "4242"), 4, NOW - 50 * HOUR, 11, "2024-12-18 10:00:04", 4),
                HeldBack(Owner("web-2", "917"), 1, NOW - 60, 3, "2024-12-20 11:59:01", 1),
            ),
            owners_alive=frozenset({Owner("web-2", "917")}),
        )
    )


SITUATIONS = {"hits-backfill": hits_backfill, "healthy": healthy, "stuck": stuck}


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_text(name: str) -> None:
    advice = SITUATIONS[name]()
    lines = as_lines(advice)
    commands = {line for remedy in advice.remedies for line in (*remedy.run, *remedy.afterwards)}
    assert len(lines) <= MOST_LINES
    assert all(len(line) <= MOST_COLUMNS or line.strip() in commands for line in lines)
    assert_golden(f"advise-{name}.txt", "\n".join([*lines, ""]))


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_json_says_the_same(name: str) -> None:
    advice = SITUATIONS[name]()
    content = json.loads(json.dumps(as_json(advice)))
    assert set(content) == {
        *("is_risk", "verdict", "headline", "findings", "remedies", "rules", "rules_verified"),
        *("current_verdict", "current_headline", "current_run", "score"),
    }
    assert content["is_risk"] is (name == "hits-backfill")
    assert [set(found) for found in content["findings"]] == [{"topic", "text"}] * len(
        advice.findings
    )
    for entry, remedy in zip(content["remedies"], advice.remedies, strict=True):
        assert set(entry) == {"key", "title", "run", "effect", "notes", "afterwards"}
        assert tuple(entry["run"]) == remedy.run
