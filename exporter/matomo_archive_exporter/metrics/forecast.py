"""What the next run of core:archive will do and cost, as metrics."""

from collections.abc import Callable, Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.rules_basis import RulesBasis
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, RunForecast
from matomo_archive_exporter.matomo.simulation.memory import exhausted
from matomo_archive_exporter.metrics.family import Value, gauge, labelled_gauge
from matomo_archive_exporter.readings.simulation.forecast import ForecastReading

_UNLIMITED = float("inf")


def families(reading: ForecastReading) -> Iterator[Metric]:
    """Every figure of one forecast; where there is none, only how the archiver is run."""
    yield from _archiver(reading)
    if reading.forecast is not None:
        yield _rules(reading.rules)
        yield from _work(reading.forecast)
        yield from _memory(reading.forecast, reading.config.memory_limit)


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


def _work(forecast: Forecast) -> Iterator[Metric]:
    yield labelled_gauge(
        "matomo_archive_expected_invalidations",
        "Rows that the next run will add before it works: re-archivings that are scheduled, and"
        " each site's today and yesterday; counted in every forecast, absent where it is cut off",
        ("source",),
        [
            ((source,), rows if forecast.knows_added else None)
            for source, rows in (
                ("rearchiving", forecast.rearchived),
                ("today_and_yesterday", forecast.own),
            )
        ],
    )
    yield _by_run(
        "matomo_archive_predicted_archives",
        "Archives that the next run will build; its upper end where visits are not known. Days"
        " without visits, which get an empty archive from 5.4.0 on, are not among them",
        forecast,
        lambda run: run.totals.archives,
    )
    yield _by_run(
        "matomo_archive_predicted_skips",
        "Rows that the next run will skip because they overlap one in the same batch",
        forecast,
        lambda run: run.totals.skips,
    )
    yield _by_run(
        "matomo_archive_predicted_selects",
        "Times that the next run will ask for the next row",
        forecast,
        lambda run: run.totals.selects,
    )
    yield gauge(
        "matomo_archive_forecast_exact",
        "1 when the queue was simulated whole, 0 when it was cut off: then predictions are lower"
        " bounds",
        forecast.is_exact,
    )


def _memory(forecast: Forecast, limit: int | None) -> Iterator[Metric]:
    yield _by_run(
        "matomo_archive_memory_predicted_peak_bytes",
        "Peak memory of the next core:archive process; its upper end where visits are not known",
        forecast,
        lambda run: run.totals.peak,
    )
    yield gauge(
        "matomo_archive_memory_full_queue_peak_bytes",
        "The same for one run over the whole queue, without an archive limit",
        forecast.full_queue_peak,
    )
    yield _by_run(
        "matomo_archive_memory_predicted_ratio",
        "Predicted peak over what PHP can use of the limit: at 1 and above the run dies",
        forecast,
        lambda run: 0.0 if limit is None else run.totals.peak / exhausted(limit),
    )
    yield _by_run(
        "matomo_archive_memory_exhausted_after_archives",
        "Archives that the next run still builds before its memory is exhausted; absent when it"
        " survives, 0 when it dies before it builds any",
        forecast,
        lambda run: None if run.death is None else run.death.archives,
    )
    yield _by_run(
        "matomo_archive_memory_safe_archives",
        "Largest --max-archives-to-process that keeps a run below 80 % of the limit; +Inf when"
        " none is needed, 0 when none is safe",
        forecast,
        lambda run: _limit(run.safe_archives),
    )
    yield _by_run(
        "matomo_archive_memory_safe_archives_if_visited",
        "The same if every row has visits; differs where it is not known which have",
        forecast,
        lambda run: _limit(run.safe_if_visited),
    )


def _limit(archives: int | None) -> float:
    """An archive limit; none is an infinite one."""
    return _UNLIMITED if archives is None else archives


def _by_run(
    name: str, text: str, forecast: Forecast, value: Callable[[RunForecast], Value]
) -> Metric:
    """One figure of the run as configured, and of the same with one concurrent request."""
    runs = (("configured", forecast.configured), ("single_request", forecast.single_request))
    return labelled_gauge(name, text, ("run",), [((label,), value(run)) for label, run in runs])
