"""The run that is going on, as far as it is known, and how near the last forecast was."""

from dataclasses import dataclass
from typing import Literal

from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.position import Position, Sites
from matomo_archive_exporter.matomo.runs.run_end import RunEnd
from matomo_archive_exporter.matomo.runs.score import Score
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast

CurrentVerdict = Literal["none", "unknown", "dies", "survives"]


@dataclass(frozen=True, slots=True)
class RestOfRun:
    """The fullest process of a run that is going on, from where it stands to its end."""

    position: Position | None
    """None while it expands re-archivings, and where nothing tells it"""
    forecast: RunForecast
    """of what is to come; its peak is of the whole run"""
    end: RunEnd | None
    sites: Sites
    is_exact: bool


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """What is going on now. `memory_limit` is in bytes, None for none."""

    count: int | None
    """runs going on; None where it cannot be told"""
    memory_limit: int | None = None
    run: FollowedRun | None = None
    rest: RestOfRun | None = None
    """None while it is yet to be worked out, and where no rules are known"""
    scored: int = 0
    """runs that were held against their forecast"""
    score: Score | None = None
    """of the last of them"""

    @property
    def verdict(self) -> CurrentVerdict:
        """Whether the run that is going on outlives its memory; none where none is seen."""
        if self.run is None:
            return "none"
        if self.rest is None or self.rest.end is None:
            return "unknown"
        return "dies" if self.rest.end.outcome == "exhausted" else "survives"
