"""Advice as text for people and as JSON for programs."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from matomo_archive_exporter.matomo.advice.advice import Advice
from matomo_archive_exporter.matomo.advice.remedy import Remedy

_WIDTH = 96
_INDENT = " " * 17


def as_json(advice: Advice) -> dict[str, object]:
    """A JSON object: `is_risk` and the fields of Advice; unknown is null."""
    return {"is_risk": advice.is_risk, **asdict(advice)}


def as_lines(advice: Advice) -> Iterator[str]:
    """The verdict first, then why, then what to run. What is to be copied is never wrapped."""
    for sentence in advice.current_headline:
        yield from _wrapped(sentence)
    yield from [""] if advice.current_headline else []
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
