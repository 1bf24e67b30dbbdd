"""What the next run of core:archive will do, from all that the database says of it.

The queue is read site by site while the run is simulated, and no further than the simulation goes.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from matomo_archive_exporter.matomo import memory, rearchiving, version
from matomo_archive_exporter.matomo.archiving_run import Conditions
from matomo_archive_exporter.matomo.forecast import Forecast, Forecaster, RunPlan
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.rearchiving import Expansion, Reach
from matomo_archive_exporter.matomo.site_planner import Present, SitePlanner
from matomo_archive_exporter.matomo.site_work import VersionRules
from matomo_archive_exporter.matomo.version import Behaviour
from matomo_archive_exporter.readings import instance as instances
from matomo_archive_exporter.readings import present
from matomo_archive_exporter.readings.connection import Connection
from matomo_archive_exporter.readings.queue_groups import TABLE
from matomo_archive_exporter.readings.server import Server
from matomo_archive_exporter.readings.site_queues import Recovery, SiteQueues
from matomo_archive_exporter.readings.visits import VisitsMemory
from matomo_archive_exporter.settings.settings import Settings

# The server may answer the second from a cache that is a day old.
_NEXT_ID = """
SELECT (SELECT MAX(idinvalidation) + 1 FROM {table}),
       (SELECT MAX(auto_increment) FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_name = %s)"""

_DAY = 86400.0
SELECTS_A_ROW = 4
"""Skips may be many more than rows; a run with so many SELECTs is not followed to its end."""


@dataclass(frozen=True, slots=True)
class Archiver:
    """How core:archive is run and configured. Sizes in bytes, None for no limit."""

    adapter: str
    concurrent_requests: int = 3
    archive_limit: int = 0
    memory_limit: int | None = None
    is_limit_assumed: bool = False
    """nothing said what the memory limit is"""
    archives_per_hour: float | None = None
    recovery_timeout: float = _DAY
    rearchive_last_n_months: int = 6
    rearchive_exclude_segments: bool = False
    most_rows: int = 500_000


def archiver_of(settings: Settings, observed_per_hour: float | None = None) -> Archiver:
    """As configured; `observed_per_hour` stands in where no rate is given."""
    archiver = settings.archiver
    return Archiver(
        adapter=settings.database.adapter,
        concurrent_requests=archiver.concurrent_requests,
        archive_limit=archiver.max_archives_to_process,
        memory_limit=archiver.memory_limit,
        is_limit_assumed="memory_limit" not in archiver.model_fields_set,
        archives_per_hour=archiver.archives_per_hour or observed_per_hour,
        recovery_timeout=archiver.failure_recovery_timeout,
        rearchive_last_n_months=archiver.rearchive_last_n_months,
        rearchive_exclude_segments=archiver.rearchive_exclude_segments,
        most_rows=settings.collect.forecast_max_rows,
    )


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


@dataclass(frozen=True, slots=True)
class ForecastReading:
    """A forecast, with the archiver that it is made for; None with a reason where there is none."""

    archiver: Archiver
    behaviour: Behaviour | None
    forecast: Forecast | None
    reason: str = ""
    sites: int | None = None
    """of the instance"""

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
    clock: present.Clock
    instance: Instance
    expansions: tuple[Expansion, ...]
    added: int
    """rows that scheduled re-archivings come to at most"""
    new_digits: int

    @property
    def has_all_expansions(self) -> bool:
        """Whether all scheduled re-archivings could be read and are few enough to be expanded."""
        entries = self.known.rearchivings
        return entries is not None and len(self.expansions) == len(entries)


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
    at = _circumstances(connection, server, archiver, known, behaviour)
    found = _simulate(connection, server, at, remembered)
    return ForecastReading(archiver, behaviour, found, sites=len(at.instance.sites))


def _simulate(
    connection: Connection, server: Server, at: Circumstances, remembered: ForecastMemory
) -> Forecast:
    found = present.read(connection, at.instance, at.clock, remembered.visits)
    planner = SitePlanner(_present(at, found))
    plan = _plan(at, len(connection.prefix.encode()), found)
    forecaster = Forecaster(plan, connection.check)
    recovery = _recovery(at.archiver, at.behaviour)
    queues = SiteQueues(connection, server, recovery, at.archiver.most_rows, remembered.names)
    for idsite, packed in _texts(at.instance, queues):
        if forecaster.is_over:
            forecaster.cut_off()
            break
        forecaster.add(planner.plan(idsite, packed, queues.names))
    if queues.is_cut_off or not at.has_all_expansions:
        forecaster.cut_off()
    return forecaster.result()


def _circumstances(
    connection: Connection, server: Server, archiver: Archiver, known: Known, behaviour: Behaviour
) -> Circumstances:
    instance = instances.read(connection)
    clock = present.Clock(datetime.fromisoformat(server.utc_now), known.day)

    reach = Reach(
        known.day or clock.now.date(),
        archiver.rearchive_last_n_months,
        archiver.rearchive_exclude_segments,
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
    digits = len(str(_next_id(connection) + added // 2))
    expansions = tuple(
        rearchiving.expansion(entry, instance, reach, digits)
        for entry in _checked(connection, _few_enough(entries, sizes, instance, archiver.most_rows))
    )
    return Circumstances(archiver, behaviour, known, clock, instance, expansions, added, digits)


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


def _next_id(connection: Connection) -> int:
    """The id that the next row gets, which an empty table still knows."""
    statement = _NEXT_ID.format(table=connection.table(TABLE))
    (after_highest, counter) = connection.row(statement, (f"{connection.prefix}{TABLE}",))
    return max(int(after_highest or 1), int(counter or 1))


def _present(at: Circumstances, found: present.Found) -> Present:
    return Present(
        instance=at.instance,
        now=at.clock.now,
        rules=VersionRules(
            deletes_usable_plugin_rows=at.behaviour.deletes_usable_plugin_rows,
            in_progress_blocks=at.behaviour.in_progress_blocks,
            recovery_drops_duplicates=at.behaviour.recovery_drops_duplicates,
        ),
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


def _plan(at: Circumstances, prefix: int, found: present.Found) -> RunPlan:
    archiver, segments, sites = at.archiver, len(at.instance.segments), len(at.instance.sites)
    months = max((e.months for e in at.expansions), default=0)
    return RunPlan(
        conditions=Conditions(
            keeps_statements=at.behaviour.keeps_statements,
            limit=archiver.memory_limit,
            archives_per_hour=archiver.archives_per_hour,
            beginning=memory.beginning(segments, sites, months)
            if at.behaviour.keeps_statements
            else memory.base(segments=segments),
            segments=segments,
            prefix=prefix,
            most_selects=archiver.most_rows * SELECTS_A_ROW,
            is_followed_whole=at.known.rows + at.added <= archiver.most_rows,
        ),
        concurrent_requests=archiver.concurrent_requests,
        archive_limit=archiver.archive_limit,
        exempts_other_segments=at.behaviour.exempts_other_segments,
        new_digits=at.new_digits,
        knows_visits=found.visits is not None,
    )


def _recovery(archiver: Archiver, behaviour: Behaviour) -> Recovery:
    """Before 5.2.0 the time after which rows are recovered was a day, always."""
    timeout = archiver.recovery_timeout if behaviour.recovery_is_configurable else _DAY
    return Recovery(timeout, behaviour.recovers_never_started)


def _texts(instance: Instance, queues: SiteQueues) -> Iterator[tuple[int, str]]:
    """Every site in the order of its turn, with or without rows; none that was deleted."""
    sites = iter(sorted(instance.sites))
    site = next(sites, None)
    for queue in queues.all():
        while site is not None and site < queue.idsite:
            yield site, ""
            site = next(sites, None)
        if site == queue.idsite:
            yield site, queue.packed
            site = next(sites, None)
    while site is not None:
        yield site, ""
        site = next(sites, None)
