"""What the next run of core:archive will do, and whether its memory lasts: all sites together."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from matomo_archive_exporter.matomo.archiving_run import ArchivingRun, Conditions, Totals
from matomo_archive_exporter.matomo.lately import MOST_ROWS, Lately
from matomo_archive_exporter.matomo.site_work import SiteWork
from matomo_archive_exporter.matomo.turn import Batch, Rules, turn

_BATCHES_A_PULSE = 500


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How the next run is made. `new_digits` are those of the ids that new rows will get."""

    conditions: Conditions
    concurrent_requests: int = 3
    archive_limit: int = 0
    exempts_other_segments: bool = True
    new_digits: int = 1
    knows_visits: bool = True
    """whether it is known which rows have visits; if not, all rows are taken to have some, and in
    another run none"""


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What is to be done for one site. `key` is equal for sites whose work is the same.

    `segments` is how many are archived for it, `today` its day as an ordinal, where that matters.
    `unvisited` is its work if no row has visits, None where visits are known.
    """

    idsite: int
    key: object
    work: SiteWork
    unvisited: SiteWork | None
    segments: int
    today: int | None


@dataclass(frozen=True, slots=True)
class RunForecast:
    """One run, as configured or as it might be.

    `death` is what was done by the time its memory was exhausted, None if it never is.
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


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next run. Peaks are in bytes.

    Where visits are not known `configured`, `single_request` and `full_queue_peak` are the upper
    end, and `lowest_peak` is that of `configured` if nothing had visits. All are lower bounds when
    the simulation was cut off, so that it is not `exact`.
    """

    configured: RunForecast
    single_request: RunForecast
    full_queue_peak: int
    lowest_peak: int
    rearchived: int
    own: int
    knows_added: bool
    """whether the last two are of all sites; if not, they are lower bounds"""
    is_exact: bool
    knows_visits: bool


@dataclass(frozen=True, slots=True)
class _Scenario:
    """A run that is simulated; `has_visits` says of all rows of which it is not known."""

    run: ArchivingRun
    concurrency: int
    has_visits: bool


class Forecaster:
    """Takes one site after the other, in the order of their ids, and sums them up."""

    def __init__(self, plan: RunPlan, pulse: Callable[[], None] = lambda: None) -> None:
        """`pulse` is called often, and may raise to end it all."""
        self._plan = plan
        self._pulse = pulse
        self._rearchived = self._own = 0
        self._is_cut_off = False
        self._visited = {
            concurrency: _Scenario(self._run(), concurrency, has_visits=True)
            for concurrency in (plan.concurrent_requests, 1)
        }
        # Without any visits nothing is started, so that nothing can overlap: one run tells all.
        self._unvisited = None if plan.knows_visits else _Scenario(self._run(), 1, has_visits=False)
        self._turns: Lately[list[Batch]] = Lately()

    def _run(self) -> ArchivingRun:
        return ArchivingRun(self._plan.conditions, self._plan.archive_limit)

    def _scenarios(self) -> Iterator[_Scenario]:
        yield from self._visited.values()
        if self._unvisited is not None:
            yield self._unvisited

    @property
    def is_over(self) -> bool:
        """Whether there is no need to go on: every run needs far more memory than it has."""
        return all(scenario.run.is_cut_off for scenario in self._scenarios())

    def cut_off(self) -> None:
        """There are more rows, or more sites, than are looked at."""
        self._is_cut_off = True

    def add(self, site: SitePlan) -> None:
        """The next site."""
        self._rearchived += site.work.rearchived
        self._own += site.work.own
        for scenario in self._scenarios():
            run = scenario.run
            if not run.is_cut_off:
                batches = self._pulsed(self._batches(site, scenario))
                run.site(batches, site.segments, site.idsite)

    def _pulsed(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for number, batch in enumerate(batches):
            if number % _BATCHES_A_PULSE == 0:
                self._pulse()
            yield batch

    def _batches(self, site: SitePlan, scenario: _Scenario) -> Iterable[Batch]:
        """A site's turn; sites that are alike share one."""
        work = site.work if scenario.has_visits else site.unvisited or site.work
        plan = self._plan
        rules = Rules(
            scenario.concurrency, plan.exempts_other_segments, plan.new_digits, site.today
        )
        if len(work.rows) > MOST_ROWS:
            return turn(work.rows, rules)  # worked out only as far as the run goes
        key = (scenario.concurrency, scenario.has_visits, site.key)
        return self._turns.get(key, lambda: (list(turn(work.rows, rules)), len(work.rows)))

    def result(self) -> Forecast:
        """After the last site."""
        configured = self._runs(self._plan.concurrent_requests)
        return Forecast(
            configured=self._upper(configured),
            single_request=self._upper(self._runs(1)),
            full_queue_peak=max(run.totals.peak for run in configured),
            lowest_peak=min(_as_limited(run).peak for run in configured),
            rearchived=self._rearchived,
            own=self._own,
            knows_added=not self._is_cut_off,
            is_exact=not (self._is_cut_off or any(s.run.is_cut_off for s in self._scenarios())),
            knows_visits=self._plan.knows_visits,
        )

    def _runs(self, concurrency: int) -> list[ArchivingRun]:
        """The run in which all rows have visits; with that in which none has, if not known."""
        runs = [self._visited[concurrency].run]
        return runs if self._unvisited is None else [*runs, self._unvisited.run]

    def _upper(self, runs: list[ArchivingRun]) -> RunForecast:
        """The run that needs most memory, with the archive limit that is safe in all of them."""
        visited = runs[0]
        # How far one that was cut off would have gone is not known: the first of the two counts.
        is_open = visited.is_cut_off and visited.at_limit is None
        run = visited if is_open else max(runs, key=lambda r: _as_limited(r).peak)
        totals, death = _as_limited(run), run.at_death
        if death is not None and death.selects > totals.selects:
            death = None  # the archive limit ends the run before
        safe = self._safe_if_visited(visited)
        is_certain = safe is None or len(runs) == 1
        # Rows without visits cost memory and do not count towards an archive limit: if none has
        # any, the limit is never reached.
        is_ended = run.at_limit is not None or not (self._is_cut_off or run.is_cut_off)
        return RunForecast(totals, death, safe if is_certain else 0, safe, is_ended)

    def _safe_if_visited(self, run: ArchivingRun) -> int | None:
        is_whole = not (self._is_cut_off or run.is_cut_off)
        fits = run.is_safe and (is_whole or run.conditions.limit is None)
        return None if fits else run.safe_archives


def _as_limited(run: ArchivingRun) -> Totals:
    return run.at_limit or run.totals
