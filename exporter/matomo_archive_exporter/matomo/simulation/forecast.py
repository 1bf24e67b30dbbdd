"""The forecast of the next run of core:archive over all sites, and of its memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from matomo_archive_exporter.matomo.simulation.archiving_run import ArchivingRun, SiteStart, Totals
from matomo_archive_exporter.matomo.simulation.bounded_cache import MOST_ROWS, BoundedCache
from matomo_archive_exporter.matomo.simulation.planned_rows import SitePlan
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.simulation.site_run import Batch, run_site

_BATCHES_A_PULSE = 500

DiesIn = Literal["run", "expansion"]


@dataclass(frozen=True, slots=True)
class SiteInput:
    """What is to be done for one site. `key` is equal for sites whose work is the same.

    `today` is its day as an ordinal, where that matters. `unvisited` is its work if no row has
    visits, None where visits are known. `lists_segments` is whether its turn asks for its segments,
    `was_listed` whether the expansion of re-archivings has done so before.
    """

    idsite: int
    key: object
    work: SitePlan
    unvisited: SitePlan | None
    today: int | None
    lists_segments: bool = False
    was_listed: bool = False
    is_begun: bool = False
    """whether the run that is going on is at work there"""
    daily_in_table: int = 0
    """rows of the table that the turn seems to have queued itself, where its own are not worked
    out: a dump may be of the queue as the turn met it"""


@dataclass(frozen=True, slots=True)
class RunForecast:
    """One run, as configured or with other settings.

    `death` is what was done by the time its memory was exhausted, None if it never is; `dies_in`
    says in which part, `death_site` at which site: None in the expansion of re-archivings.
    `safe_archives` is the largest archive limit that keeps it below the safe share of its memory,
    None when no limit is needed, 0 when none is low enough; `safe_if_visited` the same if every
    row has visits, where that is not known.
    """

    totals: Totals
    death: Totals | None
    safe_archives: int | None
    safe_if_visited: int | None = None
    is_ended: bool = True
    """whether the run was simulated to its end; if not, its totals are lower bounds"""
    is_limited: bool = False
    """whether a limit of archives or of time ends it"""
    dies_in: DiesIn | None = None
    death_site: int | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next run. Peaks are in bytes.

    Where visits are not known `configured`, `single_request` and `full_queue_peak` are the upper
    end, and `lowest_peak` is that of `configured` if nothing had visits. All are lower bounds when
    the simulation was cut off, so that it is not `exact`. `without_expansion` is the run as
    configured if scheduled re-archivings were expanded for nothing: None where none dies of that.
    """

    configured: RunForecast
    single_request: RunForecast
    full_queue_peak: int
    lowest_peak: int
    rearchived: int
    daily: int
    knows_added: bool
    """whether the last two are of all sites; if not, they are lower bounds"""
    is_exact: bool
    knows_visits: bool
    without_expansion: RunForecast | None = None


@dataclass(frozen=True, slots=True)
class _Scenario:
    """A run that is simulated; `has_visits` says of all rows of which it is not known."""

    run: ArchivingRun
    has_visits: bool

    @property
    def concurrency(self) -> int:
        return self.run.plan.config.concurrent_requests


class Forecaster:
    """Takes one site after the other, in the order of their ids, and sums them up."""

    def __init__(self, plan: RunPlan, pulse: Callable[[], None] = lambda: None) -> None:
        """`pulse` is called often, and may raise to end it all."""
        self._plan = plan
        self._pulse = pulse
        self._rearchived = self._daily = 0
        self._is_cut_off = False
        self._visited = {
            requests: self._scenario(requests, has_visits=True)
            for requests in self._counts_of_requests()
        }
        self._unvisited = self._runs_without_visits()
        self._spared = self._run_without_expansion()
        self._site_runs: BoundedCache[list[Batch]] = BoundedCache()

    def _counts_of_requests(self) -> tuple[int, ...]:
        """The configured requests, and one; one is too late for a run that is going on."""
        configured = self._plan.config.concurrent_requests
        return (configured, 1) if self._plan.start is None else (configured,)

    def _scenario(self, requests: int, *, has_visits: bool) -> _Scenario:
        config = replace(self._plan.config, concurrent_requests=requests)
        return _Scenario(ArchivingRun(replace(self._plan, config=config)), has_visits)

    def _runs_without_visits(self) -> dict[int, _Scenario]:
        """Before 5.4.0 nothing is started then, so nothing can overlap: one run tells all.

        From then on it is of interest for a single request at a time only where a limit of
        archives may never be reached.
        """
        plan, requests = self._plan, self._plan.config.concurrent_requests
        if plan.knows_visits:
            return {}
        if not plan.behaviour.works_unvisited_days:
            return dict.fromkeys((requests, 1), self._scenario(1, has_visits=False))
        counts = {requests, *(self._counts_of_requests() if plan.archive_limit else ())}
        return {n: self._scenario(n, has_visits=False) for n in sorted(counts)}

    def _run_without_expansion(self) -> _Scenario | None:
        configured = self._visited[self._plan.config.concurrent_requests]
        if not configured.run.dies_in_expansion:
            return None
        return replace(configured, run=ArchivingRun(replace(self._plan, expanding=None)))

    def _scenarios(self) -> list[_Scenario]:
        spared = [] if self._spared is None else [self._spared]
        every = [*self._visited.values(), *self._unvisited.values(), *spared]
        return list({id(scenario): scenario for scenario in every}.values())

    @property
    def is_over(self) -> bool:
        """Whether the simulation can stop: every run needs far more memory than it has."""
        return all(scenario.run.is_cut_off for scenario in self._scenarios())

    def cut_off(self) -> None:
        """Note that rows or sites are left out."""
        self._is_cut_off = True

    def add(self, site: SiteInput) -> None:
        """Add the next site."""
        self._rearchived += site.work.rearchived
        self._daily += site.work.daily
        for scenario in self._scenarios():
            run = scenario.run
            if not run.is_cut_off:
                batches = self._pulsed(self._batches(site, scenario))
                run.site(batches, self._start(site, scenario))

    def add_waiting(self, rearchived: int) -> None:
        """Skip a site that the run does not take; re-archivings queue rows at it all the same."""
        self._rearchived += rearchived

    def _start(self, site: SiteInput, scenario: _Scenario) -> SiteStart:
        """Before 5.4.0 a turn without visits asks for segments only for a segment's row."""
        work = self._work(site, scenario)
        asks = scenario.has_visits or self._plan.behaviour.works_unvisited_days
        lists = site.lists_segments and (asks or work.looks_at_segments)
        daily = work.daily_asked + site.daily_in_table
        return SiteStart(site.idsite, lists, site.was_listed, daily, site.is_begun)

    def _pulsed(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for number, batch in enumerate(batches):
            if number % _BATCHES_A_PULSE == 0:
                self._pulse()
            yield batch

    def _batches(self, site: SiteInput, scenario: _Scenario) -> Iterable[Batch]:
        """The start of a site; sites that are alike share one."""
        work, plan = self._work(site, scenario), scenario.run.plan
        if len(work.rows) > MOST_ROWS:
            return run_site(work.rows, plan, site.today)  # computed only as far as the run goes
        key = (scenario.concurrency, scenario.has_visits, site.key)
        return self._site_runs.get(
            key, lambda: (list(run_site(work.rows, plan, site.today)), len(work.rows))
        )

    @staticmethod
    def _work(site: SiteInput, scenario: _Scenario) -> SitePlan:
        return site.work if scenario.has_visits else site.unvisited or site.work

    def result(self) -> Forecast:
        """The forecast after the last site."""
        configured = self._runs(self._plan.config.concurrent_requests)
        return Forecast(
            configured=self._upper(configured),
            single_request=self._upper(self._runs(1) or configured),
            full_queue_peak=max(run.totals.peak for run in configured),
            lowest_peak=min(_as_limited(run).peak for run in configured),
            rearchived=self._rearchived,
            daily=self._daily,
            knows_added=not self._is_cut_off,
            is_exact=not (self._is_cut_off or any(s.run.is_cut_off for s in self._scenarios())),
            knows_visits=self._plan.knows_visits,
            without_expansion=self._upper([self._spared.run]) if self._spared else None,
        )

    def _runs(self, concurrency: int) -> list[ArchivingRun]:
        """The run in which all rows have visits; if that is unknown, also one in which none has."""
        every = (self._visited, self._unvisited)
        return [runs[concurrency].run for runs in every if concurrency in runs]

    def _upper(self, runs: list[ArchivingRun]) -> RunForecast:
        """The run that needs most memory, with the archive limit that is safe in all runs."""
        visited = runs[0]
        # A run that was cut off has no known end: the first of the two counts.
        is_open = visited.is_cut_off and visited.at_limit is None
        run = visited if is_open else max(runs, key=lambda r: _as_limited(r).peak)
        totals, death = _as_limited(run), run.at_death
        if death is not None and _progress(death) > _progress(totals):
            death = None  # the archive limit ends the run before
        safe = self._safe_if_visited(visited)
        is_certain = safe is None or self._plan.knows_visits
        # Rows without visits cost memory and do not count towards an archive limit: if none has
        # any, the limit is never reached.
        is_ended = run.at_limit is not None or not (self._is_cut_off or run.is_cut_off)
        is_limited = run.at_limit is not None
        safe_for_all = safe if is_certain else 0
        forecast = RunForecast(totals, death, safe_for_all, safe, is_ended, is_limited)
        if death is None:
            return forecast
        dies_in: DiesIn = "expansion" if run.dies_in_expansion else "run"
        return replace(forecast, dies_in=dies_in, death_site=run.death_site)

    def _safe_if_visited(self, run: ArchivingRun) -> int | None:
        is_whole = not (self._is_cut_off or run.is_cut_off)
        fits = run.is_safe and (is_whole or run.plan.config.memory_limit is None)
        return None if fits else run.safe_archives


def _as_limited(run: ArchivingRun) -> Totals:
    return run.at_limit or run.totals


def _progress(totals: Totals) -> tuple[int, int]:
    return totals.sites, totals.selects
