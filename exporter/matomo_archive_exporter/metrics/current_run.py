"""The run of core:archive that is going on, and the score of the last forecast, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.runs.current_run import CurrentRun, RestOfRun
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.score import Compared
from matomo_archive_exporter.metrics.family import counter, gauge, labelled_gauge
from matomo_archive_exporter.metrics.forecast import of_current_run


def families(reading: CurrentRun) -> Iterator[Metric]:
    """What is going on, how it will end, and how near the last forecast was."""
    yield gauge(
        "matomo_archive_current_runs",
        "Runs of core:archive going on, as far as can be seen: by their processes, else by rows in"
        " progress and options while something moves; 0 when none, absent when it cannot be told",
        reading.count,
    )
    if reading.run is not None:
        yield from _run(reading, reading.run)
    if reading.rest is not None:
        yield from _end(reading.rest)
        yield from of_current_run(reading.rest.forecast, reading.memory_limit)
    yield from _score(reading)


def _run(reading: CurrentRun, run: FollowedRun) -> Iterator[Metric]:
    yield gauge(
        "matomo_archive_current_run_followed",
        "1 when the run was seen from its beginning, by the exporter or in the log, so that every"
        " row is accounted for; 0 when the exporter came later and knows less",
        run.is_followed,
    )
    yield gauge(
        "matomo_archive_current_run_started_timestamp_seconds",
        "When the oldest run that is going on began: by its process, else the log, else option"
        " LastFullArchivingStartTime",
        run.started,
    )
    yield gauge(
        "matomo_archive_current_run_handled_invalidations",
        "Rows that the runs going on have finished or deleted so far: by the log where it tells"
        " them from their beginning, else rows seen to go between readings since the run was first"
        " seen. A lower bound: rows that came and went between two readings are not counted",
        run.handled,
    )
    position = reading.rest.position if reading.rest else None
    yield labelled_gauge(
        "matomo_archive_current_run_memory_bytes",
        "Memory that counts towards memory_limit now, of the fullest process. process: PHP's chunks"
        " by /proc, an upper bound, since freed ones stay; model: bytes in use by the simulation,"
        " corrected where the process proves otherwise",
        ("source",),
        [
            (("process",), reading.chunks.highest if reading.chunks else None),
            (("model",), position.model if position else None),
        ],
    )


def _end(rest: RestOfRun) -> Iterator[Metric]:
    end = rest.end
    yield labelled_gauge(
        "matomo_archive_current_run_predicted_end_timestamp_seconds",
        "When the run that is going on will die of memory (exhausted), come to its end (completed),"
        " or meet its limit of archives or time (stopped), at the rate of its last hour; the first"
        " of them only, absent where the rate is not known",
        ("outcome",),
        [] if end is None else [((end.outcome,), end.at)],
    )


def _score(reading: CurrentRun) -> Iterator[Metric]:
    yield counter(
        "matomo_archive_forecast_scored_runs_total",
        "Runs whose outcome was held against the forecast made when they began",
        (),
        [((), reading.scored)],
    )
    score = reading.score
    yield _compared(
        "matomo_archive_forecast_last_run_archives",
        "Archives of the last such run, as predicted when it began and as they were",
        score.archives if score else None,
    )
    yield _compared(
        "matomo_archive_forecast_last_run_skips",
        "Rows that the last such run skipped because of overlaps; absent without debug lines in the"
        " log",
        score.skips if score else None,
    )
    yield _compared(
        "matomo_archive_forecast_last_run_peak_bytes",
        "Peak memory of the last such run; the actual one by the highest VmData of its process,"
        " absent where that is not known closely enough",
        score.peak if score else None,
    )


def _compared(name: str, text: str, figure: Compared | None) -> Metric:
    values = [] if figure is None else [("predicted", figure.predicted), ("actual", figure.actual)]
    return labelled_gauge(name, text, ("value",), [((label,), value) for label, value in values])
