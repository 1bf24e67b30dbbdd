"""The row of the current run, and of the score of the last forecast."""

from typing import Any

from grafana.boards.board import Row
from grafana.boards.panels import PLAIN, About, Area, Ask, Shown, curves, figure
from grafana.boards.queries import age, of

_NO_RUN = "no run seen"
_NO_SCORE = "no run followed yet"
_CURRENT = 'run="current"'
_MEMORY = "matomo_archive_current_run_memory_bytes"
_END = "matomo_archive_current_run_predicted_end_timestamp_seconds"
_NONE_YET = Shown("none yet", PLAIN, -1, -0.5)


def _last(figure: str) -> str:
    """A figure of the last scored run, -1 before the first."""
    scored = of("matomo_archive_forecast_scored_runs_total")
    last = of(f"matomo_archive_forecast_last_run_{figure}")
    return f"{last}\nor on (job, instance) {scored} * 0 - 1"


def current_run(y: int) -> tuple[Any, ...]:
    """The row at height `y`."""
    return (
        Row("This run", y),
        figure(
            About(
                "Running now",
                "Runs of core:archive; 1 if the exporter followed them from their start; rows that"
                " they have handled.",
                "none",
                _NO_RUN,
            ),
            Area(0, y + 1, 6, 4),
            (
                Ask(of("matomo_archive_current_runs"), "runs"),
                Ask(of("matomo_archive_current_run_followed"), "followed"),
                Ask(of("matomo_archive_current_run_handled_invalidations"), "rows done"),
            ),
        ),
        figure(
            About(
                "Started, and ends in",
                "Time since its start, and time until it runs out of memory (exhausted), completes,"
                " or reaches its limit of archives or time (stopped).",
                "s",
                _NO_RUN,
            ),
            Area(6, y + 1, 6, 4),
            (
                Ask(age("matomo_archive_current_run_started_timestamp_seconds"), "started, ago"),
                Ask(f"{of(_END)} - time()", "{{outcome}} in"),
            ),
        ),
        figure(
            About(
                "Archives to build",
                "Archives until its end, and until it dies (no value if it survives).",
                "none",
                _NO_RUN,
            ),
            Area(12, y + 1, 6, 4),
            (
                Ask(of("matomo_archive_predicted_archives", _CURRENT), "to build"),
                Ask(of("matomo_archive_memory_exhausted_after_archives", _CURRENT), "dies after"),
            ),
        ),
        figure(
            About(
                "Scored forecasts", "Runs compared with the forecast made at their start.", "none"
            ),
            Area(18, y + 1, 6, 4),
            (Ask(of("matomo_archive_forecast_scored_runs_total"), "runs"),),
        ),
        curves(
            About(
                "Its memory",
                "process: memory of the PHP process, an upper bound. model: memory in use by the"
                " simulation. peak: the most that it needs until its end. limit: its memory_limit.",
                "bytes",
                _NO_RUN,
            ),
            Area(0, y + 5, 12, 8),
            Ask(of(_MEMORY), "{{source}}"),
            Ask(of("matomo_archive_memory_predicted_peak_bytes", _CURRENT), "peak"),
            Ask(f"{of('matomo_archive_current_run_memory_limit_bytes')} < Inf", "limit"),
            limits=("limit",),
        ),
        figure(
            About(
                "The last forecast",
                "Archives and skips of the last scored run, predicted and actual.",
                "none",
                _NO_SCORE,
            ),
            Area(12, y + 5, 6, 8),
            (
                Ask(_last("archives"), "archives {{value}}"),
                Ask(_last("skips"), "skips {{value}}"),
            ),
            (),
            _NONE_YET,
        ),
        figure(
            About("… and its peak", "Peak memory, predicted and actual.", "bytes", _NO_SCORE),
            Area(18, y + 5, 6, 8),
            (Ask(_last("peak_bytes"), "{{value}}"),),
            (),
            _NONE_YET,
        ),
    )
