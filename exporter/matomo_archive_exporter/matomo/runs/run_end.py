"""The end of a run that is going on: out of memory, by a limit, or completed."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast

Outcome = Literal["exhausted", "completed", "stopped"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class RunLimits:
    """After what a run ends early; `archives` is what its limit leaves it, `until` Unix seconds.

    None where it has no such limit.
    """

    archives: int | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The first of its possible ends; `at` in Unix seconds, None where the rate is unknown."""

    outcome: Outcome
    at: float | None
    archives: int
    """still to be built by then"""


def archives_until(limits: RunLimits, now: float, per_hour: float | None) -> int:
    """Archives after which the first of its limits ends a run; 0 is never."""
    ends = [] if limits.archives is None else [max(1, limits.archives)]
    if limits.until is not None and per_hour:
        ends.append(max(1, math.ceil((limits.until - now) * per_hour / _HOUR)))
    return min(ends, default=0)


def run_end(run: RunForecast, now: float, per_hour: float | None) -> RunEnd | None:
    """The end of the rest of a run; None where it was not simulated to its end."""
    if run.death is not None:
        if run.dies_in == "expansion":
            return RunEnd("exhausted", None, 0)  # how far it has got does not show
        return _end("exhausted", run.death, now, per_hour)
    if not run.is_ended:
        return None
    return _end("stopped" if run.is_limited else "completed", run.totals, now, per_hour)


def _end(outcome: Outcome, done: Totals, now: float, per_hour: float | None) -> RunEnd:
    at = now if done.handled == 0 else None
    if done.handled and per_hour:
        at = now + done.handled * _HOUR / per_hour
    return RunEnd(outcome, at, done.archives)
