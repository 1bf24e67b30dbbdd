"""Advice as text for people and as JSON for programs."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Final

from matomo_archive_exporter.matomo.advice.advice import Advice
from matomo_archive_exporter.matomo.advice.remedy import Remedy

SCREEN: Final = 40
"""Lines; the notes of the other remedies are left out of an advice that is longer with them"""
WIDTH: Final = 100
_TOPIC: Final = 14
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:MB|GB|%|UTC)\b|%)")
_KEEP: Final = "\0"


def as_json(advice: Advice) -> dict[str, object]:
    """A JSON object: `is_risk` and the fields of Advice; unknown is null."""
    return {"is_risk": advice.is_risk, **asdict(advice)}


def as_lines(advice: Advice) -> Sequence[str]:
    """The verdict, what to run first, the other remedies, details. No command is wrapped."""
    full = [*_lines(advice, has_notes=True)]
    return full if len(full) <= SCREEN else [*_lines(advice, has_notes=False)]


def _lines(advice: Advice, *, has_notes: bool) -> Iterator[str]:
    yield from _wrapped(advice.current_headline)
    yield from _wrapped(advice.headline)
    first, *others = advice.remedies or (None,)
    if first is not None:
        yield from _first(first)
    elif not advice.is_risk:
        yield from ("", "Nothing to do.")
    yield from _others(_not_in(first, others), has_notes=has_notes)
    yield from _details(advice)


def _first(remedy: Remedy) -> Iterator[str]:
    where = ""
    if remedy.run:
        where = ", in Matomo's database" if remedy.run[0].endswith(";") else ", in Matomo's folder"
    title = f"{remedy.title[0].lower()}{remedy.title[1:]}"
    yield from ("", *_wrapped((f"Do this first{where}: {title}.",)))
    yield from (f"   {line}" for line in remedy.run)
    yield from _wrapped((remedy.effect, *remedy.notes))
    yield from (f"   {line}" for line in remedy.afterwards)


def _not_in(first: Remedy | None, others: Iterable[Remedy]) -> list[Remedy]:
    """The remedies whose commands are not among the first one's."""
    done = set(first.run) if first is not None else set()
    return [remedy for remedy in others if not remedy.run or not done.issuperset(remedy.run)]


def _others(remedies: Sequence[Remedy], *, has_notes: bool) -> Iterator[str]:
    if remedies:
        more = "" if has_notes else " (`advise --json` has notes on each)"
        yield from ("", f"Other remedies, best first{more}:")
    for number, remedy in enumerate(remedies, 2):
        notes = remedy.notes if has_notes else ()
        text = (f"{remedy.title}.", remedy.effect, *notes)
        yield from _wrapped(text, f"{number}. ", "   ")
        yield from (f"   {line}" for line in remedy.run)
        yield from (f"   {line}" for line in remedy.afterwards if has_notes)


def _details(advice: Advice) -> Iterator[str]:
    if advice.findings:
        yield from ("", "Details")
    for finding in advice.findings:
        topic = finding.topic.replace("_", " ")
        yield from _wrapped((finding.text,), f"  {topic:<{_TOPIC}}", " " * (_TOPIC + 2))


def _wrapped(sentences: Sequence[str], first: str = "", others: str = "") -> list[str]:
    """Lines of the width; a number and its unit stay together."""
    lines = textwrap.wrap(
        _UNIT.sub(_KEEP, " ".join(sentences)),
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_KEEP, " ") for line in lines]
