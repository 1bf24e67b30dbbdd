"""Runs that are going on, made by hand, to give advice on."""

from dataclasses import replace

from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun, RestOfRun
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.position import Ground, Position
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange, DataSize
from matomo_archive_exporter.matomo.runs.run_end import RunEnd
from matomo_archive_exporter.matomo.runs.signs import ArchiverProcess, Signs
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast
from matomo_archive_exporter.matomo.simulation.memory import Held
from matomo_archive_exporter.matomo.simulation.run_plan import Start
from matomo_archive_exporter.matomo.simulation.starting_state import Process
from matomo_archive_exporter.matomo.version import behaviour
from tests.support.situations import MB, NOW, PDO, twenty_sites

BEGAN = NOW - 2 * 3600 - 20 * 60
DIES_AT = NOW + 40 * 60
PROCESS = ArchiverProcess(4711, BEGAN, DataSize(110 * MB, 110 * MB))
_BEFORE = Signs(BEGAN - 60, 0, 5000, started=BEGAN - 7200, completed=BEGAN - 3600)
_NOW = replace(
    _BEFORE,
    now=NOW,
    removed=1500,
    rows=3300,
    started=BEGAN,
    newest_started=NOW,
    processes=(PROCESS,),
)
DYING = RunForecast(
    Totals(archives=3300, peak=200 * MB), Totals(archives=1204), 0, dies_in="run", death_site=84
)
SURVIVING = RunForecast(Totals(archives=3300, peak=90 * MB), None, None)
_GROUND = Ground(Instance(), Process(behaviour("5.2.0", PDO)), None, None)
_POSITION = Position(Start(Held()), 95 * MB, None, is_counted=True)
EXHAUSTED = RunEnd("exhausted", DIES_AT, 1204)
COMPLETED = RunEnd("completed", DIES_AT, 3300)


def followed_run(**changes: object) -> FollowedRun:
    """One process, seen from its beginning."""
    run = FollowedRun(1, _NOW, _NOW, _BEFORE)
    return replace(run, **changes)  # type: ignore[arg-type]


def current_run(
    forecast: RunForecast = DYING,
    end: RunEnd | None = EXHAUSTED,
    memory_limit: int | None = 128 * MB,
    **changes: object,
) -> CurrentRun:
    """A run of 128M that by default dies in 40 minutes."""
    rest = RestOfRun(
        ArchiverConfig(PDO, memory_limit=memory_limit),
        _GROUND,
        _POSITION,
        forecast,
        end,
        is_exact=True,
        handled=1500,
    )
    run = CurrentRun(1, followed_run(), ByteRange(98 * MB, 100 * MB), rest)
    return replace(run, **changes)  # type: ignore[arg-type]


def during(current: CurrentRun | None, **changes: object) -> Situation:
    """The backfill of twenty sites while that run is going on."""
    return replace(twenty_sites(**changes), current=current)
