"""Remedies that clean up the queue, or make its forecast more exact."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count
from matomo_archive_exporter.matomo.queue.queue import HITS_BACKFILL_REPORT
from matomo_archive_exporter.matomo.simulation.forecast import Forecast

_STOP = "Stop all runs, then"


def delete_backfill(situation: Situation) -> Iterator[Remedy]:
    rows = situation.queue.hits_backfill
    if not rows:
        return
    is_scheduled = any(e.report == HITS_BACKFILL_REPORT for e in situation.rearchivings or ())
    scheduled = (
        "More of it is scheduled: let one core:archive begin its first archive before you stop it."
        " Otherwise the next run queues the backfill again.",
    )
    yield Remedy(
        "hits_backfill",
        f"{_STOP} delete the hits backfill",
        (
            f"DELETE FROM {_table(situation)}"  # noqa: S608 - printed, never run
            f" WHERE report = '{HITS_BACKFILL_REPORT}' AND status = 0 AND ts_started IS NULL;",
        ),
        f"Deletes {count(rows, 'row')}. Past hits stay missing.",
        (
            *(scheduled if is_scheduled else ()),
            "To build past hits later, queue them month by month:",
        ),
        _bring_back(situation.now),
    )


def _table(situation: Situation) -> str:
    return f"`{situation.prefix}archive_invalidations`"


def _bring_back(now: int) -> tuple[str, str]:
    """The month so far, up to yesterday (UTC)."""
    yesterday = (datetime.fromtimestamp(now, UTC) - timedelta(days=1)).date()
    days = f"{yesterday.replace(day=1)},{yesterday}"
    return (
        f"./console core:invalidate-report-data --dates={days} \\",
        f"  --plugin=Actions.{HITS_BACKFILL_REPORT}",
    )


def release_stuck(situation: Situation) -> Iterator[Remedy]:
    """core:reset-invalidations (5.3.0); before, what Matomo 5.1 did by itself."""
    behaviour, queue = situation.behaviour, situation.queue
    if behaviour is None:
        return
    if behaviour.can_reset and situation.stuck:
        yield _reset(situation)
    elif queue.never_started and not behaviour.recovers_never_started:
        yield Remedy(
            "never_started",
            f"{_STOP} queue again the rows without a start time",
            (
                f"UPDATE {_table(situation)} SET status = 0"  # noqa: S608 - printed, never run
                " WHERE status = 1 AND ts_started IS NULL;",
            ),
            f"Queues {count(queue.never_started, 'row')} again. Matomo before 5.3.0 never does.",
        )


def _reset(situation: Situation) -> Remedy:
    """With a filter by age, rows without a start would stay (their start is NULL)."""
    queue, only_old = situation.queue, not situation.queue.never_started
    command, title, notes = "./console core:reset-invalidations", "Queue stuck rows again", []
    if only_old:
        command += ' --older-than="1 day ago"'
    else:
        title = f"{_STOP} queue stuck rows again"
        if rest := situation.in_progress - situation.stuck:
            notes.append(f"It also resets {count(rest, 'row')} that may still be at work.")
    notes.append("--dry-run only lists them.")
    others = f"the next run resets {queue.past_recovery:,} of them" if queue.past_recovery else ""
    never = f"Matomo never retries {queue.never_started:,}" if queue.never_started else ""
    known = ", ".join(text for text in (others, never) if text)
    text = f"Queues {count(situation.stuck, 'row')} again at once ({known})."
    return Remedy("reset", title, (command,), text, tuple(notes))


def grant_visits(situation: Situation, forecast: Forecast) -> Iterator[Remedy]:
    """A grant, where it would make the forecast more exact."""
    if forecast.knows_visits or forecast.lowest_peak >= forecast.configured.totals.peak:
        return
    opens_limit = forecast.configured.safe_archives == 0
    yield Remedy(
        "visits",
        "Let the exporter read which days had visits",
        (
            f"GRANT SELECT (idsite, visit_last_action_time) ON `{situation.prefix}log_visit`"
            " TO exporter@'%';",
        ),
        "Needed to compute a safe limit."
        if opens_limit
        else "The forecast becomes one figure instead of a range, and the safe limit rises.",
        ("`matomo-archive-exporter check` prints the statement for your exporter's account.",),
    )
