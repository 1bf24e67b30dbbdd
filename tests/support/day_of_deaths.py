"""A day of a Matomo 5.2.0, made by hand: six runs in a row die of memory, the next one works.

Minutes count from its beginning; times are seconds on the clock of the tester.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

from matomo_archive_exporter.matomo.queue.turnover import Turnover, advance
from tests.support.healthy_day import PERIODS
from tests.support.replay import BEGIN, Moment, Series, Values, series

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_AT, _LASTS, _DIES_AFTER = 5 * _MINUTE, 12 * _MINUTE, 9 * _MINUTE + 20
"""runs begin at this time of the hour, and go on for so long; seconds"""
_BACKFILL = 1810
_LEFT = (1499, 1204, 908, 619, 331, 125)
"""rows that each death leaves queued; one more stays in progress"""
_OWN = 5
"""rows of a site's turn in an ordinary run, of which one is in progress"""
_ROW = 8
"""seconds since the row in progress was started"""
HOURS = 36


@dataclass(frozen=True, slots=True)
class Run:
    """One archiver at work; `queued` before and after. It dies, or it finishes."""

    start: int
    end: int
    queued: tuple[int, int]
    dies: bool = False

    def at(self, now: int) -> int:
        """Queued rows while it works."""
        before, after = self.queued
        return before - (before - after) * (now - self.start) // (self.end - self.start)


def _runs() -> Iterator[Run]:
    """The first is well, the next six die, the others are well and recover what was left."""
    queue = (_BACKFILL, *_LEFT)
    for hour in range(HOURS):
        start = BEGIN + hour * _HOUR + _AT
        if 1 <= hour <= len(_LEFT):
            left = (queue[hour - 1], queue[hour])
            yield Run(start, start + _DIES_AFTER, left, dies=True)
        else:
            before = _LEFT[-1] if hour == len(_LEFT) + 1 else _OWN
            yield Run(start, start + _LASTS, (before, 0))


RUNS = (*_runs(),)
DEATHS = tuple(run.end for run in RUNS if run.dies)
SIBLINGS = (
    # Refused after the first death, because too many archivers seem to run: it notes a success.
    (DEATHS[0] + 70, DEATHS[0] + 90),
    # At work beside the third one, and not dead.
    (DEATHS[2] - 300, DEATHS[2] + 200),
    # After the last death.
    (DEATHS[5] + 400, DEATHS[5] + 1100),
)
"""start and end of other archivers"""
_RECOVERED = tuple(
    min(run.start for run in RUNS if run.start >= death - _ROW + _DAY) for death in DEATHS
)
"""when the row that each death left is taken out of its progress"""


def _minute(time: int) -> int:
    """That of the first scrape at a time or after it."""
    return -(-(time - BEGIN) // _MINUTE)


FIRST_DEATH, LAST_RECOVERY = _minute(DEATHS[0]), _minute(_RECOVERED[-1])
END = HOURS * _HOUR // _MINUTE


def moments(*, with_log: bool) -> list[Moment]:
    """The day as it is scraped every minute, with the figures of the archiver's log or without."""
    times = [BEGIN + minute * _MINUTE for minute in range(END + 1)]
    logged = [_log(now) if with_log else {} for now in times]
    return [
        (minute, {**_EXPORTER, **_queue(now), **_runs_noted(now), **_counted(turnover), **log})
        for minute, (now, turnover, log) in enumerate(
            zip(times, _turnovers(times), logged, strict=True)
        )
    ]


_EXPORTER: Values = {
    series("up"): 1,
    series("matomo_up"): 1,
    series("matomo_archive_exporter_build_info", driver="c", version="1"): 1,
    series("matomo_archive_pending_rearchivings"): 0,
    series("matomo_archive_database_utc_offset_seconds"): 0,
    **{
        series("matomo_archive_exporter_collector_success", collector=collector): 1
        for collector in ("queue", "runs", "archives", "durations", "overlaps", "log")
    },
    **{
        series("matomo_archive_unselectable_invalidations", reason=reason): 0
        for reason in ("no_status", "no_time", "future_time")
    },
}


def _queued(now: int) -> int:
    """Rows that the latest run has not reached, also after its death."""
    begun = [run for run in RUNS if run.start <= now]
    return begun[-1].at(min(now, begun[-1].end)) if begun else 0


def _left(now: int) -> list[int]:
    """When the rows were started that dead runs left in progress."""
    both = zip(DEATHS, _RECOVERED, strict=True)
    return [death - _ROW for death, recovered in both if death <= now < recovered]


def _started(now: int) -> list[int]:
    """When all rows in progress were started."""
    at_work = any(run.start < now < run.end for run in RUNS)
    return [*_left(now), now - _ROW] if at_work else _left(now)


def _queue(now: int) -> Values:
    started, queued = _started(now), _queued(now)
    past = sum(now - start > _DAY for start in started)
    oldest = RUNS[1].start if now < RUNS[len(_LEFT) + 1].end else now - now % _HOUR + _AT
    return {
        **dict(_counts({"queued": queued, "in_progress": len(started)})),
        series("matomo_archive_oldest_queued_timestamp_seconds"): oldest if queued else None,
        series("matomo_archive_oldest_started_timestamp_seconds"): min(started, default=None),
        series("matomo_archive_newest_started_timestamp_seconds"): max(started, default=None),
        series("matomo_archive_stuck_invalidations", reason="never_started"): 0,
        series("matomo_archive_stuck_invalidations", reason="past_recovery_timeout"): past,
    }


def _counts(rows: Mapping[str, int]) -> Iterator[tuple[Series, int]]:
    """All rows are those of days and all visits."""
    for status, period, scope in product(rows, PERIODS, ("all_visits", "segment")):
        labels = {"status": status, "period": period, "scope": scope}
        count = rows[status] if (period, scope) == ("day", "all_visits") else 0
        yield series("matomo_archive_invalidations", **labels), count


def _runs_noted(now: int) -> Values:
    """Each start overwrites the one before; every archiver that ends notes it."""
    starts = [*(run.start for run in RUNS), *(start for start, _ in SIBLINGS)]
    ends = [*(run.end for run in RUNS if not run.dies), *(end for _, end in SIBLINGS)]
    earlier = BEGIN - _HOUR + _AT
    started = max((start for start in starts if start <= now), default=earlier)
    completed = max((end for end in ends if end <= now), default=earlier + _LASTS)
    return {
        series("matomo_archive_last_run_started_timestamp_seconds"): started,
        series("matomo_archive_last_run_completed_timestamp_seconds"): completed,
    }


def _turnovers(times: list[int]) -> Iterator[Turnover]:
    totals = [_queued(now) + len(_started(now)) for now in times]
    turnover = Turnover(totals[0], totals[0])
    yield turnover
    for before, total in pairwise(totals):
        above = max(0, total - before)
        turnover = advance(turnover, total, turnover.highest + above, above)
        yield turnover


def _counted(turnover: Turnover) -> Values:
    return {
        series("matomo_archive_added_invalidations_total"): turnover.added,
        series("matomo_archive_removed_invalidations_total"): turnover.removed,
    }


def _log(now: int) -> Values:
    dead = [death for death in DEATHS if death <= now]
    events = {
        "memory_exhausted_archiver": len(dead),
        "run_started": sum(run.start <= now for run in RUNS),
        "run_completed": sum(run.end <= now for run in RUNS) - len(dead),
    }
    return {
        series("matomo_archive_log_last_memory_exhausted_timestamp_seconds", role="archiver"): max(
            dead, default=None
        ),
        **{
            series("matomo_archive_log_events_total", event=event): count
            for event, count in events.items()
        },
    }
