"""A day of a real Matomo that is archived every hour, as the exporter would have shown it."""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

from matomo_archive_exporter.matomo.queue.turnover import Turnover, advance
from tests.support.recordings import RECORDINGS
from tests.support.replay import BEGIN, Moment, Series, Values, series

PERIODS = ("day", "week", "month", "year", "range")
_STATUSES = {"queued": "queued", "in_progress": "inprogress"}
_ARCHIVES, _SECONDS = 11, 12.0
"""archives of each period that a run makes, and how long one takes"""
_FIRST_SCRAPE = datetime(2025, 3, 12, 22, 46, 2, tzinfo=UTC)
"""of the first state; those of every minute were recorded within two seconds of its beginning"""

Row = Mapping[str, str]


def rows() -> list[Row]:
    """The states that were recorded, one after the other."""
    with gzip.open(RECORDINGS / "healthy-day.csv.gz", "rt", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def moments(states: Sequence[Row], others: Values) -> list[Moment]:
    """The day as it is scraped every minute; `others` are series that the states do not tell.

    Times are moved so that the first scrape is at the replay's beginning.
    """
    return [
        (minute, {name: _moved(name, value) for name, value in {**others, **values}.items()})
        for minute, values in _scraped(states)
    ]


def minute(at: datetime) -> int:
    """That of the first scrape which shows what was so at a time."""
    return max(0, ceil((at - _FIRST_SCRAPE) / timedelta(minutes=1)))


def when(state: Row) -> datetime:
    """When it was recorded."""
    return datetime.fromisoformat(state["sim_time_utc"]).replace(tzinfo=UTC)


def reported(state: Row) -> Values:
    """The series that follow from one state, at its own times."""
    started = _number(state["LastFullArchivingStartTime"])
    completed = _number(state["LastCompletedFullArchiving"])
    single = {
        "oldest_queued_timestamp_seconds": _time(state["oldest_queued_ts"]),
        # Rows are started together, so the recorded oldest start stands for the newest.
        "oldest_started_timestamp_seconds": _time(state["oldest_started_ts"]),
        "newest_started_timestamp_seconds": _time(state["oldest_started_ts"]),
        "last_run_started_timestamp_seconds": started,
        "last_run_completed_timestamp_seconds": completed,
        "last_run_duration_seconds": _duration(started, completed),
        "sites_remaining": len([*filter(None, state["SharedSiteIds"].split(","))]),
        "remembered_invalidations": int(state["report_to_invalidate"]),
    }
    return dict(_counts(state)) | {
        series(f"matomo_archive_{name}"): value for name, value in single.items()
    }


def _duration(started: int | None, completed: int | None) -> int | None:
    """None while a later run has started."""
    if started is None or completed is None or completed < started:
        return None
    return completed - started


def _counts(state: Row) -> Iterator[tuple[Series, int]]:
    """Rows of segments are known by their number only: they count for the first periods."""
    segments = int(state["segment_rows"])
    for status, column in _STATUSES.items():
        for number, period in enumerate(PERIODS, 1):
            rows = int(state[f"{column}_p{number}"])
            of_segments = min(rows, segments)
            segments -= of_segments
            for scope, count in (("segment", of_segments), ("all_visits", rows - of_segments)):
                labels = {"status": status, "period": period, "scope": scope}
                yield series("matomo_archive_invalidations", **labels), count


def _scraped(states: Sequence[Row]) -> Iterator[tuple[int, Values]]:
    """The state that each scrape finds, with what the exporter has counted until then."""
    turnover: Turnover | None = None
    completions: set[str] = set()
    for at, state in {minute(when(state)): state for state in states}.items():
        turnover = _advanced(turnover, _total(state))
        completions.add(state["LastCompletedFullArchiving"])
        yield at, {**reported(state), **dict(_counted(turnover, len(completions) - 1))}


def _advanced(before: Turnover | None, total: int) -> Turnover:
    """Rows that were replaced by as many others between two states remain unseen."""
    if before is None:
        return Turnover(total, total)
    above = max(0, total - before.total)
    return advance(before, total, before.highest + above, above)


def _counted(turnover: Turnover, runs: int) -> Iterator[tuple[Series, float]]:
    yield series("matomo_archive_added_invalidations_total"), turnover.added
    yield series("matomo_archive_removed_invalidations_total"), turnover.removed
    for period in PERIODS:
        archives = runs * _ARCHIVES
        yield series("matomo_archive_duration_seconds_count", period=period), archives
        yield series("matomo_archive_duration_seconds_sum", period=period), archives * _SECONDS


def _total(state: Row) -> int:
    return int(state["queued_total"]) + int(state["inprogress_total"])


def _moved(name: Series, value: float | None) -> float | None:
    if value is None or not name[0].endswith("_timestamp_seconds"):
        return value
    return value - _FIRST_SCRAPE.timestamp() + BEGIN


def _number(text: str) -> int | None:
    return int(text) if text else None


def _time(text: str) -> float | None:
    return datetime.fromisoformat(f"{text}+00:00").timestamp() if text else None
