"""Findings on the queue and the next run, one line each."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from matomo_archive_exporter.matomo.advice import held_back_advice
from matomo_archive_exporter.matomo.advice.finding import Finding
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import (
    count,
    lasting,
    listed,
    php_size,
    share,
    size,
)
from matomo_archive_exporter.matomo.overlaps.orphans import Reason
from matomo_archive_exporter.matomo.queue.queue import ALL
from matomo_archive_exporter.matomo.rules_basis import assumption
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving

_REPORTS_SHOWN = 5
_REARCHIVINGS_SHOWN = 3
_ORPHANS: Mapping[Reason, str] = {
    "site_deleted": "of deleted sites",
    "segment_not_archived": "of segments not archived for their site",
    "before_site_creation": "from before their site existed",
}


def findings(situation: Situation) -> Iterator[Finding]:
    """Findings on the queue, the next run, odd rows, assumptions and unread sources."""
    yield from _queued(situation)
    if situation.forecast is not None:
        yield from _expected(situation, situation.forecast)
        if situation.dies_in_expansion:
            yield from _expansion(situation)
        else:
            yield from _run(situation, situation.forecast)
    yield from _time(situation)
    yield from _odd_rows(situation)
    yield from _assumed(situation)
    for text in situation.not_read:
        yield Finding("not_read", f"{text}.")


def _queued(situation: Situation) -> Iterator[Finding]:
    if not situation.queue.total:
        yield Finding("queue", "The queue is empty.")
        return
    oldest = situation.queue.oldest_queued
    since = "" if oldest is None else f"; oldest {_since(situation.now, oldest)}"
    text = f"{count(situation.queued, 'row')} queued, {situation.in_progress:,} in progress{since}"
    yield Finding("queue", f"{text}.")
    yield from _reports(situation)
    if backfill := situation.queue.hits_backfill:
        part = share(backfill, situation.queued)
        text = (
            f"{count(backfill, 'row')} ({part}) from the hits backfill, which the update to 5.2"
            " queues."
        )
        yield Finding("backfill", text)


def _since(now: int, then: int) -> str:
    when = datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{lasting(now - then)} ({when} UTC)"


def _reports(situation: Situation) -> Iterator[Finding]:
    """The largest reports, by queued rows."""
    rows = {key: at.get("queued", 0) for key, at in situation.queue.reports.items()}
    order = sorted((key for key in rows if rows[key]), key=lambda key: (-rows[key], key))
    shown = [f"{_report(*key)} {rows[key]:,}" for key in order[:_REPORTS_SHOWN]]
    if rest := order[_REPORTS_SHOWN:]:
        shown.append(f"{count(len(rest), 'other')} {sum(rows[key] for key in rest):,}")
    if shown:
        yield Finding("reports", f"{', '.join(shown)}.")


def _report(plugin: str, report: str) -> str:
    if plugin == ALL:
        return "all reports" if report == ALL else report
    return f"all of {plugin}" if report == ALL else f"{plugin}.{report}"


def _expected(situation: Situation, forecast: Forecast) -> Iterator[Finding]:
    """Rows that the next run adds, and sites that it leaves out."""
    more = "" if forecast.knows_added else "at least "
    if forecast.rearchived:
        named = "; ".join(
            _scheduled(e) for e in (situation.rearchivings or ())[:_REARCHIVINGS_SHOWN]
        )
        text = f"The next run first adds {more}{count(forecast.rearchived, 'row')} of re-archivings"
        yield Finding("scheduled", f"{text}{f': {named}' if named else ''}.")
    if forecast.daily:
        rows = f"{more}{count(forecast.daily, 'row')}"
        yield Finding("own", f"The next run adds {rows} for today and yesterday.")
    if situation.sites_left:
        sites = count(situation.sites_left, "site")
        text = f"The next run takes only the {sites} left in the list that runs share."
        yield Finding("sites_left", text)


def _scheduled(entry: ReArchiving) -> str:
    sites = "all sites" if entry.sites is None else count(len(entry.sites), "site")
    start = ""
    if entry.start is not None:
        start = f" from {datetime.fromtimestamp(entry.start, UTC):%Y-%m-%d}"
    return f"{_report(entry.plugin or ALL, entry.report or ALL)} at {sites}{start}"


def _expansion(situation: Situation) -> Iterator[Finding]:
    """Why the run dies before it works on a site, and what does not help."""
    choices = situation.expansion
    if choices is None:
        return
    takes_all = any(entry.sites is None for entry in situation.rearchivings or ())
    sites = count(choices.lists, "site" if takes_all else "listed site")
    lists = ""
    if choices.lists:
        lists = (
            f": it loads the segments of {'all' if takes_all else 'the'} {sites} that have one,"
            f" and keeps {choices.list_of_segments / 1e6:.2f} MB for each site"
        )
    yield Finding("expansion", f"The expansion needs {size(choices.now)}{lists}.")
    yield Finding(
        "no_help",
        "--force-idsites, --max-archives-to-process and --concurrent-requests-per-website do not"
        " help. The expansion comes first and takes"
        f" {'all sites' if takes_all else 'every site that its entries list'}.",
    )
    if all(held >= situation.usable for held in choices.by_months.values()):
        yield Finding(
            "months",
            "rearchive_reports_in_past_last_n_months does not help: with fewer months the"
            f" expansion needs at least {size(min(choices.by_months.values()))}.",
        )


def _run(situation: Situation, forecast: Forecast) -> Iterator[Finding]:
    run, totals = forecast.configured, (situation.whole or forecast).configured.totals
    lower = "" if situation.whole else "at least "
    yield Finding(
        "run",
        f"The next run: {lower}{count(totals.archives, 'archive')},"
        f" {count(totals.selects, 'SELECT')}, {count(totals.skips, 'overlap skip')}.",
    )
    if situation.is_heavy:
        yield from _cause(situation, forecast)
        if run.safe_archives == 0:
            text = "No --max-archives-to-process is surely safe: rows without visits do not count."
            yield Finding("no_safe_limit", text)
    peak = forecast.full_queue_peak
    if situation.config.archive_limit and peak > run.totals.peak:
        more = "" if forecast.is_exact else "more than "
        yield Finding(
            "without_limit",
            f"Without --max-archives-to-process the run would need {more}{size(peak)}.",
        )


def _cause(situation: Situation, forecast: Forecast) -> Iterator[Finding]:
    behaviour = situation.behaviour
    if behaviour is None:
        return
    if behaviour.keeps_statements:
        yield Finding(
            "cause",
            "Matomo before 5.3.0 with PDO\\MYSQL keeps each SELECT, which lists all rows done.",
        )
        return
    costs = memory.costs_of(behaviour)
    lists = ""
    if (situation.whole or forecast).configured.totals.lists:
        lists = (
            f" and {size(costs.list_of_segments * 100)} for each 100 sites with segments"
            " (auto_archive)"
        )
    yield Finding(
        "cause",
        f"Matomo {situation.matomo_version} keeps about {size(costs.archived * 1000)} for each"
        f" 1,000 archives{lists}.",
    )


def _time(situation: Situation) -> Iterator[Finding]:
    archives, may_be_fewer = situation.work
    rate = situation.config.archives_per_hour
    if not archives or (rate is None and not situation.is_heavy):
        return
    if rate is None:
        text = "Not known. Set --archiver.archives-per-hour."
    else:
        at_most = "at most " if may_be_fewer else ""
        text = (
            f"The whole queue takes {at_most}{lasting(archives * 3600 / rate)} at {rate:,.0f}"
            " archives an hour."
        )
    yield Finding("time", text)


def _odd_rows(situation: Situation) -> Iterator[Finding]:
    yield from _stuck(situation)
    if blocked := sum((situation.blocked or {}).values()):
        text = count(blocked, "row overlaps others and waits", "rows overlap others and wait")
        yield Finding("overlaps", f"{text}: {listed(situation.blocked or {})}.")
    if situation.duplicates:
        text = count(situation.duplicates, "queued row repeats", "queued rows repeat")
        yield Finding("duplicates", f"{text} another. Matomo drops them or archives twice.")
    if gone := sum((situation.orphans or {}).values()):
        reasons = {_ORPHANS[why]: rows for why, rows in (situation.orphans or {}).items()}
        text = f"Matomo builds no archive for {count(gone, 'row')}"
        yield Finding("orphans", f"{text}: {listed(reasons)}.")
    queue = situation.queue
    unseen = {
        "without status": queue.no_status,
        "without time": queue.no_time,
        "in the future": queue.future_time,
    }
    if total := sum(unseen.values()):
        text = f"Matomo never selects {count(total, 'queued row')}"
        yield Finding("unselectable", f"{text}: {listed(unseen)}.")


def _stuck(situation: Situation) -> Iterator[Finding]:
    queue, behaviour = situation.queue, situation.behaviour
    if queue.never_started:
        text = f"{count(queue.never_started, 'row')} in progress without a start time."
        if behaviour is not None:
            recovers = behaviour.recovers_never_started
            text += (
                " The next run queues them again." if recovers else " Matomo never retries them."
            )
        yield Finding("never_started", text)
    if queue.past_recovery:
        text = f"{count(queue.past_recovery, 'row')} in progress past the recovery timeout"
        if queue.oldest_started is not None:
            text += f", oldest {_since(situation.now, queue.oldest_started)}"
        yield Finding("past_recovery", f"{text}. The next run queues them again.")
    if text := _holding_back(situation):
        yield Finding("holding_back", text)


def _holding_back(situation: Situation) -> str:
    """Which process holds back how many rows; a general sentence where that is not known."""
    behaviour = situation.behaviour
    if behaviour is None or not behaviour.in_progress_blocks:
        return ""
    if situation.held_back is not None:
        return held_back_advice.summary(situation)
    if situation.in_progress <= situation.queue.never_started:
        return ""
    return "Rows in progress hold back larger periods of their sites, also when their run has died."


def _assumed(situation: Situation) -> Iterator[Finding]:
    forecast, limit = situation.forecast, situation.config.memory_limit
    if forecast is not None and not forecast.knows_visits and situation.work[0]:
        text = "Visits are unknown: estimates assume the worst case."
        yield Finding("visits", text)
    if text := assumption(situation.matomo_version, situation.rules):
        yield Finding("rules", text)
    if situation.config.is_limit_assumed and limit is not None:
        text = (
            f"{php_size(limit)} is assumed: set --archiver.memory-limit (run `php -i` as the"
            " archiver's user)."
        )
        yield Finding("memory_limit", text)
