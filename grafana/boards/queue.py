"""The board of the queue: what is in it, how it moves, how runs and the exporter fare."""

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
        About("Queued rows", "Reports that wait to be rebuilt: every status but in progress."),
        Area(0, 0, 4, 4),
        now(QUEUED),
        ((0.0, GREEN), (10_000.0, ORANGE)),
        link=_DRAINING,
    ),
    light(
        About("In progress", "Rows that core:archive has started, or left behind when it died."),
        Area(4, 0, 4, 4),
        now(IN_PROGRESS),
        ((0.0, GREEN), (30.0, ORANGE)),
        link=_STUCK,
    ),
    light(
        About(
            "The oldest row waits",
            "Since the oldest row was queued that core:archive can take.",
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
        f"At the pace of the last 15 minutes, from {BACKLOG} queued rows on.",
        _DRAINING,
    ),
    light(
        About(
            "Stuck rows",
            "In progress without a start time, or for longer than the recovery timeout.",
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
            "Queued rows with a status or time that the archiver's SELECT never returns.",
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
    Row("What is in it", 4),
    curves(
        About("Rows by period", "Queued and in progress."),
        Area(0, 5, 8, 8),
        Ask(f"sum by (period) ({_ROWS})", "{{period}}"),
        stacked=True,
    ),
    curves(
        About("Rows by scope", "All visits, and segments that are archived by themselves."),
        Area(8, 5, 8, 8),
        Ask(f"sum by (scope, status) ({_ROWS})", "{{scope}}, {{status}}"),
        stacked=True,
    ),
    curves(
        About(
            "Rows by report",
            "By what they rebuild, the ten with most; all is a row that names no plugin or report.",
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
            "Queued by the update to 5.2.0 for report Actions_hits and never started: what its"
            " clean-up would delete.",
        ),
        Area(8, 13, 8, 6),
        Ask(of("matomo_archive_hits_backfill_invalidations"), "rows"),
    ),
    bars(
        About(
            "Sites with most rows",
            "Queued rows of the sites with most of them.",
            empty="no data: needs --collect.top-sites",
        ),
        Area(16, 13, 8, 6),
        Ask(f"topk(10, {of('matomo_archive_site_invalidations', _SITES)})", "site {{idsite}}"),
    ),
)


_MOVES = (
    Row("How it moves", 19),
    curves(
        About("Rows that come and go, a minute", "Lower bounds: what is seen between readings."),
        Area(0, 20, 12, 7),
        Ask(a_minute("matomo_archive_added_invalidations_total"), "come"),
        Ask(a_minute("matomo_archive_removed_invalidations_total"), "go"),
    ),
    curves(
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
    ),
    curves(
        About(
            "Rows that no process works on",
            "In progress without a start or past the recovery timeout, and queued rows that are"
            " never selected.",
        ),
        Area(0, 27, 12, 6),
        Ask(of("matomo_archive_stuck_invalidations"), "stuck: {{reason}}"),
        Ask(of("matomo_archive_unselectable_invalidations"), "never selected: {{reason}}"),
    ),
    curves(
        About("Queue empty in", "At the pace of the 15 minutes before.", "s"),
        Area(12, 27, 12, 6),
        Ask(f"{TIME_TO_DRAIN} < Inf", "time to drain"),
    ),
)


_RUNS = (
    Row("Runs of core:archive", 33),
    figure(
        About(
            "Last run",
            "Since it began and ended, and how long it took. Wrong where archivers overlap: each"
            " overwrites the times of the others.",
            "s",
            "not known",
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
    ),
    figure(
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
    ),
    curves(
        About("Sites left to the current run", "Of the list that archivers share; 0 between runs."),
        Area(0, 38, 12, 6),
        Ask(of("matomo_archive_sites_remaining"), "sites"),
    ),
    bars(
        About(
            "Last archived",
            "Since the newest finished archive of each period was made.",
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
    text="What is in the archiving queue, how it moves, and how runs and the exporter fare.",
    panels=(*_LIGHTS, *_CONTENTS, *_MOVES, *_RUNS, *EXPORTER),
)
