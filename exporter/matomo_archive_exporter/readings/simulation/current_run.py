"""The rest of a run that is going on, simulated from its present state over the queue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import ceil

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.runs.current_run import RestOfRun
from matomo_archive_exporter.matomo.runs.followed_run import AtWork, FollowedRun
from matomo_archive_exporter.matomo.runs.position import Ground, Position
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange
from matomo_archive_exporter.matomo.runs.run_end import RunLimits, archives_until, run_end
from matomo_archive_exporter.matomo.runs.shared_list import Sites, sites_of
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster
from matomo_archive_exporter.matomo.simulation.packed_rows import has_rows_at_hand
from matomo_archive_exporter.matomo.simulation.run_inputs import RunInputs
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_planner import SitePlanner
from matomo_archive_exporter.matomo.simulation.starting_state import Process, Share
from matomo_archive_exporter.matomo.version import Behaviour
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.indexes import has_columns
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.queue.owners import COLUMNS as OWNER_COLUMNS
from matomo_archive_exporter.readings.queue.queue_groups import TABLE
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import run_inputs
from matomo_archive_exporter.readings.simulation.forecast import ForecastMemory, expand
from matomo_archive_exporter.readings.simulation.site_queues import SiteQueues, site_by_site

_AT_WORK = """
SELECT DISTINCT idsite, {owner}, ts_started >= FROM_UNIXTIME(%s) FROM {table}
WHERE status = 1 AND ts_started >= FROM_UNIXTIME(%s) LIMIT 1000"""
_OWNER = "TRIM(CONCAT_WS(' ', processing_host, process_id))"
_RECENT = 3600
"""seconds after its start for which a row of unknown owner counts: it may have failed"""


def at_work(connection: Connection, since: int, now: int) -> AtWork:
    """Read the rows in progress `now` that were started since then (Unix seconds)."""
    owner = _OWNER if has_columns(connection, TABLE, OWNER_COLUMNS) else "''"
    statement = _AT_WORK.format(owner=owner, table=connection.table(TABLE))
    rows = connection.rows(statement, (now - _RECENT, since))
    sites = {site for site, owner, is_recent in rows if is_recent and not owner}
    return AtWork(now, len(sites), frozenset(str(owner) for _, owner, _ in rows if owner))


@dataclass(frozen=True, slots=True)
class RunBasis:
    """The run, and what is known of it beside the queue: the forecast made `before` it began, None
    where that was not seen, that of the run that comes `next`, and the `build` of its PHP.
    """

    run: FollowedRun
    before: Forecast | None
    next: Forecast | None
    build: ByteRange | None = None


def read(
    connection: Connection,
    server: Server,
    config: ArchiverConfig,
    runs: RunsReading,
    basis: RunBasis,
    remembered: ForecastMemory,
    *,
    rows: int = 0,
) -> RestOfRun | None:
    """The rest of the run; None for a Matomo whose rules are not known."""
    behaviour = version.behaviour_if_known(runs.matomo_version, config.adapter)
    if behaviour is None:
        return None
    run = basis.run
    if run.is_expanding:
        return _before_its_first_row(connection, behaviour, config, basis)
    config = run.config(config)
    runs = replace(runs, rearchivings=())  # they were scheduled after it began
    inputs = run_inputs.read(connection, server, config, behaviour, runs, None, remembered.visits)
    ground = _ground(connection, inputs, basis)
    found = ground.position_of(run, basis.build)
    rate = found.per_hour(run) if found else run.per_hour_each
    limit = archives_until(_limits(inputs, run, found), run.now.now, rate)
    config = replace(config, archive_limit=limit, stop_after=0, archives_per_hour=rate)
    inputs = replace(inputs, config=config)
    sites = sites_of(run, inputs.instance)
    whole = _simulate(connection, server, inputs, run, sites, found, remembered, rows)
    end = run_end(whole.configured, run.now.now, rate)
    return RestOfRun(config, ground, found, whole.configured, end, whole.is_exact, run.handled)


def _before_its_first_row(
    connection: Connection, behaviour: Behaviour, config: ArchiverConfig, basis: RunBasis
) -> RestOfRun | None:
    """While it expands re-archivings it does what a run would do that begins now, as configured."""
    if basis.next is None or basis.run.config(config).memory_limit != config.memory_limit:
        return None
    process = Process(behaviour, len(connection.prefix.encode()))
    ground = Ground(Instance(), process, share=None, before=None)
    now, whole = basis.run.now.now, basis.next
    end = run_end(whole.configured, now, basis.run.per_hour_each)
    return RestOfRun(config, ground, None, whole.configured, end, whole.is_exact, 0)


def _ground(connection: Connection, inputs: RunInputs, basis: RunBasis) -> Ground:
    model = basis.before if basis.run.is_followed and basis.before else basis.next
    share = None if model is None else Share.of(model.configured.totals)
    process = Process(inputs.behaviour, len(connection.prefix.encode()))
    return Ground(inputs.instance, process, share, basis.before)


def _limits(inputs: RunInputs, run: FollowedRun, found: Position | None) -> RunLimits:
    config, archives, until = inputs.config, None, None
    if config.archive_limit:
        archives = config.archive_limit - (found.start.held.archives if found else 0)
    if inputs.behaviour.stops_after_a_time and config.stop_after and run.started is not None:
        until = run.started + config.stop_after
    return RunLimits(archives, until)


def _simulate(
    connection: Connection,
    server: Server,
    inputs: RunInputs,
    run: FollowedRun,
    sites: Sites,
    found: Position | None,
    remembered: ForecastMemory,
    rows: int,
) -> Forecast:
    digits = expand(connection, inputs).digits
    planner = SitePlanner(inputs, new_digits=digits)
    plan = RunPlan(
        inputs.config,
        inputs.behaviour,
        new_digits=digits,
        knows_visits=inputs.visits is not None,
        prefix=len(connection.prefix.encode()),
        is_followed_whole=rows <= inputs.config.most_rows,
        start=found.start if found else None,
    )
    forecaster = Forecaster(plan, connection.check)
    queues = SiteQueues(
        connection, server, inputs.config, inputs.behaviour, remembered.names, run.started
    )
    every = site_by_site(sorted(inputs.instance.sites), queues)
    for idsite, packed, is_begun in _taken(every, sites, run, has_begun=found is not None):
        if forecaster.is_over:
            forecaster.cut_off()
            break
        forecaster.add(planner.plan(idsite, packed, queues.names, is_begun=is_begun))
    if queues.is_cut_off:
        forecaster.cut_off()
    return forecaster.result()


def _taken(
    queues: Iterable[tuple[int, str]], sites: Sites, run: FollowedRun, *, has_begun: bool
) -> Iterator[tuple[int, str, bool]]:
    """The sites that the process which counts has yet to work, and whether it is at work there.

    One without rows in progress is about to go on at the site that it took from the list last.
    """
    left = {site: ceil(number * sites.takes) for number, site in enumerate(sites.left)}
    before = -1
    last: tuple[int, str] | None = None
    is_at_work = not has_begun
    for idsite, packed in queues:
        if idsite in left:
            if last is not None and not is_at_work:
                is_at_work = True
                yield *last, True
            if left[idsite] > before:
                yield idsite, packed, False
            before = left[idsite]
        elif has_rows_at_hand(packed) and not is_at_work:
            is_at_work = True
            yield idsite, packed, True
        else:
            last = idsite, packed
    if last is not None and not is_at_work:
        yield *last, True
