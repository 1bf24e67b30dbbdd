"""The board of the queue: what is in it, how it moves, how runs and the exporter fare."""

from collections.abc import Iterator
from typing import Any

from grafana.boards.board import Board, Row
from grafana.boards.overview import AGE_STEPS, DRAINS
from grafana.boards.panels import (
    GREEN,
    ORANGE,
    PLAIN,
    RED,
    About,
    Area,
    Ask,
    Shown,
    bars,
    curves,
    figure,
    light,
    table,
    transformed,
)
from grafana.boards.queries import (
    IN_PROGRESS,
    OLDEST_WAITS,
    QUEUED,
    TIME_TO_DRAIN,
    UNKNOWN,
    age,
    of,
)

UID = "matomo-archive-queue"
_NONE_GOOD = ((None, GREEN), (1.0, ORANGE))


def _lights() -> Iterator[Any]:
    yield light(
        About("Queued rows", "Reports that wait to be rebuilt: every status but in progress."),
        Area(0, 0, 4, 4),
        QUEUED,
        ((None, GREEN), (10_000.0, ORANGE)),
    )
    yield light(
        About("In progress", "Rows that core:archive has started, or left behind when it died."),
        Area(4, 0, 4, 4),
        IN_PROGRESS,
        ((None, GREEN), (30.0, ORANGE)),
    )
    yield light(
        About(
            "The oldest row waits for",
            "Since the oldest row was queued that core:archive can take.",
            "s",
        ),
        Area(8, 0, 4, 4),
        OLDEST_WAITS,
        AGE_STEPS,
    )
    yield light(
        About("Queue empty in", "At the pace of the last 15 minutes.", "s"),
        Area(12, 0, 4, 4),
        TIME_TO_DRAIN,
        ((None, GREEN), (24 * 3600.0, ORANGE), (7 * 24 * 3600.0, RED)),
        *DRAINS,
    )
    yield light(
        About(
            "Stuck rows",
            "In progress without a start time, or for longer than the recovery timeout.",
            "none",
        ),
        Area(16, 0, 4, 4),
        f"sum({of('matomo_archive_stuck_invalidations')})",
        _NONE_GOOD,
    )
    yield light(
        About(
            "Rows that are never selected",
            "Queued rows with a status or time that the archiver's SELECT never returns.",
            "none",
        ),
        Area(20, 0, 4, 4),
        f"sum({of('matomo_archive_unselectable_invalidations')})",
        _NONE_GOOD,
    )


def _contents() -> Iterator[Any]:
    rows = of("matomo_archive_invalidations")
    yield Row("What is in it", 4)
    yield curves(
        About("Rows by period", "Queued and in progress."),
        Area(0, 5, 8, 8),
        Ask(f"sum by (period) ({rows})", "{{period}}"),
        stacked=True,
    )
    yield curves(
        About("Rows by scope", "All visits, and segments that are archived by themselves."),
        Area(8, 5, 8, 8),
        Ask(f"sum by (scope, status) ({rows})", "{{scope}}, {{status}}"),
        stacked=True,
    )
    yield curves(
        About(
            "Rows by report",
            "By what they rebuild, the ten with most; all is a row that names no plugin or report.",
        ),
        Area(16, 5, 8, 8),
        Ask(
            f"topk(10, sum by (plugin, report) ({of('matomo_archive_report_invalidations')}))",
            "{{plugin}}.{{report}}",
        ),
    )
    yield curves(
        About("Sites with rows", "Sites with at least one queued row."),
        Area(0, 13, 8, 6),
        Ask(of("matomo_archive_queue_sites"), "sites"),
    )
    yield curves(
        About(
            "Rows of the hits backfill",
            "Queued by the update to 5.2.0 for report Actions_hits and never started: what its"
            " clean-up would delete.",
        ),
        Area(8, 13, 8, 6),
        Ask(of("matomo_archive_hits_backfill_invalidations"), "rows"),
    )
    yield bars(
        About(
            "Sites with most rows",
            "Queued rows of the sites with most of them.",
            empty="needs --collect.top-sites",
        ),
        Area(16, 13, 8, 6),
        Ask(f"topk(10, {of('matomo_archive_site_invalidations')})", "site {{idsite}}"),
    )


def _moves() -> Iterator[Any]:
    yield Row("How it moves", 19)
    yield curves(
        About("Rows that come and go, a minute", "Lower bounds: what is seen between readings."),
        Area(0, 20, 12, 7),
        Ask(_a_minute("matomo_archive_added_invalidations_total"), "come"),
        Ask(_a_minute("matomo_archive_removed_invalidations_total"), "go"),
    )
    yield curves(
        About(
            "How long rows wait and work",
            "Since the oldest queued row came, and since the oldest and newest row in progress"
            " began.",
            "s",
        ),
        Area(12, 20, 12, 7),
        Ask(age("matomo_archive_oldest_queued_timestamp_seconds"), "oldest queued"),
        Ask(age("matomo_archive_oldest_started_timestamp_seconds"), "oldest in progress"),
        Ask(age("matomo_archive_newest_started_timestamp_seconds"), "newest in progress"),
    )
    yield curves(
        About(
            "Rows that nobody works on",
            "In progress without a start or past the recovery timeout, and queued rows that are"
            " never"
            " selected.",
        ),
        Area(0, 27, 12, 6),
        Ask(of("matomo_archive_stuck_invalidations"), "stuck: {{reason}}"),
        Ask(of("matomo_archive_unselectable_invalidations"), "never selected: {{reason}}"),
    )
    yield curves(
        About("Queue empty in", "At the pace of the 15 minutes before.", "s"),
        Area(12, 27, 12, 6),
        Ask(f"{TIME_TO_DRAIN} < Inf", "time to drain"),
    )


def _runs() -> Iterator[Any]:
    yield Row("Runs of core:archive", 33)
    yield figure(
        About(
            "Last run",
            "Since it began and ended, and how long it took. Wrong where archivers overlap: each"
            " overwrites the times of the others.",
            "s",
            "never ran",
        ),
        Area(0, 34, 12, 4),
        (
            Ask(age("matomo_archive_last_run_started_timestamp_seconds"), "began, ago"),
            Ask(age("matomo_archive_last_run_completed_timestamp_seconds"), "completed, ago"),
            Ask(
                f"{of('matomo_archive_last_run_duration_seconds')}"
                f"\nor on (job, instance) {UNKNOWN}",
                "took",
            ),
        ),
        (),
        Shown("not known", PLAIN, -1, -0.5),
    )
    yield figure(
        About(
            "Rows still to come",
            "Mass re-archivings that the next run expands into rows, and days remembered because"
            " visits were tracked late.",
            "none",
        ),
        Area(12, 34, 12, 4),
        (
            Ask(of("matomo_archive_pending_rearchivings"), "re-archivings"),
            Ask(of("matomo_archive_remembered_invalidations"), "remembered days"),
        ),
    )
    yield curves(
        About("Sites left to the current run", "Of the list that archivers share; 0 between runs."),
        Area(0, 38, 12, 6),
        Ask(of("matomo_archive_sites_remaining"), "sites"),
    )
    yield bars(
        About(
            "Last archived",
            "Since the newest finished archive of each period was made.",
            "s",
            "needs SELECT on the archive tables",
        ),
        Area(12, 38, 12, 6),
        Ask(age("matomo_archive_last_archived_timestamp_seconds"), "{{period}}"),
        steps=AGE_STEPS,
    )


def _exporter() -> Iterator[Any]:
    prefix = "matomo_archive_exporter"
    yield Row("The exporter: can these figures be trusted?", 44)
    yield figure(
        About("Reads the queue", "1 when the last reading reached the database.", "none"),
        Area(0, 45, 4, 4),
        (Ask(of("matomo_up")),),
        ((None, RED), (1.0, GREEN)),
    )
    yield figure(
        About("Reads every", "The interval in force: it stretches when reading is slow.", "s"),
        Area(4, 45, 4, 4),
        (Ask(of(f"{prefix}_interval_seconds")),),
    )
    yield figure(
        About(
            "Database clock off UTC",
            "Offset of the database's sessions from UTC: Matomo's recovery is off by as much.",
            "s",
        ),
        Area(8, 45, 4, 4),
        (Ask(of("matomo_archive_database_utc_offset_seconds")),),
        ((None, ORANGE), (-59.0, GREEN), (60.0, ORANGE)),
    )
    yield _versions()
    yield curves(
        About("Since collectors last succeeded", "Values vanish past --collect.max-age.", "s"),
        Area(0, 49, 8, 7),
        Ask(age(f"{prefix}_collector_last_success_timestamp_seconds"), "{{collector}}"),
    )
    yield curves(
        About("Duration of readings", "Of each collector's last reading.", "s"),
        Area(8, 49, 8, 7),
        Ask(of(f"{prefix}_collector_duration_seconds"), "{{collector}}"),
    )
    yield curves(
        About("Failed readings, an hour", "Of all collectors, by reason."),
        Area(16, 49, 8, 7),
        Ask(
            f"sum by (reason) (increase({of(f'{prefix}_collector_errors_total')}[1h]))",
            "{{reason}}",
        ),
    )


def _versions() -> Any:
    panel = table(
        About("Versions", "Matomo, its database adapter, the server, and the exporter."),
        Area(12, 45, 12, 4),
        Ask(of("matomo_info")),
        Ask(of("matomo_archive_exporter_build_info")),
    )
    hidden = ("Time", "Value", "__name__", "job", "instance", "Value #A", "Value #B")
    panel = transformed(panel, "merge")
    return transformed(panel, "organize", excludeByName=dict.fromkeys(hidden, True))


def _a_minute(counter: str) -> str:
    return f"60 * sum(rate({of(counter)}[$__rate_interval]))"


QUEUE = Board(
    uid=UID,
    title="Matomo archiving: queue",
    text="What is in the archiving queue, how it moves, and how runs and the exporter fare.",
    panels=(*_lights(), *_contents(), *_moves(), *_runs(), *_exporter()),
)
