"""Metrics of the forecast: the work and the memory of the next run of core:archive."""

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
    """One figure of a simulated run, given the memory limit."""

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
        "Archives that the next run will build; an upper bound where visits are unknown. Days"
        " without visits do not count. Run current: those that the running core:archive will still"
        " build",
        lambda run, _: run.totals.archives,
    ),
    _Figure(
        "matomo_archive_predicted_skips",
        "Rows that the next run will skip because they overlap one in the same batch. Run current:"
        " those still to come",
        lambda run, _: run.totals.skips,
    ),
    _Figure(
        "matomo_archive_predicted_selects",
        "SELECTs for the next row in the next run. Run current: those still to come",
        lambda run, _: run.totals.selects,
    ),
)
_MEMORY = (
    _Figure(
        "matomo_archive_memory_predicted_peak_bytes",
        "Peak memory of the next core:archive process; an upper bound where visits are unknown."
        " Run current: of the running core:archive, to its end",
        lambda run, _: run.totals.peak,
    ),
    _Figure(
        "matomo_archive_memory_predicted_ratio",
        "Predicted peak memory over the memory that PHP can use; at 1 or more the run dies",
        lambda run, limit: 0.0 if limit is None else run.totals.peak / exhausted(limit),
    ),
    _Figure(
        "matomo_archive_memory_exhausted_after_archives",
        "Archives that the next run builds before it runs out of memory; absent if it survives, 0"
        " if it dies before the first. Run current: those that the running core:archive still"
        " builds",
        lambda run, _: None if run.death is None else run.death.archives,
    ),
)
_SAFE = (
    _Figure(
        "matomo_archive_memory_safe_archives",
        "Highest --max-archives-to-process that keeps a run below 80 % of memory_limit; +Inf if"
        " none is needed, 0 if none is safe",
        lambda run, _: limit_value(run.safe_archives),
    ),
    _Figure(
        "matomo_archive_memory_safe_archives_if_visited",
        "Highest safe --max-archives-to-process if every row has visits; differs where visits are"
        " unknown",
        lambda run, _: limit_value(run.safe_if_visited),
    ),
)


def families(reading: ForecastReading) -> Iterator[Metric]:
    """All metrics of one forecast; without one, only the archiver's settings."""
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
    yield gauge(
        "matomo_archive_concurrent_requests",
        "Concurrent requests per website of core:archive, as configured",
        reading.config.concurrent_requests,
    )
    yield gauge(
        "matomo_archive_statement_cache_leak",
        "1 when this Matomo keeps every statement in memory (before 5.3.0 with adapter PDO)",
        None if reading.behaviour is None else reading.behaviour.keeps_statements,
    )
    yield gauge(
        "matomo_archive_memory_limit_bytes",
        "PHP memory_limit of the next core:archive, as configured; +Inf without a limit",
        limit_value(reading.config.memory_limit),
    )
    yield gauge(
        "matomo_archive_memory_limit_assumed",
        "1 when memory_limit is not set and a default is assumed",
        reading.config.is_limit_assumed,
    )


def _rules(basis: RulesBasis | None) -> Metric:
    return labelled_gauge(
        "matomo_archive_forecast_rules_info",
        "The Matomo version whose rules the forecast uses. verified: run or read (in its source)"
        " for the instance's own version, else assumed; absent without a forecast",
        ("rules", "verified"),
        [] if basis is None else [((basis.rules, basis.verified), 1)],
    )


def _of_next_run(forecast: Forecast, limit: int | None) -> Iterator[Metric]:
    """Metrics of the next run, as configured and with one concurrent request."""
    runs = _both(forecast)
    yield labelled_gauge(
        "matomo_archive_expected_invalidations",
        "Rows that the next run adds itself: scheduled re-archivings, and each site's today and"
        " yesterday; every forecast counts them; absent when the queue is cut off",
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
        "1 when the whole queue was simulated, 0 when it was cut off and predictions are lower"
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
    """The place where a run dies; absent for one that survives."""
    runs = _both(forecast)
    yield _Figure(
        "matomo_archive_memory_exhausted_after_sites",
        "Number of the site, in the order of the run, at which the run runs out of memory; absent"
        " if it survives, 0 if it dies before the first",
        lambda run, _: None if run.death is None else run.death.sites,
    ).of(runs, None)
    yield _Figure(
        "matomo_archive_memory_exhausted_after_seconds",
        "Time from the start of the next run until it runs out of memory; absent if it survives or"
        " the rate of archives is unknown",
        lambda run, _: None if run.death is None else config.seconds_for(run.death.archives),
    ).of(runs, None)
    yield gauge(
        "matomo_archive_next_run_sites",
        "Sites that the next run works on: those left in the list that runs share, or all without"
        " a list",
        sites,
    )


def _both(forecast: Forecast) -> list[tuple[str, RunForecast]]:
    """The next run as configured, and with one concurrent request."""
    return [("configured", forecast.configured), ("single_request", forecast.single_request)]


def limit_value(limit: int | None) -> float:
    """The value of a limit; no limit is infinite."""
    return _UNLIMITED if limit is None else limit
