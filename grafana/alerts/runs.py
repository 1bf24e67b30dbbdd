"""Alerts on the runs of core:archive: they stall, do not complete, or become slow."""

from grafana import uids
from grafana.alerts.recordings import MEAN_NOW, MEAN_WEEK, SELECTABLE
from grafana.alerts.rule import Alert, Group
from grafana.alerts.signs import ARCHIVERS, BLIND, COMPLETED, OLDEST, RUN_IS_OPEN, STARTED

# Only time in which an archiver works counts: between two nightly runs the queue may rest.
# 1. A run is open and shows work: a row in progress, a process, or new rows of a scheduled
#    re-archiving. Without these it may be over: a run with a failure looks open until the next one.
# 2. Runs follow one another, and more than a few rows stay. An archiver that is refused because
#    three others run notes a start and an end too (5.2.0).
# Rows that a filter hides (--skip-segments-today) do not count while archives are built.
STALLED = Alert(
    name="MatomoArchiveStalled",
    severity="page",
    expr=f"""\
increase(matomo_archive_removed_invalidations_total[30m]) == 0
and
(
  {SELECTABLE} > 0
  and {RUN_IS_OPEN}
  and (
    {OLDEST}
    or min_over_time({ARCHIVERS}[30m:1m]) > 0
    or matomo_archive_pending_rearchivings > 0
      and increase(matomo_archive_added_invalidations_total[30m]) > 0
  )
  unless {ARCHIVERS} == 0
  or
  {SELECTABLE} > <stalledRows>
  and time() - {STARTED} < <runsEverySeconds>
)
unless time() - max without (period) (matomo_archive_last_archived_timestamp_seconds)
  < <runsEverySeconds>
unless {BLIND}""",
    hold="<stalledFor>",
    summary="{{ $labels.instance }} has archived nothing for <stalledFor>",
    description="core:archive is at work, but for <stalledFor> no row has left the queue. Reports"
    " stay old until it archives again.",
    remedy="See what core:archive does (ps, the end of its log), and kill what hangs. Then start it"
    " by hand: ./console core:archive -vvv",
    board=uids.QUEUE,
)

# Each start overwrites the one before. If no end was ever noted, the oldest start that Prometheus
# remembers counts; Prometheus may forget it some minutes early.
NOT_COMPLETING = Alert(
    name="MatomoArchiveNotCompleting",
    severity="warning",
    expr=f"""\
time() - {COMPLETED} > <completedWithinSeconds>
or
time() - min_over_time({STARTED}[<completedWithinSeconds>s]) > <completedWithinSeconds> - 300
  and {STARTED}
  unless {COMPLETED}""",
    hold="15m",
    summary="core:archive of {{ $labels.instance }} has not completed for"
    " {{ $value | humanizeDuration }}",
    description="Matomo records the end of a run only if nothing in it failed. So core:archive does"
    " not run, dies, or has an archive that fails in every run.",
    remedy="Read the end of the last run's log: it lists the errors. If it has none, start a run by"
    " hand: ./console core:archive",
    board=uids.QUEUE,
)

DURATIONS = Alert(
    name="MatomoArchiveDurationsHigh",
    severity="warning",
    expr=f"""\
{MEAN_NOW} > <durationFactor> * {MEAN_WEEK}
and {MEAN_NOW} > <durationSeconds>
and increase(matomo_archive_duration_seconds_count[6h]) >= <durationArchives>""",
    hold="1h",
    summary="Archives of a {{ $labels.period }} take {{ $value | humanizeDuration }} at"
    " {{ $labels.instance }}",
    description="This mean of the last 6 hours is more than <durationFactor> times the mean of the"
    " week. Runs take longer, and the queue may grow.",
    remedy="Look for what changed: more visits, new segments or plugins, a slow database.",
    board=uids.MEMORY,
)

RUNS = Group("matomo-archive-runs", (STALLED, NOT_COMPLETING, DURATIONS))
