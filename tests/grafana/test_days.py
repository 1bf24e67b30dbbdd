"""Whole days, minute by minute, through the alert rules: a healthy one, and one of deaths."""

from collections import ChainMap
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime

import pytest

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.web.formats import render_text
from tests.conftest import new_database
from tests.support import clock, day_of_deaths, healthy_day, recordings
from tests.support.archive_rows import create_month
from tests.support.figures import target_of
from tests.support.private_server import PrivateServer
from tests.support.replay import Moment, Question, Values, nothing, problems, series
from tests.support.scrape import Page

RECORDED = {
    "healthy-day-after-midnight-utc-sites": datetime(2025, 3, 13, 0, 1, tzinfo=UTC),
    "healthy-day-before-a-run": datetime(2025, 3, 13, 2, 4, 30, tzinfo=UTC),
    "healthy-day-right-after-a-run": datetime(2025, 3, 13, 3, 13, 21, tzinfo=UTC),
    "healthy-day-after-midnight-auckland": datetime(2025, 3, 13, 11, 1, tzinfo=UTC),
    "healthy-day-after-a-missed-run": datetime(2025, 3, 13, 16, 1, tzinfo=UTC),
    "healthy-day-during-a-run": datetime(2025, 3, 14, 1, 8, 1, tzinfo=UTC),
}
AFTER_THE_DAY = "healthy-day-during-a-run"
"""the recorded states end before it"""
RATIO = series("matomo_archive_memory_predicted_ratio", run="configured")
NOT_REPLAYED = (
    *("process_", "python_info", "matomo_archive_exporter_collector_duration_"),
    "matomo_archive_duration_seconds_bucket",
)
"""what changes all day, and no rule asks for; times of which the states tell nothing neither"""

PAGES = 'ALERTS{alertstate="firing", severity="page"}'
EXHAUSTED = PAGES.replace("{", '{alertname="MatomoArchiveMemoryExhausted", ')


def over(query: str, first: int, last: int) -> Question:
    """That the query has no answer from one minute to another, both included."""
    return nothing(last, f"count_over_time(({query})[{last - first + 1}m:1m])")


def at_every_minute(query: str, first: int, last: int) -> Question:
    """That the query has an answer at every minute from one to another, both included."""
    minutes = last - first + 1
    counted = f"count_over_time(count({query})[{minutes}m:1m])"
    return Question(last, counted, {frozenset(): minutes})


# A healthy day


def shown(server: PrivateServer, name: str) -> Values:
    """The exporter's page for a recording at its moment, for an archiver with 128 MB."""
    database = new_database(server)
    with closing(database.connection):
        recordings.load(database.connection, name)
        create_month(database.connection, "2025_03")
        target = target_of(database.settings, archiver={"memory_limit": "128M"})
        with clock.stopped(server, RECORDED[name], zone="+00:00"):
            read_target(target)
        database.run(f"DROP DATABASE {database.name}")
    return {
        series(sample.name, **sample.labels): sample.value
        for family in Page.of(render_text(target.families()).decode()).families
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def pages(server: PrivateServer) -> Mapping[str, Values]:
    """The exporter's page for each recording."""
    return {name: shown(server, name) for name in RECORDED}


@pytest.fixture(scope="module")
def others(pages: Mapping[str, Values]) -> Values:
    """Series that no recorded state tells, forecasts above all, each at the highest it ever had."""
    everything = {name for page in pages.values() for name in page}
    return {
        name: max(page[name] or 0 for page in pages.values() if name in page)
        for name in everything
        if not name[0].startswith(NOT_REPLAYED) and not name[0].endswith("_timestamp_seconds")
    } | {series("up"): 1}


@pytest.fixture(scope="module")
def day(others: Values) -> list[Moment]:
    """All that was recorded."""
    return healthy_day.moments(healthy_day.rows(), others)


LAST = healthy_day.minute(healthy_day.when(healthy_day.rows()[-1]))


@pytest.mark.parametrize("name", sorted(RECORDED.keys() - {AFTER_THE_DAY}))
def test_the_replay_shows_what_the_exporter_shows(pages: Mapping[str, Values], name: str) -> None:
    (state,) = (s for s in healthy_day.rows() if healthy_day.when(s) == RECORDED[name])
    reported = {
        name: value for name, value in healthy_day.reported(state).items() if value is not None
    }
    assert len(reported) > 20
    assert reported.items() <= pages[name].items()


def test_every_series_of_the_replay_is_one_of_the_exporter(
    pages: Mapping[str, Values], day: list[Moment]
) -> None:
    replayed = {name for _, values in day for name in values}
    assert replayed - {series("up")} <= set(ChainMap(*map(dict, pages.values())))


def test_the_forecast_of_a_healthy_day_is_far_from_the_limit(others: Values) -> None:
    assert 0.1 < (others[RATIO] or 0) < 0.4


def test_a_healthy_day_fires_no_alert(day: list[Moment]) -> None:
    assert LAST > 26 * 60
    fired = 'count_over_time(ALERTS{alertstate="firing"}[27h])'
    assert problems(day, [nothing(LAST, fired)]) == ""


def test_an_archiver_that_hangs_since_noon_pages(others: Values) -> None:
    """The state in the middle of a run never changes again."""
    noon = datetime(2025, 3, 13, 12, 8, 1, tzinfo=UTC)
    states = [state for state in healthy_day.rows() if healthy_day.when(state) <= noon]
    hung = healthy_day.minute(noon)
    names = ("MatomoArchiveMemoryExhausted", "MatomoArchiveStalled")
    questions = [
        over(PAGES, 0, hung + 60),
        at_every_minute(PAGES, hung + 80, LAST),
        Question(
            LAST,
            f"group by (alertname) ({PAGES})",
            {frozenset({("alertname", name)}): 1 for name in names},
        ),
    ]
    assert problems(healthy_day.moments(states, others), questions) == ""


# A day of deaths


@pytest.mark.parametrize(("evidence", "within"), [("log", 2), ("queue", 80)])
def test_a_day_of_deaths_pages_from_the_first_death_until_all_is_recovered(
    evidence: str, within: int
) -> None:
    """Once with the archiver's log, and once without, when the queue alone can tell."""
    death, recovery, end = day_of_deaths.FIRST_DEATH, day_of_deaths.LAST_RECOVERY, day_of_deaths.END
    pages = EXHAUSTED.replace("{", f'{{evidence="{evidence}", ')
    questions = [
        over(PAGES, 0, death - 1),
        at_every_minute(pages, death + within, recovery),
        over(PAGES, recovery + 15, end),
    ]
    assert problems(day_of_deaths.moments(with_log=evidence == "log"), questions) == ""
