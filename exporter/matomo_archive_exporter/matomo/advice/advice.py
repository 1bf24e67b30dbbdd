"""The advice on a queue: how the next run ends, why, and what to do, best first.

Each effect is a figure of the simulation or a count of rows; none is a rule of thumb.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from matomo_archive_exporter.matomo.advice import (
    current_run_advice,
    expansion_remedies,
    held_back_advice,
    memory_remedies,
    queue_remedies,
    statement_remedies,
)
from matomo_archive_exporter.matomo.advice.current_run_figures import CurrentRunFigures, figures
from matomo_archive_exporter.matomo.advice.diagnosis import findings
from matomo_archive_exporter.matomo.advice.finding import Finding
from matomo_archive_exporter.matomo.advice.headline import headline
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation, Verdict
from matomo_archive_exporter.matomo.rules_basis import Verified
from matomo_archive_exporter.matomo.runs.current_run import CurrentVerdict
from matomo_archive_exporter.matomo.runs.score import Score

_NO_RISK: tuple[Verdict, ...] = ("fits", "tight", "unlimited")


@dataclass(frozen=True, slots=True)
class Advice:
    """The verdict with its sentences, the findings, and the remedies, best first."""

    current_verdict: CurrentVerdict
    """of the run that is going on; `none` where the exporter sees none"""
    current_headline: tuple[str, ...]
    current_run: CurrentRunFigures | None
    score: Score | None
    """how near the last forecast was"""
    verdict: Verdict
    """of the next run"""
    headline: tuple[str, ...]
    findings: tuple[Finding, ...]
    remedies: tuple[Remedy, ...]
    rules: str | None
    """whose version's rules the forecast follows, None without a forecast"""
    rules_verified: Verified | None
    """what is known of the instance's own version"""

    @property
    def is_risk(self) -> bool:
        """Whether this run or the next may run out of memory, also where that is not known."""
        return self.current_verdict in ("dies", "unknown") or self.verdict not in _NO_RISK


def advise(situation: Situation) -> Advice:
    basis = situation.rules
    return Advice(
        situation.current.verdict if situation.current else "none",
        current_run_advice.headline(situation),
        figures(situation.current),
        situation.current.score if situation.current else None,
        situation.verdict,
        headline(situation),
        (*current_run_advice.findings(situation), *findings(situation)),
        tuple(_remedies(situation)),
        basis.rules if basis else None,
        basis.verified if basis else None,
    )


def _remedies(situation: Situation) -> Iterator[Remedy]:
    """The quickest to help comes first."""
    forecast = situation.forecast
    yield from current_run_advice.remedies(situation)
    if forecast is not None and situation.dies_in_expansion:
        yield from memory_remedies.more_memory(situation)
        yield from expansion_remedies.expansion_remedies(situation, forecast)
    elif forecast is not None and situation.is_heavy:
        yield from memory_remedies.limited_run(situation, forecast)
        if forecast.configured.safe_archives == 0:
            yield from queue_remedies.grant_visits(situation, forecast)
        yield from memory_remedies.single_request(situation, forecast)
        yield from queue_remedies.delete_backfill(situation)
        yield from memory_remedies.more_memory(situation)
        yield from memory_remedies.fewer_lists(situation)
        yield from statement_remedies.no_statement_cache(situation, forecast)
    yield from queue_remedies.release_stuck(situation)
    yield from held_back_advice.release(situation)
    if forecast is not None and situation.is_heavy and forecast.configured.safe_archives != 0:
        yield from queue_remedies.grant_visits(situation, forecast)
