"""`advise`: what is the matter with the queue, whether the next run survives, and what to run."""

import textwrap
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.advice.advice import Advice
from matomo_archive_exporter.matomo.advice.advice import advise as advice_on
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.readings.queue.queue import QueueReading
from matomo_archive_exporter.readings.simulation.archiver_config import archiver_config
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.terminal import print_errors, show_result

NO_RISK, RISK, NOT_READABLE = 0, 1, 3
_WIDTH = 96
_INDENT = " " * 17


def advise(settings: Settings, invocation: Invocation) -> int:
    """0 without a risk, 1 with one, 3 when the database cannot be read."""
    target = Target(settings)
    with closing(target):
        read_target(target)
    queue = target.queue.last_value
    if queue is None:
        print_errors("the queue could not be read")
        return NOT_READABLE
    advice = advice_on(_situation(target, queue))
    show_result(as_json(advice), as_lines(advice), as_json=bool(invocation.own.get("json")))
    return RISK if advice.is_risk else NO_RISK


def _situation(target: Target, queue: QueueReading) -> Situation:
    """What was read, in the words of the rules; of what could not be read the log says why."""
    settings, owners, runs = target.settings, queue.owners, target.runs.last_value
    matomo_version = runs.matomo_version if runs else ""
    reading, overlaps = target.expensive.forecast.last_value, target.expensive.overlaps.last_value
    return Situation(
        matomo_version=matomo_version,
        prefix=settings.database.tables_prefix,
        now=queue.server.unix_now,
        queue=queue.facts,
        config=reading.config if reading else archiver_config(settings),
        behaviour=version.behaviour_if_known(matomo_version, settings.database.adapter),
        forecast=reading.forecast if reading else None,
        why_no_forecast=reading.reason if reading else "the log says why",
        sites=reading.sites if reading else None,
        sites_with_segment=reading.sites_with_segment if reading else None,
        most_daily_rows=reading.most_daily_rows if reading else None,
        rearchivings=runs.rearchivings if runs else None,
        duplicates=overlaps.duplicates if overlaps else None,
        orphans=overlaps.orphans if overlaps else None,
        blocked=overlaps.blocked if overlaps else None,
        held_back=overlaps.held_back if overlaps else None,
        owners_gone=owners.owners_gone if owners else frozenset(),
        owners_alive=owners.alive if owners else frozenset(),
        sites_left=runs.sites_remaining or None if runs else None,
        expansion=reading.expansion if reading else None,
    )


def as_json(advice: Advice) -> dict[str, object]:
    """A JSON object: `is_risk` and the fields of Advice; unknown is null."""
    return {"is_risk": advice.is_risk, **asdict(advice)}


def as_lines(advice: Advice) -> Iterator[str]:
    """The verdict first, then why, then what to run. What is to be copied is never wrapped."""
    for sentence in advice.headline:
        yield from _wrapped(sentence)
    yield from _why(advice)
    yield from _remedies(advice)


def _why(advice: Advice) -> Iterator[str]:
    if advice.findings:
        yield from ("", "Why" if advice.is_risk else "What was found")
    for finding in advice.findings:
        topic = finding.topic.replace("_", " ")
        yield from _wrapped(finding.text, f"  {topic:<15}", _INDENT)


def _remedies(advice: Advice) -> Iterator[str]:
    if not advice.remedies:
        yield from ("", "Nothing to do.") if not advice.is_risk else ()
        return
    yield from ("", "What to run, best first. Nothing is run here; commands go in Matomo's folder.")
    for number, remedy in enumerate(advice.remedies, 1):
        yield ""
        yield from _remedy(number, remedy)


def _remedy(number: int, remedy: Remedy) -> Iterator[str]:
    yield from _wrapped(remedy.title, f"{number}. ", "   ")
    yield from (f"   {line}" for line in remedy.run)
    yield from _wrapped(remedy.effect, "   Effect: ", "   ")
    for note in remedy.notes:
        yield from _wrapped(note, "   - ", "     ")
    yield from (f"   {line}" for line in remedy.afterwards)


def _wrapped(text: str, first: str = "", others: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
