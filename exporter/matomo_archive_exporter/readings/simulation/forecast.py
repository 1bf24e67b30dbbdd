"""What the next run of core:archive will do, from all that the database says of it.

The queue is read site by site while the run is simulated, and no further than the simulation goes.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.rules_basis import RulesBasis, rules_basis
from matomo_archive_exporter.matomo.simulation import memory, rearchiving
from matomo_archive_exporter.matomo.simulation.archiving_run import Conditions
from matomo_archive_exporter.matomo.simulation.daily_rows import most_own_rows
from matomo_archive_exporter.matomo.simulation.expansion_choices import (
    ExpansionChoices,
    expansion_choices,
)
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster, RunPlan
from matomo_archive_exporter.matomo.simulation.planned_rows import VersionRules
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion, Reach
from matomo_archive_exporter.matomo.simulation.site_planner import Present, SitePlanner
from matomo_archive_exporter.matomo.version import Behaviour
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.simulation import instance as instances
from matomo_archive_exporter.readings.simulation import site_state
from matomo_archive_exporter.readings.simulation.archiver_config import DAY, Archiver
from matomo_archive_exporter.readings.simulation.site_queues import (
    Recovery,
    SiteQueues,
    next_id,
    turns,
)
from matomo_archive_exporter.readings.simulation.visits import VisitsMemory

_HOUR = 3600.0
SELECTS_A_ROW = 4
"""Skips may be many more than rows; a run with so many SELECTs is not followed to its end."""


@dataclass(frozen=True, slots=True)
class Known:
    """What other readings know: Matomo's version, scheduled re-archivings, days remembered.

    `day` stands for today at every site, where somebody asked for another one.
    """

    matomo_version: str
    rearchivings: tuple[ReArchiving, ...] | None = ()
    """None where they cannot be read: what they come to is missing then"""
    remembered: frozenset[tuple[int, str]] = frozenset()
    rows: int = 0
    """of the table: a queue that is not too large is simulated to its end"""
    day: date | None = None
    shared_sites: frozenset[int] = frozenset()
    """ids in the list that archivers share: the next run takes these, all where there are none"""


@dataclass(frozen=True, slots=True)
class ForecastReading:
    """A forecast, with the archiver that it is made for; None with a reason where there is none."""

    archiver: Archiver
    behaviour: Behaviour | None
    forecast: Forecast | None
    reason: str = ""
    sites: int | None = None
    """of the instance"""
    sites_with_segment: int | None = None
    """those with a segment that is archived for them"""
    most_own_rows: int | None = None
    """rows that the turns of all sites queue where no archive will do"""
    rules: RulesBasis | None = None
    """by which rules the forecast is made"""
    expansion: ExpansionChoices | None = None
    """what the expansion of scheduled re-archivings needs, where the run dies of it"""

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why there is no forecast, if there is none."""
        return (self.reason,) if self.reason else ()


@dataclass(slots=True)
class ForecastMemory:
    """What one reading leaves for the next: texts by their codes, and first visits."""

    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    visits: VisitsMemory = field(default_factory=VisitsMemory)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that decides on a forecast, but for the queue itself."""

    archiver: Archiver
    behaviour: Behaviour
    known: Known
    clock: site_state.Clock
    instance: Instance
    reach: Reach
    expansions: tuple[Expansion, ...]
    added: int
    """rows that scheduled re-archivings come to at most"""
    new_digits: int

    @property
    def has_all_expansions(self) -> bool:
        """Whether all scheduled re-archivings could be read and are few enough to be expanded."""
        entries = self.known.rearchivings
        return entries is not None and len(self.expansions) == len(entries)

    @property
    def choices(self) -> ExpansionChoices:
        """What their expansion needs, and would need."""
        return expansion_choices(
            self.known.rearchivings or (),
            self.instance,
            self.reach,
            memory.costs_of(self.behaviour),
            keeps_statements=self.behaviour.keeps_statements,
        )

    def takes(self, idsite: int) -> bool:
        """Whether the run comes to this site."""
        return not self.known.shared_sites or idsite in self.known.shared_sites


def read(
    connection: Connection,
    server: Server,
    archiver: Archiver,
    known: Known,
    remembered: ForecastMemory,
) -> ForecastReading:
    """One forecast; none for a Matomo whose rules are not known."""
    try:
        behaviour = version.behaviour(known.matomo_version, archiver.adapter)
    except version.UnknownMatomoError as error:
        return ForecastReading(archiver, None, None, str(error))
    at = circumstances(connection, server, archiver, known, behaviour)
    found = _simulate(connection, server, at, remembered)
    choices = at.choices if found.configured.dies_in == "expansion" else None
    return ForecastReading(
        archiver,
        behaviour,
        found,
        sites=len(at.instance.sites),
        sites_with_segment=at.instance.sites_with_segment,
        most_own_rows=most_own_rows(at.instance),
        rules=rules_basis(known.matomo_version),
        expansion=choices,
    )


def _simulate(
    connection: Connection, server: Server, at: Circumstances, remembered: ForecastMemory
) -> Forecast:
    found = site_state.read(connection, at.instance, at.clock, remembered.visits)
    planner = SitePlanner(present_of(at, found))
    plan = plan_of(at, len(connection.prefix.encode()), knows_visits=found.visits is not None)
    forecaster = Forecaster(plan, connection.check)
    recovery = _recovery(at.archiver, at.behaviour)
    queues = SiteQueues(connection, server, recovery, at.archiver.most_rows, remembered.names)
    for idsite, packed in turns(sorted(at.instance.sites), queues):
        if forecaster.is_over:
            forecaster.cut_off()
            break
        if at.takes(idsite):
            forecaster.add(planner.plan(idsite, packed, queues.names))
        elif at.expansions:
            waiting = planner.plan(idsite, packed, queues.names)
            forecaster.add_waiting(waiting.work.rearchived)
    if queues.is_cut_off or not at.has_all_expansions:
        forecaster.cut_off()
    return forecaster.result()


def circumstances(
    connection: Connection, server: Server, archiver: Archiver, known: Known, behaviour: Behaviour
) -> Circumstances:
    instance = instances.read(connection)
    clock = site_state.Clock(datetime.fromisoformat(server.utc_now), known.day)

    reach = Reach(
        known.day or clock.now.date(),
        archiver.rearchive_last_n_months,
        archiver.rearchive_exclude_segments,
        behaviour.expands_segments_at_own_sites,
    )
    entries = known.rearchivings or ()
    sizes = [
        rearchiving.rows_of_a_site(entry, instance, reach)
        for entry in _checked(connection, entries)
    ]
    added = sum(
        size * rearchiving.sites_of(entry, instance)
        for size, entry in zip(sizes, entries, strict=True)
    )
    digits = len(str(next_id(connection) + (added + most_own_rows(instance)) // 2))
    expansions = tuple(
        rearchiving.expansion(entry, instance, reach, digits)
        for entry in _checked(connection, _few_enough(entries, sizes, instance, archiver.most_rows))
    )
    return Circumstances(
        archiver, behaviour, known, clock, instance, reach, expansions, added, digits
    )


def _checked(connection: Connection, entries: Iterable[ReArchiving]) -> Iterator[ReArchiving]:
    """One after the other. Raises ReadingStopped when the exporter is stopping."""
    for entry in entries:
        connection.check()
        yield entry


def _few_enough(
    entries: Sequence[ReArchiving], sizes: Sequence[int], instance: Instance, most_rows: int
) -> Iterator[ReArchiving]:
    """The first entries, up to the one with which they come to `most_rows` rows of all sites.

    None of an entry that comes to more at each site.
    """
    rows = 0
    for size, entry in zip(sizes, entries, strict=True):
        if size <= most_rows and rows < most_rows:
            rows += size * rearchiving.sites_of(entry, instance)
            yield entry


def present_of(at: Circumstances, found: site_state.Found) -> Present:
    """What is known of the instance, for the planner of its sites."""
    return Present(
        instance=at.instance,
        now=at.clock.now,
        rules=VersionRules(
            deletes_usable_plugin_rows=at.behaviour.deletes_usable_plugin_rows,
            in_progress_blocks=at.behaviour.in_progress_blocks,
            recovery_drops_duplicates=at.behaviour.recovery_drops_duplicates,
            starts_days_without_visits=at.behaviour.starts_days_without_visits,
        ),
        queues_unvisited_days=at.behaviour.queues_unvisited_days,
        expansions=at.expansions,
        archives=found.archives or {},
        visits=found.visits,
        remembered=_by_site(at.known.remembered),
        day=at.clock.day,
        new_digits=at.new_digits,
    )


def _by_site(remembered: Iterable[tuple[int, str]]) -> dict[int, list[date]]:
    """Days that cannot be are left out: Matomo would not act on them."""
    days: dict[int, list[date]] = {}
    for idsite, day in remembered:
        with suppress(ValueError):
            days.setdefault(idsite, []).append(date.fromisoformat(day))
    return days


def plan_of(at: Circumstances, prefix: int, *, knows_visits: bool) -> RunPlan:
    """How the next run is made; `prefix` is the length of the tables' prefix."""
    archiver, behaviour = at.archiver, at.behaviour
    return RunPlan(
        conditions=Conditions(
            keeps_statements=behaviour.keeps_statements,
            costs=memory.costs_of(behaviour),
            limit=archiver.memory_limit,
            archives_per_hour=archiver.archives_per_hour,
            expanding=rearchiving.expanding(at.expansions, at.instance),
            prefix=prefix,
            most_selects=archiver.most_rows * SELECTS_A_ROW,
            is_followed_whole=at.known.rows + at.added <= archiver.most_rows,
        ),
        concurrent_requests=archiver.concurrent_requests,
        archive_limit=ends_after(archiver, behaviour),
        exempts_other_segments=behaviour.exempts_other_segments,
        finds_usable_reports=behaviour.finds_usable_reports,
        starts_days_without_visits=behaviour.starts_days_without_visits,
        new_digits=at.new_digits,
        knows_visits=knows_visits,
    )


def ends_after(archiver: Archiver, behaviour: Behaviour) -> int:
    """Archives after which a run ends: its limit of archives or, at a known rate, that of time.

    0 where it has neither.
    """
    limits = [archiver.archive_limit]
    if behaviour.stops_after_a_time and archiver.archives_per_hour is not None:
        archives = math.ceil(archiver.archives_per_hour * archiver.stop_after / _HOUR)
        limits.append(archives)
    return min((limit for limit in limits if limit), default=0)


def _recovery(archiver: Archiver, behaviour: Behaviour) -> Recovery:
    """Before 5.2.0 the time after which rows are recovered was a day, always."""
    timeout = archiver.recovery_timeout if behaviour.recovery_is_configurable else DAY
    return Recovery(timeout, behaviour.recovers_never_started)
