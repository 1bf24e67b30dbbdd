"""The forecast of the next run of core:archive, from the database.

The queue is read site by site while the run is simulated, and no further than the simulation goes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.rules_basis import RulesBasis, rules_basis
from matomo_archive_exporter.matomo.simulation import rearchiving
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.daily_rows import most_daily_rows
from matomo_archive_exporter.matomo.simulation.expansion_choices import (
    ExpansionChoices,
    expansion_choices,
)
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion
from matomo_archive_exporter.matomo.simulation.run_inputs import RunInputs
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_planner import SitePlanner
from matomo_archive_exporter.matomo.version import Behaviour
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import run_inputs
from matomo_archive_exporter.readings.simulation.site_queues import (
    SiteQueues,
    next_id,
    site_by_site,
)
from matomo_archive_exporter.readings.simulation.visits import VisitsMemory


@dataclass(frozen=True, slots=True)
class ForecastReading:
    """A forecast, with the archiver that it is made for; None with a reason where there is none."""

    config: ArchiverConfig
    behaviour: Behaviour | None
    forecast: Forecast | None
    reason: str = ""
    sites: int | None = None
    """of the instance"""
    run_sites: int | None = None
    """those that the run comes to"""
    sites_with_segment: int | None = None
    """those with a segment that is archived for them"""
    most_daily_rows: int | None = None
    """rows that the turns of all sites queue where no archive will do"""
    rules: RulesBasis | None = None
    """by which rules the forecast is made"""
    expansion: ExpansionChoices | None = None
    """what the expansion of scheduled re-archivings needs, where the run dies of it"""

    @property
    def warnings(self) -> tuple[str, ...]:
        """The reason for a missing forecast."""
        return (self.reason,) if self.reason else ()


@dataclass(slots=True)
class ForecastMemory:
    """Memory from one reading to the next: texts by their codes, and first visits."""

    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    visits: VisitsMemory = field(default_factory=VisitsMemory)


def read(
    connection: Connection,
    server: Server,
    config: ArchiverConfig,
    runs: RunsReading,
    memory: ForecastMemory,
    *,
    rows: int = 0,
    day: date | None = None,
) -> ForecastReading:
    """One forecast; none for a Matomo whose rules are not known.

    `rows` are those of the table: a queue that is not too large is simulated to its end. `day`
    stands for today at every site, where somebody asked for another one.
    """
    try:
        behaviour = version.behaviour(runs.matomo_version, config.adapter)
    except version.UnknownMatomoError as error:
        return ForecastReading(config, None, None, str(error))
    inputs = run_inputs.read(connection, server, config, behaviour, runs, day, memory.visits)
    found = _simulate(connection, server, inputs, memory, rows)
    dies_in_expansion = found.configured.dies_in == "expansion"
    return ForecastReading(
        config,
        behaviour,
        found,
        sites=len(inputs.instance.sites),
        run_sites=sum(map(inputs.takes, inputs.instance.sites)),
        sites_with_segment=inputs.instance.sites_with_segment,
        most_daily_rows=most_daily_rows(inputs.instance),
        rules=rules_basis(runs.matomo_version),
        expansion=expansion_choices(inputs) if dies_in_expansion else None,
    )


@dataclass(frozen=True, slots=True)
class Expanded:
    """Scheduled re-archivings: their rows, how many they come to at most, the next id's digits."""

    expansions: tuple[Expansion, ...]
    added: int
    digits: int


def _simulate(
    connection: Connection, server: Server, inputs: RunInputs, memory: ForecastMemory, rows: int
) -> Forecast:
    expanded = expand(connection, inputs)
    planner = SitePlanner(inputs, expanded.expansions, expanded.digits)
    plan = RunPlan(
        inputs.config,
        inputs.behaviour,
        new_digits=expanded.digits,
        knows_visits=inputs.visits is not None,
        expanding=rearchiving.expanding(expanded.expansions, inputs.instance),
        prefix=len(connection.prefix.encode()),
        is_followed_whole=rows + expanded.added <= inputs.config.most_rows,
    )
    forecaster = Forecaster(plan, connection.check)
    queues = SiteQueues(connection, server, inputs.config, inputs.behaviour, memory.names)
    for idsite, packed in site_by_site(sorted(inputs.instance.sites), queues):
        if forecaster.is_over:
            forecaster.cut_off()
            break
        if inputs.takes(idsite):
            forecaster.add(planner.plan(idsite, packed, queues.names))
        elif expanded.expansions:
            waiting = planner.plan(idsite, packed, queues.names)
            forecaster.add_waiting(waiting.work.rearchived)
    entries = inputs.rearchivings
    if queues.is_cut_off or entries is None or len(expanded.expansions) < len(entries):
        forecaster.cut_off()
    return forecaster.result()


def expand(connection: Connection, inputs: RunInputs) -> Expanded:
    """The rows of all scheduled re-archivings, as far as they are few enough to be looked at."""
    instance, entries = inputs.instance, inputs.rearchivings or ()
    sizes = [rearchiving.rows_of_a_site(entry, inputs) for entry in _checked(connection, entries)]
    added = sum(
        size * rearchiving.sites_of(entry, instance)
        for size, entry in zip(sizes, entries, strict=True)
    )
    digits = len(str(next_id(connection) + (added + most_daily_rows(instance)) // 2))
    expansions = tuple(
        rearchiving.expansion(entry, inputs, digits)
        for entry in _checked(connection, _few_enough(entries, sizes, inputs))
    )
    return Expanded(expansions, added, digits)


def _checked(connection: Connection, entries: Iterable[ReArchiving]) -> Iterator[ReArchiving]:
    """The sites one after the other. Raises ReadingStopped when the exporter stops."""
    for entry in entries:
        connection.check()
        yield entry


def _few_enough(
    entries: Sequence[ReArchiving], sizes: Sequence[int], inputs: RunInputs
) -> Iterator[ReArchiving]:
    """The first entries, up to the one with which they come to `most_rows` rows of all sites.

    None of an entry that comes to more at each site.
    """
    rows, most_rows = 0, inputs.config.most_rows
    for size, entry in zip(sizes, entries, strict=True):
        if size <= most_rows and rows < most_rows:
            rows += size * rearchiving.sites_of(entry, inputs.instance)
            yield entry
