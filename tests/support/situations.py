"""Situations to give advice on, made from queues that are simulated as the exporter does it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.advice.advice import Advice, advise
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.calendar import DAY, MONTH, RANGE, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.queue.queue import QueueFacts, QueueGroup, summarise
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster, SiteInput
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation, named
from matomo_archive_exporter.matomo.simulation.planned_rows import SitePlan
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan

MB, HOUR = 2**20, 3600
NOW = int(datetime(2024, 12, 20, 12, tzinfo=UTC).timestamp())
PDO = "PDO\\MYSQL"
DIGITS = 6


def backfill_rows(first: str, last: str) -> tuple[Invalidation, ...]:
    """The hits backfill of one site: days, weeks, months and years, in Matomo's order."""
    start, end = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    intervals = {
        (period, *covering(period, day))
        for day in range(start, end + 1)
        for period in (DAY, WEEK, MONTH, YEAR)
    }
    rows = [
        named("done.Actions", "Actions_hits", period, begin, until, DIGITS)
        for period, begin, until in intervals
        if period < MONTH or begin >= start or period == YEAR
    ]
    return tuple(sorted(rows, key=lambda row: row.rank))


def apart(count: int) -> tuple[Invalidation, ...]:
    """So many ranges of a day each: none overlaps, and none brings others with it."""
    start = date(2020, 1, 1).toordinal()
    days = range(start + count - 1, start - 1, -1)
    return tuple(named("done", "", RANGE, day, day, DIGITS) for day in days)


def group(rows: int, *, status: int | None = 0, **changes: object) -> QueueGroup:
    """Rows of the hits backfill, where nothing else is said."""
    values: dict[str, object] = {
        "period": DAY,
        "name": "done.Actions",
        "report": "Actions_hits",
        "without_start": rows if status == 0 else 0,
        "oldest_invalidated": NOW - 76 * HOUR if status == 0 else None,
    }
    return QueueGroup(status=status, rows=rows, **{**values, **changes})  # type: ignore[arg-type]


def ordinary(rows: int, **changes: object) -> QueueGroup:
    """Rows as every day brings them."""
    values = {"name": "done", "report": None, "oldest_invalidated": NOW - 20 * 60}
    return group(rows, **{**values, **changes})  # type: ignore[arg-type]


def simulated(
    sites: Sequence[tuple[Invalidation, ...]],
    config: ArchiverConfig,
    matomo_version: str,
    *,
    knows_visits: bool = True,
    is_followed_whole: bool = False,
) -> Forecast:
    """The forecast of a queue that holds these rows, site by site; all of them have visits."""
    plan = RunPlan(
        config,
        version.behaviour(matomo_version, config.adapter),
        DIGITS,
        knows_visits=knows_visits,
        is_followed_whole=is_followed_whole,
    )
    forecaster = Forecaster(plan)
    for idsite, rows in enumerate(sites, 1):
        unvisited = None if knows_visits else SitePlan(rows[: len(rows) // 4], 0, 0)
        key = (len(rows), rows[:1])
        forecaster.add(SiteInput(idsite, key, SitePlan(rows, 0, 0), unvisited, None))
        if forecaster.is_over:
            break
    return forecaster.result()


def situation(
    sites: Sequence[tuple[Invalidation, ...]],
    queue: QueueFacts | None = None,
    *,
    matomo_version: str = "5.2.0",
    knows_visits: bool = True,
    most_rows: int = 500_000,
    adapter: str = PDO,
    limit: int | None = 128 * MB,
    requests: int = 3,
    archive_limit: int = 0,
    per_hour: float | None = None,
    assumed: bool = False,
) -> Situation:
    """A queue of these rows; `queue` is how it was counted, backfill if nothing is said."""
    config = ArchiverConfig(
        adapter, requests, archive_limit, limit, assumed, per_hour, most_rows=most_rows
    )
    return Situation(
        matomo_version=matomo_version,
        prefix="matomo_",
        now=NOW,
        queue=queue or summarise([group(sum(map(len, sites)))]),
        config=config,
        behaviour=version.behaviour_if_known(matomo_version, adapter),
        forecast=simulated(sites, config, matomo_version, knows_visits=knows_visits),
        sites=len(sites),
    )


SITE = backfill_rows("2024-06-01", "2024-12-19")
"""what the update to 5.2.0 queues for one site on 20 December 2024"""


def seven_hundred_sites(**changes: object) -> Situation:
    """The hits backfill of 5.2.0 on 700 sites."""
    return situation([SITE] * 700, **changes)  # type: ignore[arg-type]


def simulated_whole(cut_off: Situation) -> Situation:
    """The same, its run followed to its end as if it could not die."""
    sites = [SITE] * (cut_off.sites or 0)
    whole = simulated(sites, cut_off.config, cut_off.matomo_version, is_followed_whole=True)
    return replace(cut_off, forecast=whole)


def twenty_sites(**changes: object) -> Situation:
    """The same on 20 sites, which 128M are too little for, but not by far."""
    return situation([SITE] * 20, **changes)  # type: ignore[arg-type]


def healthy(**changes: object) -> Situation:
    """Ten rows on two sites."""
    values = {"queue": summarise([ordinary(10)]), **changes}
    return situation([apart(5)] * 2, **values)  # type: ignore[arg-type]


def forecast_of(given_situation: Situation) -> Forecast:
    """Of its next run, where there is one."""
    assert given_situation.forecast is not None
    return given_situation.forecast


def keys(given_situation: Situation) -> list[str]:
    """Of the remedies, best first."""
    return [remedy.key for remedy in advise(given_situation).remedies]


def remedy(given_situation: Situation, key: str) -> Remedy:
    """The one remedy of this key."""
    (found,) = [r for r in advise(given_situation).remedies if r.key == key]
    return found


def finding(given_situation: Situation, topic: str) -> str | None:
    """The finding on this topic, or None."""
    found = [f.text for f in advise(given_situation).findings if f.topic == topic]
    assert len(found) <= 1
    return found[0] if found else None


def all_text(advice: Advice) -> str:
    """All texts."""
    parts = [*advice.headline, *(f.text for f in advice.findings)]
    for r in advice.remedies:
        parts += [r.title, *r.run, r.effect, *r.notes, *r.afterwards]
    return "\n".join(parts)
