"""The row of the run that is going on, and of how near the last forecast was."""

from typing import Any

from grafana.boards.board import Row
from grafana.boards.panels import PLAIN, About, Area, Ask, Shown, curves, figure
from grafana.boards.queries import age, of

_NO_RUN = "no run is going on"
_NO_SCORE = "no run was followed yet"
_CURRENT = 'run="current"'
_MEMORY = "matomo_archive_current_run_memory_bytes"
_END = "matomo_archive_current_run_predicted_end_timestamp_seconds"
_NONE_YET = Shown("none yet", PLAIN, -1, -0.5)


def _last(figure: str) -> str:
    """Of the last run that was scored, -1 before the first."""
    scored = of("matomo_archive_forecast_scored_runs_total")
    last = of(f"matomo_archive_forecast_last_run_{figure}")
    return f"{last}\nor on (job, instance) {scored} * 0 - 1"


def current_run(y: int) -> tuple[Any, ...]:
    """The row at that height."""
    return (
        Row("The run that is going on", y),
        figure(
            About(
                "Going on", "Runs, and whether the exporter saw them begin (1).", "none", _NO_RUN
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
                "Since, and how it ends",
                "Time since it began, and time until it dies of memory (exhausted), completes, or"
                " meets its limit (stopped).",
                "s",
                _NO_RUN,
            ),
            Area(6, y + 1, 6, 4),
            (
                Ask(age("matomo_archive_current_run_started_timestamp_seconds"), "since"),
                Ask(f"{of(_END)} - time()", "{{outcome}} in"),
            ),
        ),
        figure(
            About(
                "Archives to come",
                "Until its end, and until it dies if it does.",
                "none",
                _NO_RUN,
            ),
            Area(12, y + 1, 6, 4),
            (
                Ask(of("matomo_archive_predicted_archives", _CURRENT), "to come"),
                Ask(of("matomo_archive_memory_exhausted_after_archives", _CURRENT), "dies after"),
            ),
        ),
        figure(
            About(
                "Forecasts scored", "Runs held against the forecast made when they began.", "none"
            ),
            Area(18, y + 1, 6, 4),
            (Ask(of("matomo_archive_forecast_scored_runs_total"), "runs"),),
        ),
        curves(
            About(
                "Its memory",
                "process: PHP's chunks, an upper bound; model: bytes in use; peak: what it needs to"
                " its end.",
                "bytes",
                _NO_RUN,
            ),
            Area(0, y + 5, 12, 8),
            Ask(of(_MEMORY), "{{source}}"),
            Ask(of("matomo_archive_memory_predicted_peak_bytes", _CURRENT), "peak"),
            Ask(f"{of('matomo_archive_memory_limit_bytes')} < Inf", "limit"),
            limits=("limit",),
        ),
        figure(
            About(
                "The last forecast",
                "Archives and skips, as predicted and as they were.",
                "none",
                _NO_SCORE,
            ),
            Area(12, y + 5, 6, 8),
            (
                Ask(_last("archives"), "archives, {{value}}"),
                Ask(_last("skips"), "skips, {{value}}"),
            ),
            (),
            _NONE_YET,
        ),
        figure(
            About("… and its peak", "Peak memory, as predicted and as it was.", "bytes", _NO_SCORE),
            Area(18, y + 5, 6, 8),
            (Ask(_last("peak_bytes"), "{{value}}"),),
            (),
            _NONE_YET,
        ),
    )
