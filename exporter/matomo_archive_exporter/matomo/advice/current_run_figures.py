"""The figures of the run that is going on, for programs."""

from dataclasses import dataclass

from matomo_archive_exporter.matomo.runs.current_run import CurrentRun
from matomo_archive_exporter.matomo.runs.run_end import Outcome


@dataclass(frozen=True, slots=True)
class CurrentRunFigures:
    """The figures of the metrics; times are Unix seconds, sizes bytes, None is unknown.

    `archives` are those still to be built by its end, whichever that is.
    """

    runs: int
    followed: bool
    started: int | None
    handled: int
    archives_per_hour: float | None
    memory_bytes: int | None
    memory_bytes_of_process: int | None
    peak_bytes: int | None
    memory_limit_bytes: int | None
    outcome: Outcome | None
    ends: float | None
    archives: int | None
    dies_on_site: int | None


def figures(current: CurrentRun | None) -> CurrentRunFigures | None:
    """None where no run is seen."""
    if current is None or current.run is None:
        return None
    run, rest = current.run, current.rest
    position, end = (rest.position, rest.end) if rest else (None, None)
    chunks = current.chunks
    return CurrentRunFigures(
        runs=run.count,
        followed=run.is_followed,
        started=run.started,
        handled=run.handled,
        archives_per_hour=run.per_hour,
        memory_bytes=position.model if position else None,
        memory_bytes_of_process=chunks.highest if chunks else None,
        peak_bytes=rest.forecast.totals.peak if rest else None,
        memory_limit_bytes=rest.config.memory_limit if rest else None,
        outcome=end.outcome if end else None,
        ends=end.at if end else None,
        archives=end.archives if end else None,
        dies_on_site=rest.forecast.death_site if rest else None,
    )
