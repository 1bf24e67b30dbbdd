"""The board of the memory of this run and the next, and of durations and the archiver."""

from grafana import uids
from grafana.boards import links
from grafana.boards.board import Board, Row
from grafana.boards.current_run import current_run
from grafana.boards.lights import (
    DEATH_STEPS,
    NEVER_DIED,
    NO_LIMIT_NEEDED,
    NOT_KNOWN,
    SOME_STEPS,
    dies_after,
    memory_needed,
    next_run,
    run_with,
    this_run,
    where_it_dies,
)
from grafana.boards.panels import (
    GREEN,
    ORANGE,
    RED,
    About,
    Area,
    Ask,
    Shown,
    curves,
    figure,
    light,
)
from grafana.boards.place import DIES_AT, or_else
from grafana.boards.queries import (
    AFTER,
    DEATH,
    DIES_AFTER,
    ENDLESS,
    RATIO,
    RATIO_NOW,
    RUN,
    SAFE_BATCH,
    SINGLE,
    now,
    of,
)

_PEAK = "matomo_archive_memory_predicted_peak_bytes"


def _safe(metric: str, run: str) -> str:
    return f"clamp_max({of(metric, run)}, {ENDLESS:.0f})"


def _resident(*matchers: str) -> str:
    """Resident memory; 0 without a process."""
    size = of("matomo_archive_process_resident_memory_bytes", *matchers)
    return f"{size}\nor {of('matomo_archive_processes', *matchers)} == 0"


_EXPLAINED = links.runbook("MatomoArchiveMemoryExhaustionPredicted")
_LIGHTS = (
    this_run(Area(0, 0, 4, 4), now(RATIO_NOW), links.runbook("MatomoArchiveRunDying")),
    next_run(Area(4, 0, 3, 4), now(RATIO), _EXPLAINED),
    dies_after(Area(7, 0, 3, 4), now(DIES_AFTER), _EXPLAINED),
    memory_needed(
        Area(10, 0, 3, 4),
        "It needs",
        "Memory of the next run as configured, in multiples of what PHP may use.",
        now(RATIO),
        _EXPLAINED,
    ),
    memory_needed(
        Area(13, 0, 4, 4),
        "… with one request",
        "The same with --concurrent-requests-per-website=1, which has no overlaps.",
        now(of("matomo_archive_memory_predicted_ratio", SINGLE)),
        _EXPLAINED,
    ),
    light(
        About(
            "Statements are kept",
            "Matomo before 5.3.0 with the adapter PDO\\MYSQL keeps every statement in memory.",
            "none",
            "unknown version",
        ),
        Area(17, 0, 4, 4),
        now(of("matomo_archive_statement_cache_leak")),
        SOME_STEPS,
        Shown("yes", ORANGE, 0.5),
        Shown("no", GREEN, 0, 0.5),
        link=_EXPLAINED,
    ),
    light(
        About(
            "Forecast",
            "limit assumed: set --archiver.memory-limit. lower bound: the queue was too large to"
            " simulate as a whole.",
            "none",
            "no forecast",
        ),
        Area(21, 0, 3, 4),
        now(
            f"{of('matomo_archive_forecast_exact')}"
            f" - 2 * {of('matomo_archive_memory_limit_assumed')}"
        ),
        ((-2.0, ORANGE), (1.0, GREEN)),
        Shown("exact", GREEN, 1, 1.5),
        Shown("lower bound", ORANGE, -0.5, 0.5),
        Shown("limit assumed", ORANGE, -2, -0.6),
        link=_EXPLAINED,
    ),
)


_MEMORY = (
    Row("What the next run needs", 4),
    where_it_dies(Area(0, 5, 12, 3), or_else(now(DIES_AT), NOT_KNOWN)),
    run_with(Area(12, 5, 12, 3), now(SAFE_BATCH), _EXPLAINED),
    curves(
        About(
            "Predicted peak against the limit",
            "Peak memory of the next core:archive: as configured, with one concurrent request, and"
            " for the whole queue without an archive limit. For comparison: the largest archiver"
            " process now.",
            "bytes",
            "no forecast",
        ),
        Area(0, 8, 16, 9),
        Ask(of(_PEAK, RUN), "as configured"),
        Ask(of(_PEAK, SINGLE), "one request"),
        Ask(of("matomo_archive_memory_full_queue_peak_bytes"), "whole queue"),
        Ask(f"{of('matomo_archive_memory_limit_bytes')} < Inf", "limit"),
        Ask(_resident('role="archiver"'), "archiver now, resident"),
        limits=("limit",),
        magnitudes=True,
    ),
    figure(
        About(
            "How core:archive is run",
            "Configured requests, and safe archive limits: as configured, with one request, and if"
            " every row has visits.",
            "none",
        ),
        Area(16, 8, 8, 4),
        (
            Ask(of("matomo_archive_concurrent_requests"), "requests"),
            Ask(SAFE_BATCH, "safe"),
            Ask(_safe("matomo_archive_memory_safe_archives", SINGLE), "one request"),
            Ask(_safe("matomo_archive_memory_safe_archives_if_visited", RUN), "if visited"),
        ),
        (),
        NO_LIMIT_NEEDED,
    ),
    curves(
        About(
            "What the next run will do",
            "Archives that it builds; archives until it dies (0: before it builds any; no value: it"
            " survives); rows that it skips; times that it asks for the next row.",
        ),
        Area(16, 12, 8, 5),
        Ask(of("matomo_archive_predicted_archives", RUN), "archives"),
        Ask(AFTER, "until it dies"),
        Ask(of("matomo_archive_predicted_skips", RUN), "skips"),
        Ask(of("matomo_archive_predicted_selects", RUN), "SELECTs"),
    ),
)


_OVERLAPS = (
    Row("Overlaps", 17),
    curves(
        About(
            "Rows that overlap an unfinished one",
            "By period. A run cannot take them now, and skips them again and again.",
        ),
        Area(0, 18, 8, 7),
        Ask(of("matomo_archive_overlapping_invalidations"), "{{period}}"),
        stacked=True,
    ),
    curves(
        About(
            "Rows that are never archived",
            "Rows that repeat another row, belong to a deleted site or to a segment that is not"
            " archived, or are older than their site.",
        ),
        Area(8, 18, 8, 7),
        Ask(of("matomo_archive_duplicate_invalidations"), "duplicate"),
        Ask(of("matomo_archive_orphaned_invalidations"), "{{reason}}"),
    ),
    curves(
        About(
            "Rows that the next run will add",
            "Before its first archive: scheduled re-archivings, and today and yesterday of each"
            " site.",
        ),
        Area(16, 18, 8, 7),
        Ask(of("matomo_archive_expected_invalidations"), "{{source}}"),
        stacked=True,
    ),
)


_YES = 'understood="yes"'
_LINES = f"increase({of('matomo_archive_log_lines_total')}[1h])"
_ALL_LINES = f"sum without (understood) ({_LINES}) > 0"
_UNDERSTOOD = f"increase({of('matomo_archive_log_lines_total', _YES)}[1h])"
_BUCKETS = f"rate({of('matomo_archive_duration_seconds_bucket')}[1h])"
_BY_PERIOD = f"sum by (le, period) ({_BUCKETS})"
_DURATIONS = (
    Row("Durations of archives", 25),
    curves(
        About(
            "Nine of ten archives take at most",
            "Archives that ended in the last hour, by period.",
            "s",
            "no archive ended",
        ),
        Area(0, 26, 8, 7),
        Ask(f"histogram_quantile(0.9, {_BY_PERIOD}) > 0", "{{period}}"),
    ),
    curves(
        About("Archives per hour", "Archives that ended in the last hour, by period."),
        Area(8, 26, 8, 7),
        Ask(
            f"sum by (period) (increase({of('matomo_archive_duration_seconds_count')}[1h]))",
            "{{period}}",
        ),
        stacked=True,
    ),
    curves(
        About(
            "The newest archive took",
            "Its duration, by period and scope.",
            "s",
            "no archive seen yet",
        ),
        Area(16, 26, 8, 7),
        Ask(of("matomo_archive_last_duration_seconds"), "{{period}}, {{scope}}"),
    ),
)


_NO_PROC, _NO_LOG = "no data: needs --archiver.proc-path", "no data: needs --archiver.log-file"
_ARCHIVER = (
    Row("The archiver itself", 33),
    curves(
        About("Processes", "core:archive (archiver) and its requests.", empty=_NO_PROC),
        Area(0, 34, 8, 7),
        Ask(of("matomo_archive_processes"), "{{role}}"),
    ),
    curves(
        About(
            "Resident memory of the largest process",
            "By role, with the limit of core:archive.",
            "bytes",
            _NO_PROC,
        ),
        Area(8, 34, 8, 7),
        Ask(_resident(), "{{role}}"),
        Ask(f"{of('matomo_archive_memory_limit_bytes')} < Inf", "limit"),
        limits=("limit",),
    ),
    curves(
        About(
            "Log events per hour",
            "Events in the log of core:archive. run_stopped: a signal or time limit ended a run."
            " no_visits: a row needed no archive.",
            empty=_NO_LOG,
        ),
        Area(16, 34, 8, 7),
        Ask(f"increase({of('matomo_archive_log_events_total')}[1h])", "{{event}}"),
    ),
    figure(
        About("Last died of memory", "Time since, by the log of core:archive.", "s", _NO_LOG),
        Area(0, 41, 18, 3),
        (Ask(now(DEATH), "archiver"),),
        DEATH_STEPS,
        NEVER_DIED,
    ),
    figure(
        About(
            "Log lines understood",
            "Share of the lines of the last hour. At 0 % this is not the log of core:archive.",
            "percentunit",
            _NO_LOG,
        ),
        Area(18, 41, 6, 3),
        (Ask(f"sum without (understood) ({_UNDERSTOOD}) / ({_ALL_LINES})"),),
        ((0.0, RED), (0.1, ORANGE), (0.5, GREEN)),
    ),
)


MEMORY = Board(
    uid=uids.MEMORY,
    title="Matomo archiving: overlaps and memory",
    text="The memory of this run and the next, overlaps in the queue, and durations of archives.",
    panels=(*_LIGHTS, *_MEMORY, *_OVERLAPS, *_DURATIONS, *_ARCHIVER, *current_run(44)),
)
