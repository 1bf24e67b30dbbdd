"""The run that is going on, as far as known, and the score of the last forecast."""

from dataclasses import dataclass, replace
from typing import Literal

from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.position import Ground, Position
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange
from matomo_archive_exporter.matomo.runs.run_end import RunEnd, run_end
from matomo_archive_exporter.matomo.runs.score import Score
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast

CurrentVerdict = Literal["none", "unknown", "dies", "survives"]


@dataclass(frozen=True, slots=True)
class RestOfRun:
    """The rest of a run that is going on: its fullest process, from now to its end."""

    config: ArchiverConfig
    """with the limits of that process"""
    ground: Ground
    position: Position | None
    """None while it expands re-archivings, and where it is unknown"""
    forecast: RunForecast
    """of the rest; its peak is that of the whole run"""
    end: RunEnd | None
    is_exact: bool
    handled: int
    """rows that the run had done by then"""

    def on(self, run: FollowedRun, build: ByteRange | None) -> "RestOfRun":
        """The same a little later, without another simulation: less is left."""
        done = max(0, run.handled - self.handled) / run.count
        rest = replace(
            self.forecast,
            totals=_without(self.forecast.totals, done),
            death=self.forecast.death and _without(self.forecast.death, done),
        )
        position = self.ground.position_of(run, build)
        rate = position.per_hour(run) if position else run.per_hour_each
        end = run_end(rest, run.now.now, rate)
        return replace(self, position=position, forecast=rest, end=end, handled=run.handled)


_TO_COME = ("archives", "of_plugins", "empty", "skips", "duplicates", "deleted", "selects")


def _without(totals: Totals, rows: float) -> Totals:
    """The rest after so many of its rows."""
    left = max(0.0, 1 - rows / totals.handled) if totals.handled else 0.0
    return replace(totals, **{name: round(getattr(totals, name) * left) for name in _TO_COME})


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The runs going on now."""

    count: int | None
    """runs going on; None where that is unknown"""
    run: FollowedRun | None = None
    chunks: ByteRange | None = None
    """bytes that PHP holds in the fullest process, where it is visible"""
    rest: RestOfRun | None = None
    """None until it is computed, and where no rules are known"""
    scored: int = 0
    """runs compared with their forecast"""
    score: Score | None = None
    """of the last of them"""

    @property
    def verdict(self) -> CurrentVerdict:
        """Whether the run survives; `none` where the exporter sees no run."""
        if self.run is None:
            return "none"
        if self.rest is None or self.rest.end is None:
            return "unknown"
        return "dies" if self.rest.end.outcome == "exhausted" else "survives"
