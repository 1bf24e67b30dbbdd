"""The score of a forecast: the figures of a run beside those predicted at its start."""

from dataclasses import dataclass

from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.runs import process_memory
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange
from matomo_archive_exporter.matomo.runs.signs import Signs
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast

_SPREADS = 5
"""A peak counts only if it is so many times its own uncertainty."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure as predicted and as it was."""

    predicted: int
    actual: int

    @property
    def error(self) -> float:
        """The part by which the forecast was too high; negative if too low."""
        return self.predicted / self.actual - 1 if self.actual else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one run; None for those not seen."""

    ended: int
    """Unix seconds"""
    archives: Compared | None
    skips: Compared | None
    peak: Compared | None

    @property
    def error(self) -> float | None:
        """The error of the peak if known, else of the archives."""
        best = self.peak or self.archives
        return None if best is None else best.error


def score(
    run: FollowedRun,
    after: Signs,
    forecast: Forecast | None,
    build: ByteRange | None,
    config: ArchiverConfig,
) -> Score | None:
    """Of a run that was there in the last reading and is not any more.

    None for one that was not seen whole, was stopped, or shared its sites with another. `forecast`
    is the one made before it began, for a run with this `config`.
    """
    if run.config(config) != config:
        return None
    if forecast is None or run.is_joined or run.count != 1 or not run.is_followed:
        return None
    logged = _logged(run, after)
    if not _has_ended(run, after, logged):
        return None
    expected = forecast.configured
    done = expected.death or expected.totals
    peak = _peak(run, build)
    found = Score(
        ended=after.now,
        archives=Compared(done.archives, logged.archives) if logged is not None else None,
        skips=Compared(done.skips, logged.skips) if logged is not None and logged.skips else None,
        peak=None if peak is None else Compared(done.peak, peak),
    )
    return found if found.error is not None else None


def _logged(run: FollowedRun, after: Signs) -> LogRun | None:
    """The run in the log now."""
    if not run.log:
        return None
    return next((one for one in after.log if one.pid == run.log[0].pid), None)


def _has_ended(run: FollowedRun, after: Signs, logged: LogRun | None) -> bool:
    """Whether it completed or died; not where it was stopped or vanished."""
    if logged is not None:
        return logged.ended in ("completed", "exhausted")
    return after.completed is not None and after.completed != run.now.completed


def _peak(run: FollowedRun, build: ByteRange | None) -> int | None:
    """The highest bytes in use: PHP's chunks without the usual free part."""
    data = run.fullest_data
    if data is None or build is None:
        return None
    highest = process_memory.chunks(data.highest, build)
    if data.highest < _SPREADS * max(build.spread, 1):
        return None
    return (highest.lowest + highest.highest) // 2 - process_memory.USUALLY_UNUSED
