"""The run that is going on, in words: whether it dies, when, where, and what to do until then."""

from collections.abc import Iterator
from datetime import UTC, datetime

from matomo_archive_exporter.matomo.advice.finding import Finding
from matomo_archive_exporter.matomo.advice.memory_remedies import archive_command
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, lasting, php_size, size
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun, RestOfRun
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.score import Score
from matomo_archive_exporter.matomo.simulation import memory

_CLOSE = 0.005
"""part by which a forecast may be off and be called right"""


def headline(situation: Situation) -> tuple[str, ...]:
    """What becomes of it, and the figures behind that; nothing where no run is going on."""
    current = situation.current
    if current is None or current.run is None:
        return ()
    rest = current.rest
    if rest is None or rest.end is None:
        return (
            "NOT KNOWN whether the core:archive that is going on runs out of memory:"
            " its queue could not be simulated to its end.",
        )
    return (_sentence(situation, rest), _figures(current, rest))


def _sentence(situation: Situation, rest: RestOfRun) -> str:
    end, forecast = rest.end, rest.forecast
    when = "" if end is None or end.at is None else f" {_at(end.at, situation.now)},"
    if end is None or forecast.dies_in == "expansion":
        return (
            "RISK: the core:archive that is going on runs out of memory while it expands scheduled"
            " re-archivings, before it works on any site."
        )
    more = f"after {count(end.archives, 'more archive')}"
    if end.outcome == "exhausted":
        where = f", at site {forecast.death_site}" if forecast.death_site is not None else ""
        return f"RISK: the core:archive that is going on runs out of memory{when} {more}{where}."
    how = "meets its limit of archives or time" if end.outcome == "stopped" else "ends"
    return f"OK: the core:archive that is going on fits its memory: it {how}{when} {more}."


def _figures(current: CurrentRun, rest: RestOfRun) -> str:
    limit = current.memory_limit
    used = _used(current, rest)
    needs = f"needs {size(rest.forecast.totals.peak)} in the end"
    shown = (
        f"It {used}"
        if current.verdict == "dies" and used
        else f"It {used and f'{used} and '}{needs}"
    )
    if limit is None:
        return f"{shown}; it has no memory_limit."
    can = f"of which PHP can use {size(memory.exhausted(limit))}"
    return f"{shown}; memory_limit is {php_size(limit)}, {can}."


def _used(current: CurrentRun, rest: RestOfRun) -> str:
    if rest.position is None:
        return ""
    held = ""
    if current.chunks is not None:
        held = f" (its process holds {size(current.chunks.highest)} at most)"
    return f"uses {size(rest.position.model)} now{held}"


def _at(moment: float, now: int) -> str:
    """`at 03:40 UTC, in 40 minutes`."""
    return f"at {_clock(moment)} UTC, in {lasting(moment - now)}"


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M}"


def findings(situation: Situation) -> Iterator[Finding]:
    """What was seen of it, and what was not; how near the last forecast was."""
    current = situation.current
    if current is None:
        return
    if current.run is not None:
        yield Finding("current_run", _seen(situation, current.run))
        yield from _not_seen(current.run)
    elif current.count is None:
        text = "Whether a core:archive is going on cannot be told: nothing has moved lately."
        yield Finding("current_run", text)
    if current.score is not None:
        yield Finding("score", _scored(current.score))


def _seen(situation: Situation, run: FollowedRun) -> str:
    runs = count(run.count, "core:archive is", "core:archive are")
    since = ""
    if run.started is not None:
        began = situation.now - run.started
        since = f" since {_clock(run.started)} UTC ({lasting(began)})"
    at_least = "" if run.log else "at least "
    rate = "" if run.per_hour is None else f", {run.per_hour:,.0f} an hour lately"
    return f"{runs} going on{since}, with {at_least}{count(run.handled, 'row')} done{rate}."


def _not_seen(run: FollowedRun) -> Iterator[Finding]:
    if not run.is_followed:
        text = (
            "Its beginning was not seen: what it did before is taken to be like what is left."
            " --archiver.log-file tells it."
        )
        yield Finding("not_followed", text)
    if not run.now.processes and run.count > 1:
        text = "Their processes are not seen (--archiver.proc-path): taken to share the work alike."
        yield Finding("not_seen", text)
    elif run.now.processes is None:
        text = "Its process is not seen (--archiver.proc-path): the forecast is for one archiver."
        yield Finding("not_seen", text)


def _scored(score: Score) -> str:
    error = score.error or 0.0
    if abs(error) < _CLOSE:
        near = "right"
    else:
        near = f"{abs(error) * 100:.0f} % {'high' if error > 0 else 'low'}"
    parts = {"archives": score.archives, "skips": score.skips}
    shown = [
        f"{figure.predicted:,} {name} for {figure.actual:,}"
        for name, figure in parts.items()
        if figure
    ]
    if score.peak is not None:
        shown.append(f"{size(score.peak.predicted)} for {size(score.peak.actual)}")
    return f"The last forecast was {near}: {', '.join(shown)}."


def remedies(situation: Situation) -> Iterator[Remedy]:
    """To stop it in time and go on in parts that fit, where it dies."""
    current = situation.current
    if current is None or current.run is None or current.verdict != "dies" or current.rest is None:
        return
    if current.rest.forecast.dies_in == "expansion":
        return  # the next run dies in the same place: what helps it is what helps
    end, run = current.rest.end, current.run
    by = "" if end is None or end.at is None else f" before {_clock(end.at)} UTC"
    safe = situation.forecast.configured.safe_archives if situation.forecast else None
    again = archive_command(situation, archive_limit=safe or None)
    left = situation.queue.total
    won = count(left, "row is left", "rows are left")
    yield Remedy(
        "stop_and_restart",
        f"Stop it{by}, and start again with what fits",
        (_stop(run), *_reset(situation), again),
        f"{won}; let run, it builds {count(end.archives if end else 0, 'more archive')} and dies"
        " with those in progress. Stopped, it loses only these"
        f" ({situation.in_progress:,} now), and the next run goes on with the sites left.",
        tuple(_notes(situation, safe)),
    )


def _stop(run: FollowedRun) -> str:
    pids = " ".join(str(process.pid) for process in run.now.processes or ())
    return f"kill {pids}" if pids else "kill PID  # of the process that runs core:archive"


def _reset(situation: Situation) -> tuple[str, ...]:
    """What it had in progress, without which it stays so for a day."""
    if situation.behaviour is None or not situation.behaviour.can_reset:
        return ()
    return ("./console core:reset-invalidations",)


def _notes(situation: Situation, safe: int | None) -> Iterator[str]:
    if situation.behaviour is not None and not situation.behaviour.can_reset:
        yield "Rows in progress are queued again after a day; before 5.3.0 no command does it."
    if safe is None:
        yield "The rest fits one run of its own, which begins with little memory."
    elif safe == 0:
        yield "No --max-archives-to-process is sure to be safe for the rest: see below."
    else:
        yield f"Repeat it: each run builds {safe:,} archives and stays below 80 % of its memory."
