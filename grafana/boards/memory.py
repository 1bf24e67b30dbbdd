"""The board of what the next run will do and cost, and of what runs do."""

from grafana import uids
from grafana.boards.board import Board, Row
from grafana.boards.current_run import current_run
from grafana.boards.lights import (
    NO_LIMIT_NEEDED,
    SOME_STEPS,
    batch_limit,
    memory_needed,
    will_it_die,
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
from grafana.boards.queries import RATIO, SAFE_BATCH, age, of

_PEAK = "matomo_archive_memory_predicted_peak_bytes"
_CONFIGURED, _SINGLE = 'run="configured"', 'run="single_request"'
_DEATHS = of("matomo_archive_log_events_total", 'event="memory_exhausted_archiver"')
_NO_DEATH = f"{_DEATHS} * 0 - 1"
_DEATH = age("matomo_archive_log_last_memory_exhausted_timestamp_seconds")


def _resident(*matchers: str) -> str:
    """Where there is no process, nothing is resident."""
    size = of("matomo_archive_process_resident_memory_bytes", *matchers)
    return f"{size}\nor {of('matomo_archive_processes', *matchers)} == 0"


_LIGHTS = (
    will_it_die(0, RATIO),
    memory_needed(4, "Memory it needs of its limit", "As configured: at 100 % it dies.", RATIO),
    memory_needed(
        8,
        "… with one request",
        "The same with --concurrent-requests-per-website=1: nothing overlaps then.",
        of("matomo_archive_memory_predicted_ratio", _SINGLE),
    ),
    batch_limit(12, SAFE_BATCH),
    light(
        About(
            "Statements are kept",
            "Matomo before 5.3.0 keeps every statement in memory with the adapter PDO\\MYSQL.",
            "none",
            "unknown version",
        ),
        Area(16, 0, 4, 4),
        of("matomo_archive_statement_cache_leak"),
        SOME_STEPS,
        Shown("Yes", ORANGE, 0.5),
        Shown("No", GREEN, 0, 0.5),
    ),
    light(
        About(
            "Is the forecast sure?",
            "A guess: nothing says what memory_limit is (--archiver.memory-limit). Lower bound: the"
            " queue was too large to be simulated whole.",
            "none",
            "no forecast",
        ),
        Area(20, 0, 4, 4),
        f"{of('matomo_archive_forecast_exact')} - 2 * {of('matomo_archive_memory_limit_assumed')}",
        ((None, ORANGE), (1.0, GREEN)),
        Shown("exact", GREEN, 1),
        Shown("lower bound", ORANGE, -0.5, 0.5),
        Shown("limit is a guess", ORANGE, -2, -0.6),
    ),
)


_MEMORY = (
    Row("What the next run needs", 4),
    curves(
        About(
            "Predicted peak against the limit",
            "Memory of the next core:archive process: as configured, with one concurrent request,"
            " and over the whole queue without an archive limit; beside it the largest archiver"
            " now.",
            "bytes",
            "no forecast",
        ),
        Area(0, 5, 16, 9),
        Ask(of(_PEAK, _CONFIGURED), "as configured"),
        Ask(of(_PEAK, _SINGLE), "one request"),
        Ask(of("matomo_archive_memory_full_queue_peak_bytes"), "whole queue"),
        Ask(f"{of('matomo_archive_memory_limit_bytes')} < Inf", "limit"),
        Ask(_resident('role="archiver"'), "archiver now, resident"),
        limits=("limit",),
        magnitudes=True,
    ),
    figure(
        About(
            "How core:archive is run",
            "As the exporter is told; the limits that are safe for a run as configured, for one"
            " with one request, and if every row has visits.",
            "none",
        ),
        Area(16, 5, 8, 4),
        (
            Ask(of("matomo_archive_concurrent_requests"), "requests"),
            Ask(SAFE_BATCH, "safe"),
            Ask(of("matomo_archive_memory_safe_archives", _SINGLE), "one request"),
            Ask(of("matomo_archive_memory_safe_archives_if_visited", _CONFIGURED), "if visited"),
        ),
        (),
        NO_LIMIT_NEEDED,
    ),
    curves(
        About(
            "What the next run will do",
            "Archives that it builds, archives until it dies (0: in the expansion of scheduled"
            " re-archivings; nothing: it survives), rows it skips, and statements for the next"
            " row, as configured.",
        ),
        Area(16, 9, 8, 5),
        Ask(of("matomo_archive_predicted_archives", _CONFIGURED), "archives"),
        Ask(of("matomo_archive_memory_exhausted_after_archives", _CONFIGURED), "until it dies"),
        Ask(of("matomo_archive_predicted_skips", _CONFIGURED), "skips"),
        Ask(of("matomo_archive_predicted_selects", _CONFIGURED), "selects"),
    ),
)


_OVERLAPS = (
    Row("Overlaps", 14),
    curves(
        About(
            "Rows that overlap an unfinished one",
            "By period: they cannot be taken now, and are skipped again and again.",
        ),
        Area(0, 15, 8, 7),
        Ask(of("matomo_archive_overlapping_invalidations"), "{{period}}"),
        stacked=True,
    ),
    curves(
        About(
            "Rows that go without being archived",
            "Identical to another one, of a deleted site, of a segment that is not archived, or"
            " older than their site.",
        ),
        Area(8, 15, 8, 7),
        Ask(of("matomo_archive_duplicate_invalidations"), "duplicate"),
        Ask(of("matomo_archive_orphaned_invalidations"), "{{reason}}"),
    ),
    curves(
        About(
            "Rows that the next run will add",
            "Before it works: scheduled re-archivings, and each site's today and yesterday.",
        ),
        Area(16, 15, 8, 7),
        Ask(of("matomo_archive_expected_invalidations"), "{{source}}"),
        stacked=True,
    ),
)


_BUCKETS = f"rate({of('matomo_archive_duration_seconds_bucket')}[1h])"
_BY_PERIOD = f"sum by (le, period) ({_BUCKETS})"
_DURATIONS = (
    Row("Durations of archives", 22),
    curves(
        About(
            "Nine of ten archives take at most",
            "Of those that ended in the hour before.",
            "s",
            "no archive ended",
        ),
        Area(0, 23, 8, 7),
        Ask(f"histogram_quantile(0.9, {_BY_PERIOD}) > 0", "{{period}}"),
    ),
    curves(
        About("Archives that ended, an hour", "By period, in the hour before."),
        Area(8, 23, 8, 7),
        Ask(
            f"sum by (period) (increase({of('matomo_archive_duration_seconds_count')}[1h]))",
            "{{period}}",
        ),
        stacked=True,
    ),
    curves(
        About("The newest archive took", "By period and scope.", "s", "no archive seen yet"),
        Area(16, 23, 8, 7),
        Ask(of("matomo_archive_last_duration_seconds"), "{{period}}, {{scope}}"),
    ),
)


_NO_PROC, _NO_LOG = "needs --archiver.proc-path", "needs --archiver.log-file"
_ARCHIVER = (
    Row("The archiver itself", 30),
    curves(
        About("Processes", "core:archive itself and its requests.", empty=_NO_PROC),
        Area(0, 31, 8, 7),
        Ask(of("matomo_archive_processes"), "{{role}}"),
    ),
    curves(
        About(
            "Resident memory of the largest process",
            "By role, against the limit of core:archive.",
            "bytes",
            _NO_PROC,
        ),
        Area(8, 31, 8, 7),
        Ask(_resident(), "{{role}}"),
        Ask(f"{of('matomo_archive_memory_limit_bytes')} < Inf", "limit"),
        limits=("limit",),
    ),
    curves(
        About(
            "Events in the log, an hour",
            "What core:archive says of itself. run_stopped: a signal or its time limit ended a run;"
            " no_visits: a row needed no archive.",
            empty=_NO_LOG,
        ),
        Area(16, 31, 8, 7),
        Ask(f"increase({of('matomo_archive_log_events_total')}[1h])", "{{event}}"),
    ),
    figure(
        About("Last died of memory", "As the log of core:archive says.", "s", _NO_LOG),
        Area(0, 38, 24, 3),
        (
            Ask(
                f"{_DEATH}\nor on (job, instance) {_NO_DEATH}",
                "{{role}}",
            ),
        ),
        ((None, GREEN), (0, RED), (24 * 3600.0, ORANGE)),
        Shown("never seen", GREEN, -1, -0.5),
    ),
)


MEMORY = Board(
    uid=uids.MEMORY,
    title="Matomo archiving: overlaps and memory",
    text="What the next core:archive will do with the queue, what that costs, and how long archives"
    " take.",
    panels=(*_LIGHTS, *_MEMORY, *_OVERLAPS, *_DURATIONS, *_ARCHIVER, *current_run(41)),
)
