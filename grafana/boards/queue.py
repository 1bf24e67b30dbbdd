"""The board of the queue: its contents, its movement, runs, and the exporter."""

from grafana import uids
from grafana.boards import links
from grafana.boards.board import Board, Row
from grafana.boards.exporter import EXPORTER
from grafana.boards.lights import AGE_STEPS, SOME_STEPS, empty_in
from grafana.boards.panels import (
    GREEN,
    ORANGE,
    PLAIN,
    About,
    Area,
    Ask,
    Shown,
    bars,
    curves,
    figure,
    light,
)
from grafana.boards.queries import (
    BACKLOG,
    IN_PROGRESS,
    OLDEST_WAITS,
    QUEUED,
    TIME_TO_DRAIN,
    UNKNOWN,
    a_minute,
    age,
    most,
    now,
    of,
)

_SITES = 'idsite!="other"'


_DRAINING = links.runbook("MatomoArchiveQueueNotDraining")
_STUCK = links.runbook("MatomoArchiveInvalidationsStuck")
_LIGHTS = (
    light(
        About("Queued rows", "Rows that wait for core:archive: every status but in progress."),
        Area(0, 0, 4, 4),
        now(QUEUED),
        ((0.0, GREEN), (10_000.0, ORANGE)),
        link=_DRAINING,
    ),
    light(
        About("In progress", "Rows that core:archive has started, or left when it died."),
        Area(4, 0, 4, 4),
        now(IN_PROGRESS),
        ((0.0, GREEN), (30.0, ORANGE)),
        link=_STUCK,
    ),
    light(
        About(
            "The oldest row waits",
            "Age of the oldest row that core:archive can take.",
            "s",
        ),
        Area(8, 0, 4, 4),
        now(OLDEST_WAITS),
        AGE_STEPS,
        link=links.runbook("MatomoArchiveInvalidationTooOld"),
    ),
    empty_in(
        Area(12, 0, 4, 4),
        now(TIME_TO_DRAIN),
        f"At the rate of the last 15 minutes, from {BACKLOG} queued rows on.",
        _DRAINING,
    ),
    light(
        About(
            "Stuck rows",
            "Rows in progress without a start time, for longer than the recovery timeout, or whose"
            " process is gone.",
            "none",
        ),
        Area(16, 0, 4, 4),
        f"sum({now(of('matomo_archive_stuck_invalidations'))})",
        SOME_STEPS,
        link=_STUCK,
    ),
    light(
        About(
            "Never selected",
            "Queued rows that core:archive never selects, because of their status or time.",
            "none",
        ),
        Area(20, 0, 4, 4),
        f"sum({now(of('matomo_archive_unselectable_invalidations'))})",
        SOME_STEPS,
        link=_STUCK,
    ),
)


_ROWS = of("matomo_archive_invalidations")
_CONTENTS = (
    Row("Contents", 4),
    curves(
        About("Rows by period", "Queued and in progress."),
        Area(0, 5, 8, 8),
        Ask(f"sum by (period) ({_ROWS})", "{{period}}"),
        stacked=True,
    ),
    curves(
        About("Rows by scope", "All visits, or one segment."),
        Area(8, 5, 8, 8),
        Ask(f"sum by (scope, status) ({_ROWS})", "{{scope}}, {{status}}"),
        stacked=True,
    ),
    curves(
        About(
            "Rows by report",
            "By plugin and report, the ten with the most rows. all: the row names no plugin or"
            " report.",
        ),
        Area(16, 5, 8, 8),
        Ask(
            most(
                f"sum by (plugin, report) ({of('matomo_archive_report_invalidations')})",
                10,
                "plugin, report",
            ),
            "{{plugin}}.{{report}}",
        ),
    ),
    curves(
        About("Sites with rows", "Sites with at least one queued row."),
        Area(0, 13, 8, 6),
        Ask(of("matomo_archive_queue_sites"), "sites"),
    ),
    curves(
        About(
            "Rows of the hits backfill",
            "Rows that the update to 5.2.0 queued for report Actions_hits and no run has started.",
        ),
        Area(8, 13, 8, 6),
        Ask(of("matomo_archive_hits_backfill_invalidations"), "rows"),
    ),
    bars(
        About(
            "Sites with most rows",
            "Queued rows of the ten sites with the most.",
            empty="no data: needs --collect.top-sites",
        ),
        Area(16, 13, 8, 6),
        Ask(f"topk(10, {of('matomo_archive_site_invalidations', _SITES)})", "site {{idsite}}"),
    ),
)


_MOVES = (
    Row("Movement", 19),
    curves(
        About(
            "Rows added and removed per minute",
            "Lower bounds: the exporter misses rows that come and go between two readings.",
        ),
        Area(0, 20, 12, 7),
        Ask(a_minute("matomo_archive_added_invalidations_total"), "added"),
        Ask(a_minute("matomo_archive_removed_invalidations_total"), "removed"),
    ),
    curves(
        About(
            "How long rows wait and work",
            "Age of the oldest queued row, and time since the start of the oldest and the newest"
            " row in progress.",
            "s",
        ),
        Area(12, 20, 12, 7),
        Ask(age("matomo_archive_oldest_queued_timestamp_seconds"), "oldest queued"),
        Ask(age("matomo_archive_oldest_started_timestamp_seconds"), "oldest in progress"),
        Ask(age("matomo_archive_newest_started_timestamp_seconds"), "newest in progress"),
    ),
    curves(
        About(
            "Rows that no process works on",
            "Stuck rows in progress, and queued rows that are never selected.",
        ),
        Area(0, 27, 12, 6),
        Ask(of("matomo_archive_stuck_invalidations"), "stuck: {{reason}}"),
        Ask(of("matomo_archive_unselectable_invalidations"), "never selected: {{reason}}"),
    ),
    curves(
        About("Queue empty in", "At the rate of the last 15 minutes.", "s"),
        Area(12, 27, 12, 6),
        Ask(f"{TIME_TO_DRAIN} < Inf", "time to drain"),
    ),
)


_RUNS = (
    Row("Runs of core:archive", 33),
    figure(
        About(
            "Last run",
            "Time since its start and its end, and its duration. Wrong if archivers overlap: each"
            " overwrites the times of the others.",
            "s",
            "not known",
        ),
        Area(0, 34, 12, 4),
        (
            Ask(age("matomo_archive_last_run_started_timestamp_seconds"), "started, ago"),
            Ask(age("matomo_archive_last_run_completed_timestamp_seconds"), "completed, ago"),
            Ask(
                f"{of('matomo_archive_last_run_duration_seconds')}"
                f"\nor on (job, instance) {UNKNOWN}",
                "took",
            ),
        ),
        (),
        Shown("not known", PLAIN, -1, -0.5),
    ),
    figure(
        About(
            "Rows still to come",
            "Mass re-archivings that the next run expands into rows, and days to invalidate because"
            " of late visits.",
            "none",
        ),
        Area(12, 34, 12, 4),
        (
            Ask(of("matomo_archive_pending_rearchivings"), "re-archivings"),
            Ask(of("matomo_archive_remembered_invalidations"), "remembered days"),
        ),
    ),
    curves(
        About("Sites left in this run", "In the list that archivers share; 0 between runs."),
        Area(0, 38, 12, 6),
        Ask(of("matomo_archive_sites_remaining"), "sites"),
    ),
    bars(
        About(
            "Last archived",
            "Age of the newest finished archive of each period.",
            "s",
            "no data: needs SELECT on the archive tables",
        ),
        Area(12, 38, 12, 6),
        Ask(age("matomo_archive_last_archived_timestamp_seconds"), "{{period}}"),
        steps=AGE_STEPS,
    ),
)


QUEUE = Board(
    uid=uids.QUEUE,
    title="Matomo archiving: queue",
    text="The archiving queue, its movement, runs of core:archive, and the exporter.",
    panels=(*_LIGHTS, *_CONTENTS, *_MOVES, *_RUNS, *EXPORTER),
)
