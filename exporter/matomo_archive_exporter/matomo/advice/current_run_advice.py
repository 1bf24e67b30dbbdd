"""Advice on the run that is going on: whether it dies, when, where, and what to do before."""

from collections.abc import Iterator
from datetime import UTC, datetime

from matomo_archive_exporter.matomo.advice.finding import Finding
from matomo_archive_exporter.matomo.advice.memory_remedies import archive_command
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, lasting, php_limit, php_size, size
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun, RestOfRun
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.score import Score
from matomo_archive_exporter.matomo.simulation import memory

_CLOSE = 0.005
"""part by which a forecast may be off and be called right"""


def headline(situation: Situation) -> tuple[str, ...]:
    """How it ends, and the figures behind that; nothing where no run is going on."""
    current = situation.current
    if current is None or current.run is None:
        return ()
    rest = current.rest
    if rest is None or rest.end is None:
        return (
            "NOT KNOWN whether the running core:archive runs out of memory:"
            " the rest of its queue was not simulated to the end.",
        )
    return (_sentence(situation, rest), _figures(current, rest))


def _sentence(situation: Situation, rest: RestOfRun) -> str:
    end, forecast = rest.end, rest.forecast
    when = "" if end is None or end.at is None else f" {_at(end.at, situation.now)},"
    if end is None or forecast.dies_in == "expansion":
        return (
            "RISK: the running core:archive runs out of memory while it expands scheduled"
            " re-archivings, before it works on any site."
        )
    more = f"after {count(end.archives, 'more archive')}"
    if end.outcome == "exhausted":
        where = f", at site {forecast.death_site}" if forecast.death_site is not None else ""
        return f"RISK: the running core:archive runs out of memory{when} {more}{where}."
    how = "reaches its limit of archives or time" if end.outcome == "stopped" else "ends"
    return f"OK: the running core:archive fits its memory. It {how}{when} {more}."


def _figures(current: CurrentRun, rest: RestOfRun) -> str:
    limit = rest.config.memory_limit
    used = _used(current, rest)
    needs = f"needs {size(rest.forecast.totals.peak)} at its peak"
    shown = (
        f"It {used}"
        if current.verdict == "dies" and used
        else f"It {used and f'{used} and '}{needs}"
    )
    if limit is None:
        return f"{shown}. It has no memory_limit."
    return f"{shown}. PHP can use {size(memory.exhausted(limit))} (memory_limit {php_size(limit)})."


def _used(current: CurrentRun, rest: RestOfRun) -> str:
    if rest.position is None:
        return ""
    held = ""
    if current.chunks is not None:
        held = f" (its process holds at most {size(current.chunks.highest)})"
    return f"uses {size(rest.position.model)} now{held}"


def _at(moment: float, now: int) -> str:
    """`at 03:40 UTC (in 40 minutes)`."""
    return f"at {_clock(moment)} UTC (in {lasting(moment - now)})"


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M}"


def findings(situation: Situation) -> Iterator[Finding]:
    """Findings on it: figures, gaps, and the score of the last forecast."""
    current = situation.current
    if current is None:
        return
    if current.run is not None:
        yield Finding("current_run", _seen(situation, current.run))
        yield from _other_limit(situation, current.rest)
        yield from _not_seen(current.run)
    elif current.count is None:
        text = "It is not known whether a core:archive is running: nothing moved lately."
        yield Finding("current_run", text)
    if current.score is not None:
        yield Finding("score", _scored(current.score))


def _seen(situation: Situation, run: FollowedRun) -> str:
    since = ""
    if run.started is not None:
        began = situation.now - run.started
        since = f", started {_clock(run.started)} UTC ({lasting(began)} ago)"
    at_least = "" if run.log else "at least "
    rate = "" if run.per_hour is None else f", {run.per_hour:,.0f} an hour lately"
    done = f"{at_least}{count(run.handled, 'row')} done{rate}"
    return f"{run.count:,} core:archive{since}; {done}."


def _other_limit(situation: Situation, rest: RestOfRun | None) -> Iterator[Finding]:
    configured = situation.config.memory_limit
    if rest is not None and (own := rest.config.memory_limit) != configured:
        assumed = ", which is assumed" if situation.config.is_limit_assumed else ""
        text = (
            f"Its command line sets memory_limit {php_limit(own)}; the forecast of the next run"
            f" takes {php_limit(configured)}{assumed}. If every run has the former, set"
            f" --archiver.memory-limit={php_limit(own)}."
        )
        yield Finding("memory_limit", text)


def _not_seen(run: FollowedRun) -> Iterator[Finding]:
    if not run.is_followed:
        text = "Its start was not seen, so its past is estimated. Set --archiver.log-file."
        yield Finding("not_followed", text)
    if not run.now.processes and run.count > 1:
        text = "Their processes are not seen: equal shares are assumed. Set --archiver.proc-path."
        yield Finding("not_seen", text)
    elif run.now.processes is None:
        text = "Its process is not seen: one archiver is assumed. Set --archiver.proc-path."
        yield Finding("not_seen", text)


def _scored(score: Score) -> str:
    error = score.error or 0.0
    if abs(error) < _CLOSE:
        near = "right"
    else:
        near = f"{abs(error) * 100:.0f} % {'high' if error > 0 else 'low'}"
    parts = {"archives": score.archives, "skips": score.skips}
    shown = [
        f"{figure.predicted:,} {name} (actual: {figure.actual:,})"
        for name, figure in parts.items()
        if figure
    ]
    if score.peak is not None:
        shown.append(f"{size(score.peak.predicted)} (actual: {size(score.peak.actual)})")
    return f"The last forecast was {near}: {', '.join(shown)}."


def remedies(situation: Situation) -> Iterator[Remedy]:
    """Stop it in time and go on with runs that fit, where it dies."""
    current = situation.current
    if current is None or current.run is None or current.verdict != "dies" or current.rest is None:
        return
    if current.rest.forecast.dies_in == "expansion":
        return  # the next run dies in the same place: its remedies help both
    end, run = current.rest.end, current.run
    by = "" if end is None or end.at is None else f" before {_clock(end.at)} UTC"
    safe = situation.forecast.configured.safe_archives if situation.forecast else None
    again = archive_command(situation, archive_limit=safe or None)
    yield Remedy(
        "stop_and_restart",
        f"Stop the running core:archive{by}, then start a run that fits",
        (_stop(run), *_reset(situation), again),
        f"Otherwise it dies after {count(end.archives if end else 0, 'more archive')}. The stop"
        f" loses only the rows in progress ({situation.in_progress:,} now).",
        tuple(_notes(situation, safe)),
    )


def _stop(run: FollowedRun) -> str:
    pids = " ".join(str(process.pid) for process in run.now.processes or ())
    return f"kill {pids}" if pids else "kill PID  # of the process that runs core:archive"


def _reset(situation: Situation) -> tuple[str, ...]:
    """Queues again what it had in progress; else these rows wait for a day."""
    if situation.behaviour is None or not situation.behaviour.can_reset:
        return ()
    return ("./console core:reset-invalidations",)


def _notes(situation: Situation, safe: int | None) -> Iterator[str]:
    if situation.behaviour is not None and not situation.behaviour.can_reset:
        yield "Matomo queues these again after a day."
    if safe is None:
        yield "The rest fits one new run."
    elif safe == 0:
        yield "No --max-archives-to-process is surely safe for the rest: see the other remedies."
    else:
        yield f"Repeat it: each run builds {safe:,} archives and stays below 80 % of its memory."
