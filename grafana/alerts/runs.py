"""Alerts on the runs of core:archive: that they stop, never end, or take much longer."""

from grafana import uids
from grafana.alerts.figures import figure
from grafana.alerts.recordings import MEAN_NOW, MEAN_WEEK, SELECTABLE
from grafana.alerts.rule import Alert, Group
from grafana.alerts.signs import ARCHIVERS, BLIND, COMPLETED, OLDEST, RUN_IS_OPEN, STARTED

# Only time in which an archiver works counts: between two nightly runs a queue may stand still.
# Either a run is open and has a row in progress, is seen, or adds what is scheduled: a run in which
# anything failed is never noted as completed, and looks open until the next one. Or runs follow one
# another, and more than a few rows stay: an archiver that is refused, because three others run,
# notes a start and an end (5.2.0). Rows that a run hides from itself (--skip-segments-today) are no
# standstill while it archives.
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
    summary="{{ $labels.instance }} has stopped archiving",
    description="A run is open or runs go on, but for more than <stalledFor> no row has left the"
    f" queue, which holds {figure(SELECTABLE)}. Reports are not up to date.",
    remedy="Look at what core:archive does (its log, ps), end what hangs, and start it by hand:"
    " ./console core:archive -vvv",
    board=uids.QUEUE,
)

# Each start overwrites the one before, so where no end was ever noted the oldest start that
# Prometheus remembers counts; it may have forgotten it some minutes before the time is over.
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
    description="Matomo records the end of a run only when nothing in it failed. Either"
    " core:archive no longer runs, or it dies, or one archive fails in every run.",
    remedy="See what the last run says: the end of its log lists its errors.",
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
    summary="Archives of a {{ $labels.period }} take much longer at {{ $labels.instance }}",
    description="In the last 6 hours {{ $value | humanizeDuration }} on average, more than"
    " <durationFactor> times the mean of the week.",
    remedy="Look for what is new since then: more visits, segments, plugins, or a slow database.",
    board=uids.MEMORY,
)

RUNS = Group("matomo-archive-runs", (STALLED, NOT_COMPLETING, DURATIONS))
