"""What puts the queue itself in order."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count
from matomo_archive_exporter.matomo.queue.queue import HITS_BACKFILL_REPORT
from matomo_archive_exporter.matomo.simulation.forecast import Forecast

_STOP = "Stop every core:archive first, and start none until it is done."


def delete_backfill(situation: Situation) -> Iterator[Remedy]:
    """Delete the hits backfill."""
    rows = situation.queue.hits_backfill
    if not rows:
        return
    scheduled = (
        "More of it is scheduled: let one run of core:archive begin its first archive before"
        " you stop it, or the next run queues that again.",
    )
    yield Remedy(
        "hits_backfill",
        "Delete the hits backfill from the queue",
        (
            f"DELETE FROM {_table(situation)}",  # noqa: S608 - printed, never run
            f"WHERE report = '{HITS_BACKFILL_REPORT}' AND status = 0 AND ts_started IS NULL;",
        ),
        f"Deletes {count(rows, 'row')}; {situation.queued - rows:,} queued rows stay.",
        (
            _STOP,
            *(scheduled if situation.hits_scheduled else ()),
            "The hits of past days stay missing until a range is queued again, month by month:",
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
            "Queue again what is in progress without a start",
            (
                f"UPDATE {_table(situation)} SET status = 0",  # noqa: S608 - printed, never run
                "WHERE status = 1 AND ts_started IS NULL;",
            ),
            f"Queues {count(queue.never_started, 'row')} again; nothing else does before 5.3.0.",
            (_STOP,),
        )


def _reset(situation: Situation) -> Remedy:
    """With a filter by age, rows without a start would stay (their start is NULL)."""
    queue, only_old = situation.queue, not situation.queue.never_started
    command = "./console core:reset-invalidations"
    notes = [] if only_old else [_STOP]
    if only_old:
        command += ' --older-than="1 day ago"'
    elif situation.in_progress > situation.stuck:
        rest = situation.in_progress - situation.stuck
        notes.append(f"It also resets {count(rest, 'row')} that may be worked on right now.")
    notes.append("With --dry-run it only lists them.")
    others = f"the next run does so with {queue.past_recovery:,}" if queue.past_recovery else ""
    never = f"nothing else does with {queue.never_started:,}" if queue.never_started else ""
    known = ", ".join(text for text in (others, never) if text)
    text = f"Queues {count(situation.stuck, 'stuck row')} again at once ({known})."
    return Remedy("reset", "Queue again what is stuck in progress", (command,), text, tuple(notes))


def grant_visits(situation: Situation, forecast: Forecast) -> Iterator[Remedy]:
    """A grant, where it would make the forecast more exact."""
    if forecast.knows_visits or forecast.lowest_peak >= forecast.configured.totals.peak:
        return
    opens_limit = forecast.configured.safe_archives == 0
    yield Remedy(
        "visits",
        "Let the exporter see which days had visits, for closer figures",
        (
            f"GRANT SELECT (idsite, visit_last_action_time) ON `{situation.prefix}log_visit`",
            "TO exporter@'%';",
        ),
        "Only then an archive limit can be told that is safe: rows without visits do not count."
        if opens_limit
        else "One figure instead of a range, and a higher archive limit.",
        ("`matomo-archive-exporter check` prints it for the exporter's own account.",),
    )
