"""What the next run of core:archive will do and cost, as metrics."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.rules_basis import RulesBasis
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, RunForecast
from matomo_archive_exporter.matomo.simulation.memory import exhausted
from matomo_archive_exporter.metrics.family import Value, gauge, labelled_gauge
from matomo_archive_exporter.readings.simulation.forecast import ForecastReading

_UNLIMITED = float("inf")


@dataclass(frozen=True, slots=True)
class _Figure:
    """One of a simulated run, given the memory limit."""

    name: str
    text: str
    value: Callable[[RunForecast, int | None], Value]

    def of(self, runs: Sequence[tuple[str, RunForecast]], limit: int | None) -> Metric:
        """The metric, with label `run`."""
        samples = [((label,), self.value(run, limit)) for label, run in runs]
        return labelled_gauge(self.name, self.text, ("run",), samples)


_WORK = (
    _Figure(
        "matomo_archive_predicted_archives",
        "Archives that the next run will build; its upper end where visits are not known. Days"
        " without visits, which get an empty archive from 5.4.0 on, are not among them. Run"
        " current: those that the run going on has yet to build",
        lambda run, _: run.totals.archives,
    ),
    _Figure(
        "matomo_archive_predicted_skips",
        "Rows that the next run will skip because they overlap one in the same batch. Run current:"
        " those yet to come",
        lambda run, _: run.totals.skips,
    ),
    _Figure(
        "matomo_archive_predicted_selects",
        "Times that the next run will ask for the next row. Run current: those yet to come",
        lambda run, _: run.totals.selects,
    ),
)
_MEMORY = (
    _Figure(
        "matomo_archive_memory_predicted_peak_bytes",
        "Peak memory of the next core:archive process; its upper end where visits are not known."
        " Run current: of the run going on, to its end",
        lambda run, _: run.totals.peak,
    ),
    _Figure(
        "matomo_archive_memory_predicted_ratio",
        "Predicted peak over what PHP can use of the limit: at 1 and above the run dies",
        lambda run, limit: 0.0 if limit is None else run.totals.peak / exhausted(limit),
    ),
    _Figure(
        "matomo_archive_memory_exhausted_after_archives",
        "Archives that the next run, or the one going on (run current), still builds before its"
        " memory is exhausted; absent when it survives, 0 when it dies before it builds any",
        lambda run, _: None if run.death is None else run.death.archives,
    ),
)
_SAFE = (
    _Figure(
        "matomo_archive_memory_safe_archives",
        "Largest --max-archives-to-process that keeps a run below 80 % of the limit; +Inf when"
        " none is needed, 0 when none is safe",
        lambda run, _: _limit(run.safe_archives),
    ),
    _Figure(
        "matomo_archive_memory_safe_archives_if_visited",
        "The same if every row has visits; differs where it is not known which have",
        lambda run, _: _limit(run.safe_if_visited),
    ),
)


def families(reading: ForecastReading) -> Iterator[Metric]:
    """Every figure of one forecast; where there is none, only how the archiver is run."""
    yield from _archiver(reading)
    if reading.forecast is not None:
        yield _rules(reading.rules)
        yield from _of_next_run(reading.forecast, reading.config.memory_limit)
        yield from _place(reading.forecast, reading.config, reading.run_sites)


def of_current_run(run: RunForecast, limit: int | None) -> Iterator[Metric]:
    """The figures of the run that is going on, under the same names."""
    for figure in (*_WORK, *_MEMORY):
        yield figure.of([("current", run)], limit)


def _archiver(reading: ForecastReading) -> Iterator[Metric]:
    limit = reading.config.memory_limit
    yield gauge(
        "matomo_archive_concurrent_requests",
        "Concurrent requests per website of core:archive, as configured",
        reading.config.concurrent_requests,
    )
    yield gauge(
        "matomo_archive_statement_cache_leak",
        "1 when this Matomo keeps every statement in memory: before 5.3.0 with adapter PDO",
        None if reading.behaviour is None else reading.behaviour.keeps_statements,
    )
    yield gauge(
        "matomo_archive_memory_limit_bytes",
        "PHP memory_limit of the process that runs core:archive; +Inf without a limit",
        _UNLIMITED if limit is None else limit,
    )
    yield gauge(
        "matomo_archive_memory_limit_assumed",
        "1 when nothing said what the limit is",
        reading.config.is_limit_assumed,
    )


def _rules(basis: RulesBasis | None) -> Metric:
    return labelled_gauge(
        "matomo_archive_forecast_rules_info",
        "By the rules of which Matomo version the forecast is made, and whether the instance's own"
        " version was run, its source was read, or neither (assumed); absent without a forecast",
        ("rules", "verified"),
        [] if basis is None else [((basis.rules, basis.verified), 1)],
    )


def _of_next_run(forecast: Forecast, limit: int | None) -> Iterator[Metric]:
    """As configured, and with one concurrent request."""
    runs = _both(forecast)
    yield labelled_gauge(
        "matomo_archive_expected_invalidations",
        "Rows that the next run will add before it works: re-archivings that are scheduled, and"
        " each site's today and yesterday; counted in every forecast, absent where it is cut off",
        ("source",),
        [
            ((source,), rows if forecast.knows_added else None)
            for source, rows in (
                ("rearchiving", forecast.rearchived),
                ("today_and_yesterday", forecast.daily),
            )
        ],
    )
    yield gauge(
        "matomo_archive_forecast_exact",
        "1 when the queue was simulated whole, 0 when it was cut off: then predictions are lower"
        " bounds",
        forecast.is_exact,
    )
    yield gauge(
        "matomo_archive_memory_full_queue_peak_bytes",
        "Peak memory of one run over the whole queue, without an archive limit",
        forecast.full_queue_peak,
    )
    for figure in (*_WORK, *_MEMORY, *_SAFE):
        yield figure.of(runs, limit)


def _place(forecast: Forecast, config: ArchiverConfig, sites: int | None) -> Iterator[Metric]:
    """Where a run dies; each figure is absent for one that survives."""
    runs = _both(forecast)
    yield _Figure(
        "matomo_archive_memory_exhausted_after_sites",
        "Number of the site, in the order of the run, at which its memory is exhausted; absent when"
        " it survives, 0 when it dies before it works on any",
        lambda run, _: None if run.death is None else run.death.sites,
    ).of(runs, None)
    yield _Figure(
        "matomo_archive_memory_exhausted_after_seconds",
        "Time from the start of the next run until its memory is exhausted; absent when it survives"
        " and where the rate of archives is not known",
        lambda run, _: None if run.death is None else config.seconds_for(run.death.archives),
    ).of(runs, None)
    yield gauge(
        "matomo_archive_next_run_sites",
        "Sites that the next run comes to: those left in the list that runs share, all where there"
        " is none",
        sites,
    )


def _both(forecast: Forecast) -> list[tuple[str, RunForecast]]:
    """As configured, and with one concurrent request."""
    return [("configured", forecast.configured), ("single_request", forecast.single_request)]


def _limit(archives: int | None) -> float:
    """An archive limit; none is an infinite one."""
    return _UNLIMITED if archives is None else archives
