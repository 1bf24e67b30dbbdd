"""Metrics of the running core:archive, and the score of the last forecast."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.runs.current_run import CurrentRun, RestOfRun
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.score import Compared
from matomo_archive_exporter.metrics.family import counter, gauge, labelled_gauge
from matomo_archive_exporter.metrics.forecast import limit_value, of_current_run


def families(reading: CurrentRun) -> Iterator[Metric]:
    """The run, its predicted end, and the score of the last forecast."""
    yield gauge(
        "matomo_archive_current_runs",
        "Runs of core:archive going on: by their processes, else by rows in progress and options"
        " while something moves; 0 without one, absent when unknown",
        reading.count,
    )
    if reading.run is not None:
        yield from _run(reading, reading.run)
    if reading.rest is not None:
        yield from _end(reading.rest)
        yield from of_current_run(reading.rest.forecast, reading.rest.config.memory_limit)
    yield from _score(reading)


def _run(reading: CurrentRun, run: FollowedRun) -> Iterator[Metric]:
    yield gauge(
        "matomo_archive_current_run_followed",
        "1 when the exporter or the log has followed the run from its start, so that every row"
        " counts; 0 when the exporter started later and knows less",
        run.is_followed,
    )
    yield gauge(
        "matomo_archive_current_run_started_timestamp_seconds",
        "When the oldest run going on started: by its process, else the log, else option"
        " LastFullArchivingStartTime",
        run.started,
    )
    yield gauge(
        "matomo_archive_current_run_handled_invalidations",
        "Rows that the runs going on have finished or deleted so far: by the log if it has their"
        " start, else rows that went between readings since the exporter first saw the run. A lower"
        " bound: rows that came and went between two readings do not count",
        run.handled,
    )
    position = reading.rest.position if reading.rest else None
    yield labelled_gauge(
        "matomo_archive_current_run_memory_bytes",
        "Memory of the fullest process that counts towards memory_limit now. process: PHP's chunks"
        " by /proc, an upper bound because freed chunks stay; model: bytes in use by the"
        " simulation, corrected where the process disproves it",
        ("source",),
        [
            (("process",), reading.chunks.highest if reading.chunks else None),
            (("model",), position.model if position else None),
        ],
    )


def _end(rest: RestOfRun) -> Iterator[Metric]:
    config, end = rest.config, rest.end
    yield gauge(
        "matomo_archive_current_run_memory_limit_bytes",
        "memory_limit of its fullest process: by its command line, else as configured; +Inf without"
        " a limit, absent where it is assumed",
        None if config.is_limit_assumed else limit_value(config.memory_limit),
    )
    yield labelled_gauge(
        "matomo_archive_current_run_predicted_end_timestamp_seconds",
        "When the running core:archive will run out of memory (exhausted), end by itself"
        " (completed), or reach its limit of archives or time (stopped), at the rate of its last"
        " hour; only the first of them; absent where the rate is unknown",
        ("outcome",),
        [] if end is None else [((end.outcome,), end.at)],
    )


def _score(reading: CurrentRun) -> Iterator[Metric]:
    yield counter(
        "matomo_archive_forecast_scored_runs_total",
        "Runs whose outcome was compared with the forecast made when they started",
        (),
        [((), reading.scored)],
    )
    score = reading.score
    yield _compared(
        "matomo_archive_forecast_last_run_archives",
        "Archives of the last scored run, as predicted at its start and as actually built",
        score.archives if score else None,
    )
    yield _compared(
        "matomo_archive_forecast_last_run_skips",
        "Overlap skips of the last scored run; absent without debug lines in the log",
        score.skips if score else None,
    )
    yield _compared(
        "matomo_archive_forecast_last_run_peak_bytes",
        "Peak memory of the last scored run; the actual one follows from the highest VmData of its"
        " process, and is absent where that is too inexact",
        score.peak if score else None,
    )


def _compared(name: str, text: str, figure: Compared | None) -> Metric:
    values = [] if figure is None else [("predicted", figure.predicted), ("actual", figure.actual)]
    return labelled_gauge(name, text, ("value",), [((label,), value) for label, value in values])
