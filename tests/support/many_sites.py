"""Instances with many like sites, and the forecast of a run over them; nothing of a database.

As in the runs of `tests/recordings/memory-of-sites.csv`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation import rearchiving
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, Forecaster
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.run_inputs import Clock, RunInputs
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_planner import SitePlanner
from matomo_archive_exporter.matomo.simulation.site_state import Archive, SiteVisits
from tests.support.plans import PDO

NOW = datetime.fromisoformat("2026-11-28 05:00:00")
LAST_DAYS = ReArchiving(
    None, "Actions", "Actions_hits", int(datetime(2026, 11, 25, tzinfo=UTC).timestamp()), None
)
"""a re-archiving of three days at all sites"""
DIGITS = 4


@dataclass(frozen=True, slots=True)
class ManySites:
    """So many sites with so many segments, of which the first few are for site 1 only.

    `age` is that of the archives of today and yesterday, None where there are none; `visits` are
    those of each site, None where it never had any; `shared` is the list that archivers share.
    """

    sites: int
    segments: int = 0
    for_site_1_only: int = 0
    visits: SiteVisits | None = None
    age: timedelta | None = None
    rearchivings: tuple[ReArchiving, ...] = ()
    shared: frozenset[int] = frozenset()

    @property
    def instance(self) -> Instance:
        """Its sites and segments."""
        sites = {n: Site(n, None, "UTC") for n in range(1, self.sites + 1)}
        segments = (
            Segment(f"{n:032x}", f"a=={n}", 1 if n <= self.for_site_1_only else None)
            for n in range(1, self.segments + 1)
        )
        return Instance(sites, tuple(segments))

    def inputs(self, matomo_version: str, config: ArchiverConfig) -> RunInputs:
        """All that decides on a run over them."""
        some = SiteVisits()
        if self.visits is not None:
            some = replace(self.visits, first=NOW - timedelta(hours=20))
        return RunInputs(
            config,
            version.behaviour(matomo_version, config.adapter),
            self.instance,
            Clock(NOW),
            rearchivings=self.rearchivings,
            shared_sites=self.shared,
            archives=dict(self._archives()),
            visits=dict.fromkeys(range(1, self.sites + 1), some),
        )

    def _archives(self) -> Iterator[tuple[tuple[int, int, date, str], Archive]]:
        if self.age is None:
            return
        today = NOW.date().toordinal()
        periods = [
            (DAY, today - 1),
            *((p, covering(p, today)[0]) for p in (DAY, WEEK, MONTH, YEAR)),
        ]
        archive = Archive(NOW - self.age, 1)
        for site in range(1, self.sites + 1):
            for segment in ("", *self.instance.hashes_of(site)):
                for period, first in periods:
                    yield (site, period, date.fromordinal(first), f"done{segment}"), archive


def forecast(
    these: ManySites, matomo_version: str = "5.8.0", config: ArchiverConfig | None = None
) -> Forecast:
    """The run over them, from an empty queue, with children that answer and write no archive."""
    return over(these.inputs(matomo_version, config or ArchiverConfig(PDO)))


def over(inputs: RunInputs) -> Forecast:
    """The run over sites of which none has a row, with children that only answer."""
    expansions = [
        rearchiving.expansion(entry, inputs, DIGITS) for entry in inputs.rearchivings or ()
    ]
    planner = SitePlanner(inputs, expansions, DIGITS)
    expanding = rearchiving.expanding(expansions, inputs.instance)
    plan = RunPlan(inputs.config, inputs.behaviour, DIGITS, expanding=expanding)
    forecaster = Forecaster(plan)
    for idsite in inputs.instance.sites:
        made = replace(planner.plan(idsite, "", {}), today=None)
        if inputs.takes(idsite):
            forecaster.add(made)
        else:
            forecaster.add_waiting(made.work.rearchived)
    return forecaster.result()


def with_limit(config: ArchiverConfig, limit: str) -> ArchiverConfig:
    """The same with a memory_limit in megabytes or gigabytes, such as 64M."""
    unit = {"M": 1 << 20, "G": 1 << 30}[limit[-1]]
    return replace(config, memory_limit=int(limit[:-1]) * unit)
