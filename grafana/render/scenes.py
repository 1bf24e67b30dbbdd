"""Exporters in every state that a board has to show, as what Prometheus scraped of them.

A scene is a page of the exporter (the golden one) with figures of its own, told minute by minute.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, inf, sin
from pathlib import Path

from matomo_archive_exporter import __version__

PAGE = Path(__file__).parents[2] / "tests" / "golden" / "metrics.txt"
END = 1_773_403_980
"""when the boards are looked at: 12:13 on 13 March 2026, UTC; no step of half an hour ends then"""
MINUTE, HOUR, DAY = 60, 3600, 86400
_LINE = re.compile(r"^(matomo_\w+)(\{.*\})? (\S+)$", re.MULTILINE)
_SERVER = 'database_version="10.11"'
_OWN = "matomo_archive_exporter_"

Course = Callable[[float], float | None]
"""the value of a series so many seconds before the end; None where it has none"""
Figures = Mapping[str, Course | float | None]
"""by series as the page has it, or by metric for all its series"""

_CONFIGURED, _SINGLE = '{run="configured"}', '{run="single_request"}'
_CURRENT = '{run="current"}'
_USABLE = 0.98 * 256 * 2**20
"""bytes of the limit at which PHP gives up"""
_QUEUED = "matomo_archive_invalidations"


@dataclass(frozen=True, slots=True)
class Scene:
    """One exporter. `away_for` is how long Prometheus has not reached it, `began` when it came.

    `blind_for` is for how long it has not read the queue; `alerts` are those that fire, by name,
    with their severity; `has_rules` is whether Prometheus has loaded the rules at all.
    """

    instance: str
    figures: Figures = field(default_factory=dict)
    away_for: float = 0
    began: float = inf
    blind_for: float = 0
    alerts: Mapping[str, str] = field(default_factory=dict)
    has_rules: bool = True


def ago(seconds: float) -> Course:
    """A time that stays so long before now."""
    return lambda before: END - before - seconds


def at(seconds: float) -> float:
    """A time that long before the end."""
    return END - seconds


def hourly(seconds: float) -> Course:
    """The last time of what happens every hour, and happened that long before the end."""
    return lambda before: at(seconds + max(0, ceil((before - seconds) / HOUR)) * HOUR)


def falling(rows: float, a_minute: float) -> Course:
    """A value that falls by `a_minute` each minute, to `rows` at the end."""
    return lambda before: rows + a_minute * before / MINUTE


def counting(a_minute: float) -> Course:
    """A counter."""
    return lambda before: a_minute * (2 * DAY - before) / MINUTE


_RUN = "matomo_archive_current_run"
_ENDS = f"{_RUN}_predicted_end_timestamp_seconds"
_SCORE = "matomo_archive_forecast_last_run"


def _of_run(since: float, **figures: float) -> Figures:
    """A run that began so long before the end, by process and from its start; `figures` by name."""

    def during(value: Course | float) -> Course:
        return lambda before: _value(value, before) if before <= since else None

    def growing(base: float, a_minute: float) -> Course:
        return during(lambda before: base + a_minute * (since - before) / MINUTE)

    return {
        "matomo_archive_current_runs": lambda before: float(before <= since),
        f"{_RUN}_started_timestamp_seconds": during(at(since)),
        f"{_RUN}_followed": during(1),
        f"{_RUN}_handled_invalidations": growing(0, 24),
        f'{_RUN}_memory_bytes{{source="model"}}': growing(2.4e7, figures["growth"]),
        f'{_RUN}_memory_bytes{{source="process"}}': growing(2.7e7, figures["growth"]),
        f"{_RUN}_memory_limit_bytes": during(256 * 2**20),
        f"matomo_archive_predicted_archives{_CURRENT}": growing(figures["archives"], -24),
        f"matomo_archive_predicted_skips{_CURRENT}": growing(figures["archives"] / 5, -4),
        f"matomo_archive_predicted_selects{_CURRENT}": growing(figures["archives"] * 1.2, -28),
        f"matomo_archive_memory_predicted_peak_bytes{_CURRENT}": during(figures["peak"]),
        f"matomo_archive_memory_predicted_ratio{_CURRENT}": during(figures["peak"] / _USABLE),
    }


_HEALTHY: Figures = {
    **_of_run(8 * MINUTE, growth=1.2e6, archives=720, peak=6e7),
    f'{_ENDS}{{outcome="completed"}}': lambda before: (
        at(-22 * MINUTE) if before <= 8 * MINUTE else None
    ),
    "matomo_archive_forecast_scored_runs_total": 47,
    f'{_SCORE}_archives{{value="predicted"}}': 708,
    f'{_SCORE}_archives{{value="actual"}}': 715,
    f'{_SCORE}_skips{{value="predicted"}}': 148,
    f'{_SCORE}_skips{{value="actual"}}': 148,
    f'{_SCORE}_peak_bytes{{value="predicted"}}': 6.0e7,
    f'{_SCORE}_peak_bytes{{value="actual"}}': 5.8e7,
    "matomo_archive_memory_limit_bytes": 256 * 2**20,
    "matomo_archive_memory_limit_assumed": 0,
    "matomo_archive_exporter_interval_seconds": 60,
    "matomo_archive_exporter_collector_success": 1,
    "matomo_archive_exporter_collector_duration_seconds": 0.2,
    "matomo_archive_exporter_collector_last_success_timestamp_seconds": ago(20),
    "matomo_archive_stuck_invalidations": 0,
    "matomo_archive_unselectable_invalidations": 0,
    "matomo_archive_orphaned_invalidations": 0,
    "matomo_archive_pending_rearchivings": 0,
    "matomo_archive_hits_backfill_invalidations": 0,
    "matomo_archive_oldest_queued_timestamp_seconds": ago(10 * MINUTE),
    "matomo_archive_oldest_started_timestamp_seconds": ago(5 * MINUTE),
    "matomo_archive_newest_started_timestamp_seconds": ago(30),
    "matomo_archive_last_run_started_timestamp_seconds": hourly(8 * MINUTE),
    "matomo_archive_last_run_completed_timestamp_seconds": hourly(10 * MINUTE),
    "matomo_archive_last_archived_timestamp_seconds": ago(20 * MINUTE),
    "matomo_archive_added_invalidations_total": counting(3),
    "matomo_archive_removed_invalidations_total": counting(27),
    f"{_QUEUED}" + '{period="day",scope="all_visits",status="queued"}': lambda before: round(
        40 + 20 * sin(before / HOUR)
    ),
    f"matomo_archive_memory_predicted_ratio{_CONFIGURED}": lambda before: (
        0.2 + 0.05 * sin(before / HOUR)
    ),
    f"matomo_archive_memory_predicted_ratio{_SINGLE}": 0.12,
    "matomo_archive_log_events_total": counting(0.1),
    'matomo_archive_log_events_total{event="memory_exhausted_archiver"}': 0,
    'matomo_archive_duration_seconds_count{period="day"}': counting(20),
    'matomo_archive_duration_seconds_sum{period="day"}': counting(120),
    'matomo_archive_duration_seconds_bucket{le="5.0",period="day"}': counting(8),
    'matomo_archive_duration_seconds_bucket{le="15.0",period="day"}': counting(19),
    'matomo_archive_duration_seconds_bucket{le="60.0",period="day"}': counting(20),
    'matomo_archive_duration_seconds_bucket{le="+Inf",period="day"}': counting(20),
}


def _without(figures: Figures, *metrics: str) -> Figures:
    return {
        name: course for name, course in figures.items() if name.partition("{")[0] not in metrics
    }


_DYING: Figures = {
    **_HEALTHY,
    **_of_run(40 * MINUTE, growth=1.3e6, archives=2743, peak=2.05e8),
    f'{_ENDS}{{outcome="completed"}}': None,
    f'{_ENDS}{{outcome="stopped"}}': at(-(2743 - 24 * 40) / 24 * MINUTE),
    "matomo_archive_last_run_started_timestamp_seconds": lambda before: (
        at(40 * MINUTE) if before <= 40 * MINUTE else at(11 * HOUR)
    ),
    f"matomo_archive_memory_predicted_ratio{_CONFIGURED}": falling(1340, 0.1),
    f"matomo_archive_memory_predicted_ratio{_SINGLE}": 2.4,
    f"matomo_archive_memory_predicted_peak_bytes{_CONFIGURED}": falling(3.52e11, 2.6e7),
    f"matomo_archive_memory_predicted_peak_bytes{_SINGLE}": 6.3e8,
    "matomo_archive_memory_full_queue_peak_bytes": falling(3.52e11, 2.6e7),
    f"matomo_archive_predicted_archives{_CONFIGURED}": falling(179185, 24),
    f"matomo_archive_memory_exhausted_after_archives{_CONFIGURED}": 3720,
    f"matomo_archive_memory_exhausted_after_sites{_CONFIGURED}": 16,
    f"matomo_archive_memory_exhausted_after_seconds{_CONFIGURED}": 40 * MINUTE,
    "matomo_archive_next_run_sites": 700,
    f"matomo_archive_memory_safe_archives{_CONFIGURED}": 2743,
    f"matomo_archive_memory_safe_archives_if_visited{_CONFIGURED}": 2743,
    f"matomo_archive_memory_safe_archives{_SINGLE}": 61_000,
    f"{_QUEUED}" + '{period="day",scope="all_visits",status="queued"}': falling(140_000, 24),
    "matomo_archive_oldest_queued_timestamp_seconds": at(1.13 * DAY),
    "matomo_archive_last_run_completed_timestamp_seconds": at(1.17 * DAY),
    'matomo_archive_log_last_memory_exhausted_timestamp_seconds{role="archiver"}': at(9 * HOUR),
    'matomo_archive_log_events_total{event="memory_exhausted_archiver"}': lambda before: float(
        before <= 9 * HOUR
    ),
}
_AFTER = "matomo_archive_memory_exhausted_after"
_RUN_DIES: Figures = {
    **_HEALTHY,
    **_of_run(140 * MINUTE, growth=1.45e6, archives=7200, peak=4.1e8),
    f'{_ENDS}{{outcome="completed"}}': None,
    f'{_ENDS}{{outcome="exhausted"}}': at(-40 * MINUTE),
    f"{_AFTER}_archives{_CURRENT}": falling(960, 24),
    f"matomo_archive_memory_predicted_ratio{_CONFIGURED}": falling(0.7, 0.004),
    f"{_QUEUED}" + '{period="day",scope="all_visits",status="queued"}': falling(3840, 24),
    "matomo_archive_last_run_started_timestamp_seconds": lambda before: (
        at(140 * MINUTE) if before <= 140 * MINUTE else at(DAY)
    ),
    "matomo_archive_last_run_completed_timestamp_seconds": at(22 * HOUR),
}
_DEADLY = {
    "MatomoArchiveMemoryExhaustionPredicted": "page",
    "MatomoArchiveQueueNotDraining": "warning",
}

_NEARLY: Figures = {
    **_HEALTHY,
    f"matomo_archive_memory_predicted_ratio{_CONFIGURED}": falling(0.904, -0.0002),
    f"{_QUEUED}" + '{period="day",scope="all_visits",status="queued"}': falling(2460, -0.4),
}

_EMPTY: Figures = {
    **_without(_HEALTHY, _QUEUED, "matomo_archive_memory_predicted_ratio"),
    **dict.fromkeys(_of_run(0, growth=0, archives=0, peak=0)),
    f'{_ENDS}{{outcome="completed"}}': None,
    "matomo_archive_current_runs": 0,
    "matomo_archive_last_run_started_timestamp_seconds": hourly(40 * MINUTE),
    _QUEUED: 0,
    "matomo_archive_oldest_queued_timestamp_seconds": None,
    "matomo_archive_oldest_started_timestamp_seconds": None,
    "matomo_archive_newest_started_timestamp_seconds": None,
    "matomo_archive_memory_predicted_ratio": 0.05,
}

_OF_FORECAST = (
    "matomo_archive_memory_predicted_ratio",
    "matomo_archive_memory_predicted_peak_bytes",
    "matomo_archive_memory_full_queue_peak_bytes",
    "matomo_archive_memory_safe_archives",
    "matomo_archive_memory_safe_archives_if_visited",
    "matomo_archive_predicted_archives",
    "matomo_archive_predicted_skips",
    "matomo_archive_predicted_selects",
    "matomo_archive_forecast_exact",
    "matomo_archive_forecast_rules_info",
)
_NOT_FORECAST: Figures = {
    **_without(_HEALTHY, *_OF_FORECAST),
    **dict.fromkeys(_OF_FORECAST, None),
    'matomo_archive_exporter_collector_success{collector="forecast"}': 0,
}

_BLIND: Figures = {
    **_HEALTHY,
    "matomo_archive_exporter_collector_success": lambda before: float(before >= 20 * MINUTE),
}

_EU, _US, _SHOP = (f"{name}.example.com:16286" for name in ("matomo-eu", "matomo-us", "shop"))
_GONE = {"MatomoArchiveExporterDown": "warning"}
_UNREADABLE = {"MatomoArchiveDatabaseUnreadable": "warning"}

SCENES: Mapping[str, tuple[Scene, ...]] = {
    "dying": (Scene(_EU, _DYING, alerts=_DEADLY),),
    "healthy": (Scene(_US, _HEALTHY),),
    "away": (Scene(_SHOP, _NEARLY, away_for=20 * MINUTE, alerts=_GONE),),
    "three": (
        Scene(_US, _HEALTHY),
        Scene(_EU, _DYING, alerts=_DEADLY),
        Scene(_SHOP, _NEARLY, away_for=20 * MINUTE, alerts=_GONE),
    ),
    "database-away": (Scene(_US, _BLIND, blind_for=20 * MINUTE, alerts=_UNREADABLE),),
    "no-forecast": (Scene(_US, _NOT_FORECAST),),
    "no-rules": (Scene(_US, _HEALTHY, has_rules=False),),
    "empty-queue": (Scene(_US, _EMPTY),),
    "fresh-start": (Scene(_US, _BLIND, began=3 * MINUTE, blind_for=inf, has_rules=False),),
    "run-dies": (Scene(_EU, _RUN_DIES, alerts={"MatomoArchiveRunDying": "page"}),),
    "no-rate": (Scene(_EU, {**_DYING, f"{_AFTER}_seconds{_CONFIGURED}": None}),),
    "two-healthy": (Scene(_US, _HEALTHY), Scene(_EU, _HEALTHY)),
}
"""every scene is a job of Prometheus"""


def fifty() -> tuple[Scene, ...]:
    """A fleet: one is away, one dies, the others are well."""
    names = [f"site-{number:02}.example.com:16286" for number in range(50)]
    figures = {7: _DYING}
    return tuple(
        Scene(name, figures.get(number, _HEALTHY), away_for=10 * MINUTE if number == 31 else 0)
        for number, name in enumerate(names)
    )


def _page() -> dict[str, float]:
    """Every series of the exporter with a value, without what changes with each machine."""
    text = PAGE.read_text(encoding="utf-8").replace('database_version="VOLATILE"', _SERVER)
    text = text.replace('version="VOLATILE"', f'version="{__version__}"')
    found = {name + labels: value for name, labels, value in _LINE.findall(text)}
    return {name: 1.0 if value == "VOLATILE" else float(value) for name, value in found.items()}


def _value(course: Course | float | None, before: float) -> float | None:
    return course(before) if callable(course) else course


def _courses(figures: Figures) -> Iterator[tuple[str, Course | float | None]]:
    """Every series of the page and those that only the scene has."""
    page = _page()
    for series, value in page.items():
        metric = series.partition("{")[0]
        yield series, figures.get(series, figures.get(metric, value))
    metrics = {series.partition("{")[0] for series in page}
    more = (name for name in figures if name not in page and name not in metrics)
    yield from ((name, figures[name]) for name in more)


def samples(scene: Scene, job: str, span: float, step: float) -> Iterator[tuple[str, float, float]]:
    """Series with a time and a value each, over `span` seconds until the end."""
    times = [span - n * step for n in range(int(span / step) + 1)]
    there = [before for before in times if before <= scene.began]
    target = f'instance="{scene.instance}",job="{job}"'
    for before in there:
        yield f"up{{{target}}}", END - before, float(before >= scene.away_for)
    for name, severity in scene.alerts.items():
        labels = f'alertname="{name}",alertstate="firing",severity="{severity}",{target}'
        yield from ((f"ALERTS{{{labels}}}", END - before, 1) for before in times[-6:])
    for series, course in (*_courses(scene.figures), *_recorded(scene)):
        metric, _, labels = series.partition("{")
        name = f"{metric}{{{labels[:-1] + ',' if labels else ''}{target}}}"
        for before in there:
            value = _scraped(scene, metric, course, before)
            if value is not None:
                yield name, END - before, value


def _scraped(
    scene: Scene, metric: str, course: Course | float | None, before: float
) -> float | None:
    """Without the queue an exporter has figures of itself only."""
    if before < scene.away_for:
        return None
    if before >= scene.blind_for or metric.startswith(_OWN):
        return _value(course, before)
    return 0 if metric == "matomo_up" and scene.blind_for < inf else None


def _recorded(scene: Scene) -> Iterator[tuple[str, float]]:
    if scene.has_rules:
        yield "instance:matomo_archive_selectable_invalidations:sum", 10.0
