"""What is the matter with the queue, a line for each thing that is."""

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
_REARCHIVINGS_TOLD = 3
_ORPHANS: Mapping[Reason, str] = {
    "site_deleted": "of deleted sites",
    "segment_not_archived": "of segments that are not archived for their site",
    "before_site_creation": "from before their site was created",
}


def findings(situation: Situation) -> Iterator[Finding]:
    """What is queued and why, what the run makes of it, what is odd, what is not known."""
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


def _queued(situation: Situation) -> Iterator[Finding]:
    if not situation.queue.total:
        yield Finding("queue", "The queue is empty.")
        return
    oldest = situation.queue.oldest_queued
    in_progress = f"{situation.in_progress:,}" if situation.in_progress else "none"
    since = "" if oldest is None else f", the oldest {_since(situation.now, oldest)}"
    text = f"{count(situation.queued, 'row is', 'rows are')} queued{since}"
    yield Finding("queue", f"{text}; {in_progress} in progress.")
    yield from _reports(situation)
    if backfill := situation.queue.hits_backfill:
        part = share(backfill, situation.queued)
        text = (
            f"{backfill:,} of them ({part}) are the hits backfill: report Actions_hits of past"
            " days at every site, which updating to Matomo 5.2 asks for."
        )
        yield Finding("backfill", text)


def _since(now: int, then: int) -> str:
    when = datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%d %H:%M")
    return f"for {lasting(now - then)} (since {when} UTC)"


def _reports(situation: Situation) -> Iterator[Finding]:
    """The largest reports, by queued rows."""
    rows = {key: at.get("queued", 0) for key, at in situation.queue.reports.items()}
    order = sorted((key for key in rows if rows[key]), key=lambda key: (-rows[key], key))
    shown = [f"{_report(*key)} {rows[key]:,}" for key in order[:_REPORTS_SHOWN]]
    if rest := order[_REPORTS_SHOWN:]:
        shown.append(f"{count(len(rest), 'other')} {sum(rows[key] for key in rest):,}")
    if shown:
        yield Finding("reports", f"By plugin and report: {', '.join(shown)}.")


def _report(plugin: str, report: str) -> str:
    if plugin == ALL:
        return "all reports" if report == ALL else report
    return f"all of {plugin}" if report == ALL else f"{plugin}.{report}"


def _expected(situation: Situation, forecast: Forecast) -> Iterator[Finding]:
    """Rows that are not there yet."""
    more = "" if forecast.knows_added else "at least "
    if forecast.rearchived:
        named = "; ".join(
            _scheduled(e) for e in (situation.rearchivings or ())[:_REARCHIVINGS_TOLD]
        )
        text = f"The next run first adds {more}{count(forecast.rearchived, 'row')} of a scheduled"
        yield Finding("scheduled", f"{text} re-archiving{f' ({named})' if named else ''}.")
    if forecast.daily:
        text = f"It adds {more}{count(forecast.daily, 'row')} for today and yesterday as it goes."
        yield Finding("own", text)
    if situation.sites_left:
        text = f"It takes only the {count(situation.sites_left, 'site')} left in the list that runs"
        yield Finding("sites_left", f"{text} share (option SharedSiteIdsToArchive_AllWebsites).")


def _scheduled(entry: ReArchiving) -> str:
    sites = "all sites" if entry.sites is None else count(len(entry.sites), "site")
    start = ""
    if entry.start is not None:
        start = f" from {datetime.fromtimestamp(entry.start, UTC):%Y-%m-%d}"
    return f"{_report(entry.plugin or ALL, entry.report or ALL)} at {sites}{start}"


def _expansion(situation: Situation) -> Iterator[Finding]:
    """Why the run dies before it works, and what does not help."""
    choices = situation.expansion
    if choices is None:
        return
    takes_all = any(entry.sites is None for entry in situation.rearchivings or ())
    sites = count(choices.lists, "site" if takes_all else "listed site")
    lists = ""
    if choices.lists:
        lists = (
            f": it asks {'all' if takes_all else 'the'} {sites} that have a segment for their"
            f" segments first, and keeps {choices.list_of_segments / 1e6:.2f} MB for each"
        )
    yield Finding("expansion", f"The expansion needs {size(choices.now)}{lists}.")
    yield Finding(
        "no_help",
        "--force-idsites, --max-archives-to-process and --concurrent-requests-per-website do not"
        " help: the expansion comes before all of them and takes"
        f" {'all sites' if takes_all else 'every site that its entries list'}.",
    )
    if all(held >= situation.usable for held in choices.by_months.values()):
        yield Finding(
            "months",
            "rearchive_reports_in_past_last_n_months does not help either: with fewer months the"
            f" expansion needs {size(min(choices.by_months.values()))} at least.",
        )


def _run(situation: Situation, forecast: Forecast) -> Iterator[Finding]:
    run, totals = forecast.configured, (situation.whole or forecast).configured.totals
    lower = "" if situation.whole else "at least "
    would = "would build" if run.death is not None else "builds"
    skips = ""
    if totals.skips:
        skips = f" and skips {count(totals.skips, 'time')} one that overlaps others"
    yield Finding(
        "run",
        f"The next run {would} {lower}{count(totals.archives, 'archive')}. It asks the"
        f" database {count(totals.selects, 'time')} for the next row{skips}.",
    )
    if situation.is_heavy:
        yield from _cause(situation, forecast)
        if run.safe_archives == 0:
            text = (
                "No --max-archives-to-process is sure to be safe: what does not count towards it"
                " (rows without visits, the start of the run) may need too much."
            )
            yield Finding("no_safe_limit", text)
    peak = forecast.full_queue_peak
    if situation.config.archive_limit and peak > run.totals.peak:
        more = "" if forecast.is_exact else "more than "
        yield Finding(
            "without_limit",
            f"Without its --max-archives-to-process the run would need {more}{size(peak)}.",
        )


def _cause(situation: Situation, forecast: Forecast) -> Iterator[Finding]:
    behaviour = situation.behaviour
    if behaviour is None:
        return
    if behaviour.keeps_statements:
        yield Finding(
            "cause",
            "Each of these statements stays in memory (Matomo before 5.3.0, adapter PDO\\MYSQL),"
            " and each lists all rows handled so far: they grow as they add up.",
        )
        return
    costs = memory.costs_of(behaviour)
    lists = ""
    if (situation.whole or forecast).configured.totals.lists:
        lists = (
            f" and {size(costs.list_of_segments * 100)} for each 100 sites that have a segment"
            " (auto_archive), however many segments there are,"
        )
    yield Finding(
        "cause",
        f"Matomo {situation.matomo_version} keeps some {size(costs.archived * 1000)} for each"
        f" 1,000 archives{lists} until the run ends.",
    )


def _time(situation: Situation) -> Iterator[Finding]:
    archives, may_be_fewer = situation.work
    rate = situation.config.archives_per_hour
    if not archives or (rate is None and not situation.is_heavy):
        return
    if rate is None:
        text = "How long it takes is not known: say --archiver.archives-per-hour."
    else:
        at_most = "at most " if may_be_fewer else ""
        text = (
            f"At {rate:,.0f} archives an hour the whole queue takes {at_most}"
            f"{lasting(archives * 3600 / rate)}."
        )
    yield Finding("time", text)


def _odd_rows(situation: Situation) -> Iterator[Finding]:
    yield from _stuck(situation)
    if blocked := sum((situation.blocked or {}).values()):
        text = f"{count(blocked, 'queued row overlaps', 'queued rows overlap')} an unfinished one"
        yield Finding(
            "overlaps", f"{text} and must wait for it: {listed(situation.blocked or {})}."
        )
    if situation.duplicates:
        text = count(situation.duplicates, "queued row repeats", "queued rows repeat")
        yield Finding("duplicates", f"{text} another unfinished one: dropped, or archived twice.")
    if gone := sum((situation.orphans or {}).values()):
        reasons = {_ORPHANS[why]: rows for why, rows in (situation.orphans or {}).items()}
        text = f"{count(gone, 'queued row goes', 'queued rows go')} without being archived"
        yield Finding("orphans", f"{text}: {listed(reasons)}.")
    queue = situation.queue
    unseen = {"no status": queue.no_status, "no time": queue.no_time, "later": queue.future_time}
    if total := sum(unseen.values()):
        text = f"{count(total, 'queued row is', 'queued rows are')} never selected"
        yield Finding("unselectable", f"{text} by the archiver as they are: {listed(unseen)}.")


def _stuck(situation: Situation) -> Iterator[Finding]:
    queue, behaviour = situation.queue, situation.behaviour
    if queue.never_started:
        text = count(queue.never_started, "row is", "rows are") + " in progress without a start"
        if behaviour is not None:
            recovers = behaviour.recovers_never_started
            text += ": the next run queues them again" if recovers else ": nothing recovers them"
        yield Finding("never_started", f"{text}.")
    if queue.past_recovery:
        text = f"{count(queue.past_recovery, 'row has', 'rows have')} been in progress for longer"
        since = "" if queue.oldest_started is None else _since(situation.now, queue.oldest_started)
        text += f" than the recovery timeout, the oldest {since}" if since else " than allowed"
        yield Finding("past_recovery", f"{text}: the next run queues them again.")
    if text := _holding_back(situation):
        yield Finding("holding_back", text)


def _holding_back(situation: Situation) -> str:
    """Who holds back what, or that rows in progress do so where that is not known."""
    behaviour = situation.behaviour
    if behaviour is None or not behaviour.in_progress_blocks:
        return ""
    if situation.held_back is not None:
        return held_back_advice.summary(situation)
    if situation.in_progress <= situation.queue.never_started:
        return ""
    return (
        "Rows in progress, also those of a run that died, hold back the larger periods of their"
        " sites that overlap them."
    )


def _assumed(situation: Situation) -> Iterator[Finding]:
    forecast, limit = situation.forecast, situation.config.memory_limit
    if forecast is not None and not forecast.knows_visits and situation.work[0]:
        text = (
            "Visits are unknown: memory is estimated as if all days had some, and safe limits as if"
            " only the last row counted."
        )
        yield Finding("visits", text)
    if text := assumption(situation.matomo_version, situation.rules):
        yield Finding("rules", text)
    if situation.config.is_limit_assumed and limit is not None:
        text = (
            f"memory_limit {php_size(limit)} is assumed. What `php -i` prints as the archiver's"
            " user goes into --archiver.memory-limit."
        )
        yield Finding("memory_limit", text)
