"""The simulation behind `forecast`: over the live queue, or over a dump of one."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster, SiteInput
from matomo_archive_exporter.matomo.simulation.planned_rows import FateFacts, site_plan
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.queue.queue_groups import TABLE
from matomo_archive_exporter.readings.runs import runs
from matomo_archive_exporter.readings.simulation import forecast
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import printable
from matomo_archive_exporter.what_if import queue_file

_ROWS = "SELECT COUNT(*) FROM {table}"

USUAL_VERSION = "5.2.2"
"""Assumed where the version is unknown: the last one that keeps every statement in memory."""

_ALL_VISITED = "every row has visits"
_KNOWN = "visits are known from log_visit"
_UNKNOWN = "visits are unknown: estimates assume the worst case"


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """A forecast, its source, and what it assumes about visits."""

    source: str
    matomo_version: str
    is_version_assumed: bool
    config: ArchiverConfig
    forecast: Forecast
    assumes: str
    warnings: tuple[str, ...] = ()
    sites_left: int = 0
    """sites in the list that runs share; the run takes no others; 0 without a list"""
    sites: int | None = None
    """those that the run works on"""


def of_database(
    settings: DatabaseSettings, config: ArchiverConfig, matomo_version: str | None, day: date | None
) -> SimulationResult:
    """Over the live queue. Raises ReadingError, also for a Matomo without known rules."""
    with connect(settings) as connection:
        facts = server.read(connection)
        options = runs.read(connection)
        if matomo_version:
            options = replace(options, matomo_version=matomo_version)
        (rows,) = connection.row(_ROWS.format(table=connection.table(TABLE)))
        kept = forecast.ForecastMemory()
        found = forecast.read(connection, facts, config, options, kept, rows=int(rows), day=day)
    if found.forecast is None:
        raise ReadingError("unsupported_version", f"{found.reason}; set --matomo-version")
    assumes = _KNOWN if found.forecast.knows_visits else _UNKNOWN
    return SimulationResult(
        "the queue in the database",
        options.matomo_version,
        False,
        config,
        found.forecast,
        assumes,
        options.warnings,
        len(options.shared_sites),
        found.run_sites,
    )


def of_file(
    path: Path, config: ArchiverConfig, matomo_version: str | None, day: date | None = None
) -> SimulationResult:
    """Over a dump of the table. It adds no rows and counts every row as having visits.

    Every segment in it counts as archived for its site. With a day for today, archives of the run
    itself make rows of single plugins needless where their period holds it. Raises SettingsError.
    """
    chosen = matomo_version or USUAL_VERSION
    try:
        behaviour = version.behaviour(chosen, config.adapter)
    except version.UnknownMatomoError as error:
        raise SettingsError(f"--matomo-version: {error}") from None
    queue = queue_file.read(path, config.most_rows)
    forecaster = Forecaster(_plan(queue, config, behaviour))
    today = None if day is None else day.toordinal()
    for idsite, rows in queue.sites.items():
        segments = queue.segments(idsite)
        work = site_plan(rows, FateFacts(segments), behaviour)
        forecaster.add(
            SiteInput(
                idsite,
                idsite,
                work,
                None,
                today,
                lists_segments=bool(segments),
                daily_in_table=queue.daily_rows(idsite, today),
            )
        )
        if forecaster.is_over:
            break
    if queue.is_cut_off:
        forecaster.cut_off()
    is_assumed = matomo_version is None
    warnings = tuple(queue.warnings)
    return SimulationResult(
        printable(str(path)),
        chosen,
        is_assumed,
        config,
        forecaster.result(),
        _ALL_VISITED,
        warnings,
        sites=len(queue.sites),
    )


def _plan(
    queue: queue_file.QueueFile, config: ArchiverConfig, behaviour: version.Behaviour
) -> RunPlan:
    return RunPlan(
        config,
        behaviour,
        new_digits=len(str(queue.highest_id + 1)),
        expanding=_expanding(queue) if behaviour.keeps_statements else None,
        is_followed_whole=not queue.is_cut_off,
    )


def _expanding(queue: queue_file.QueueFile) -> memory.Expanding | None:
    """The expansion of ReArchiveList, which queued the rows of single reports.

    Where Matomo keeps statements, it may have needed most memory of all. The rows are in the table,
    so it survived: no run dies of it.
    """
    if not queue.rearchived_months:
        return None
    segments = [queue.segments(idsite) for idsite in queue.sites]
    return memory.Expanding(
        sites=len(queue.sites),
        lists=sum(map(bool, segments)),
        segments=len(frozenset[str]().union(*segments)),
        months=queue.rearchived_months,
        is_over=True,
    )
