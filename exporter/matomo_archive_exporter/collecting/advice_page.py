"""The advice as of the last reading: as a page, as text and as JSON."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matomo_archive_exporter.collecting.html_page import page
from matomo_archive_exporter.collecting.situation import situation_of
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.matomo.advice.advice import Advice, advise
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.report import as_json, as_lines

_TITLE = "Advice on Matomo's archiving"
_NO_RUN = "No core:archive is seen running."


@dataclass(frozen=True, slots=True)
class AdvicePage:
    """One advice in every form; `verdicts` is HTML that the landing page opens with."""

    html: bytes
    text: bytes
    json: bytes
    verdicts: str


def advice_page(target: Target) -> AdvicePage:
    """The advice from the last readings; it reads nothing."""
    situation = situation_of(target)
    if situation is None:
        return no_advice("NOT KNOWN: the exporter could not read the queue lately.")
    advice = advise(situation)
    moment = f"Read at {situation.utc_now} UTC."
    text = "\n".join([*as_lines(advice), "", moment, ""])
    rest = "\n".join([*_remedies(advice), *_details(advice), f"<p>{moment}</p>"])
    return _rendered(_verdicts(advice), rest, text, as_json(advice))


def no_advice(why: str) -> AdvicePage:
    """The page where nothing is known, with the reason."""
    verdicts = _verdict("This run and the next", "unknown", (why,))
    return _rendered(verdicts, "", f"{why}\n", {"is_risk": None, "why": why})


def _rendered(verdicts: str, rest: str, text: str, content: Mapping[str, object]) -> AdvicePage:
    body = f'<h1>{_TITLE}</h1>\n{verdicts}\n{rest}\n<p><a href="/">Exporter</a></p>'
    return AdvicePage(
        page(_TITLE, body).encode(),
        text.encode(),
        (json.dumps(content, indent=2) + "\n").encode(),
        verdicts,
    )


def _verdicts(advice: Advice) -> str:
    kinds = {"dies": "risk", "survives": "ok", "none": "ok"}
    this = _verdict(
        "This run",
        kinds.get(advice.current_verdict, "unknown"),
        advice.current_headline or (_NO_RUN,),
    )
    kinds = {"dies": "risk", "may_die": "risk", "fits": "ok", "tight": "ok", "unlimited": "ok"}
    following = _verdict("The next run", kinds.get(advice.verdict, "unknown"), advice.headline)
    return f"{this}\n{following}"


def _verdict(name: str, kind: str, sentences: Sequence[str]) -> str:
    reported = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
    return f'<div class="verdict {kind}"><strong>{name}</strong>{reported}</div>'


def _remedies(advice: Advice) -> Iterator[str]:
    if advice.remedies:
        yield "<h2>What to do, best first</h2>"
        yield "<p>Run commands in Matomo's folder and SQL in its database.</p><ol>"
        yield from map(_remedy, advice.remedies)
        yield "</ol>"


def _remedy(remedy: Remedy) -> str:
    run = _lines(remedy.run)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in remedy.notes)
    title, effect = html.escape(remedy.title), html.escape(remedy.effect)
    reported = f"<ul>{notes}</ul>" if notes else ""
    return f"<li><p>{title}</p>{run}<p>{effect}</p>{reported}{_lines(remedy.afterwards)}</li>"


def _details(advice: Advice) -> Iterator[str]:
    if advice.findings:
        yield "<h2>Details</h2><table>"
        for found in advice.findings:
            topic = html.escape(found.topic.replace("_", " "))
            yield f"<tr><th>{topic}</th><td>{html.escape(found.text)}</td></tr>"
        yield "</table>"


def _lines(lines: Sequence[str]) -> str:
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>" if lines else ""
