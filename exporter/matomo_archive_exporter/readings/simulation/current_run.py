"""The rest of a run that is going on, simulated from where it stands over the queue as it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.position import (
    Position,
    Sites,
    past_of,
    position,
    sites_of,
)
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange
from matomo_archive_exporter.matomo.runs.run_end import (
    RunEnd,
    RunLimits,
    archives_until,
    run_end,
)
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster, RunForecast
from matomo_archive_exporter.matomo.simulation.packed_rows import has_rows_at_hand
from matomo_archive_exporter.matomo.simulation.site_planner import SitePlanner
from matomo_archive_exporter.matomo.simulation.starting_state import Process, Share
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.simulation import forecast as next_run
from matomo_archive_exporter.readings.simulation import site_state
from matomo_archive_exporter.readings.simulation.archiver_config import Archiver
from matomo_archive_exporter.readings.simulation.forecast import (
    Circumstances,
    ForecastMemory,
    Known,
)
from matomo_archive_exporter.readings.simulation.site_queues import Recovery, SiteQueues, turns

_FOR_EVER = 10 * 365 * 86400.0
"""seconds: what was recovered when the run began is not recovered again"""


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of the run beside the queue: the forecast made `before` it began, None where
    that was not seen, the one of the run that comes `next`, and the `build` of its PHP.
    """

    run: FollowedRun
    before: Forecast | None
    next: Forecast | None
    build: ByteRange | None = None


@dataclass(frozen=True, slots=True)
class CurrentForecast:
    """The fullest process of a run that is going on, from where it stands to its end."""

    position: Position | None
    """None while it expands re-archivings, or has handled nothing yet"""
    rest: RunForecast
    end: RunEnd | None
    sites: Sites
    is_exact: bool


def read(
    connection: Connection,
    server: Server,
    archiver: Archiver,
    known: Known,
    basis: Basis,
    remembered: ForecastMemory,
) -> CurrentForecast | None:
    """The rest of the run; None where no rules are known, or nothing to go by."""
    behaviour = version.behaviour_if_known(known.matomo_version, archiver.adapter)
    if behaviour is None:
        return None
    run = basis.run
    is_first = not run.handled and run.now.is_expanding
    known = known if is_first else replace(known, rearchivings=())
    at = next_run.circumstances(connection, server, archiver, known, behaviour)
    sites = sites_of(run, at.instance)
    found = None if is_first else _position(connection, at, basis, sites)
    per_hour = None if run.per_hour is None else run.per_hour / run.count
    limits = _limits(at, run, found)
    limit = archives_until(limits, run.now.now, per_hour)
    rest, is_exact = _simulate(connection, server, at, basis, sites, found, limit, remembered)
    return CurrentForecast(found, rest, run_end(rest, run.now.now, per_hour), sites, is_exact)


def _position(
    connection: Connection, at: Circumstances, basis: Basis, sites: Sites
) -> Position | None:
    model = basis.before if basis.run.is_followed and basis.before else basis.next
    share = None if model is None else Share.of(model.configured.totals)
    if share is None:
        return None
    costs = memory.costs_of(at.behaviour)
    prefix = len(connection.prefix.encode())
    process = Process(costs, at.behaviour.keeps_statements, prefix)
    past = past_of(basis.run, sites, share, basis.before)
    return position(basis.run, past, process, share, basis.build)


def _limits(at: Circumstances, run: FollowedRun, found: Position | None) -> RunLimits:
    archiver = at.archiver
    archives = until = None
    if archiver.archive_limit:
        done = found.start.held.archives if found else 0
        archives = archiver.archive_limit - done
    if at.behaviour.stops_after_a_time and archiver.stop_after and run.started is not None:
        until = run.started + archiver.stop_after
    return RunLimits(archives, until)


def _simulate(
    connection: Connection,
    server: Server,
    at: Circumstances,
    basis: Basis,
    sites: Sites,
    found: Position | None,
    limit: int,
    remembered: ForecastMemory,
) -> tuple[RunForecast, bool]:
    run = basis.run
    state = site_state.read(connection, at.instance, at.clock, remembered.visits)
    planner = SitePlanner(next_run.present_of(at, state))
    prefix = len(connection.prefix.encode())
    plan = next_run.plan_of(at, prefix, knows_visits=state.visits is not None)
    start = found.start if found else None
    plan = replace(plan, archive_limit=limit, start=start, has_alternative=False)
    forecaster = Forecaster(plan, connection.check)
    recovery = Recovery(_FOR_EVER, never_started=False, at_hand=run.started)
    queues = SiteQueues(connection, server, recovery, at.archiver.most_rows, remembered.names)
    taken = _taken(turns(sorted(at.instance.sites), queues), sites, run, is_first=found is None)
    for idsite, packed, is_begun in taken:
        if forecaster.is_over:
            forecaster.cut_off()
            break
        forecaster.add(planner.plan(idsite, packed, queues.names, is_begun=is_begun))
    if queues.is_cut_off or not at.has_all_expansions:
        forecaster.cut_off()
    result = forecaster.result()
    return result.configured, result.is_exact


def _taken(
    queues: Iterable[tuple[int, str]], sites: Sites, run: FollowedRun, *, is_first: bool
) -> Iterator[tuple[int, str, bool]]:
    """The sites that the fullest process has yet to work, and whether it is at work there.

    Several share out the sites that are left. Without rows in progress it is about to go on at the
    site that was taken from the list last.
    """
    left = {site: number for number, site in enumerate(sites.left)}
    last: tuple[int, str] | None = None
    is_at_work = False
    for idsite, packed in queues:
        if idsite not in left:
            if has_rows_at_hand(packed) and not is_at_work:
                is_at_work = True
                yield idsite, packed, True
            last = idsite, packed
            continue
        if last is not None and not is_at_work and not is_first:
            is_at_work = True
            yield *last, True
        if left[idsite] % run.count == 0:
            yield idsite, packed, False
    if last is not None and not is_at_work and not is_first:
        yield *last, True
