"""Alerts on a run that died: seen in its log, or in the rows that it left in progress."""

from grafana import uids
from grafana.alerts.figures import COUNT, figure
from grafana.alerts.memory import NEEDS, SAFE_BATCH
from grafana.alerts.recordings import FINISHED_RUN
from grafana.alerts.rule import Alert, Group
from grafana.alerts.signs import ARCHIVERS, BLIND, COMPLETED, NEWEST, OLDEST, RUN_IS_OPEN, STARTED

_DEATH = (
    "max without (role)"
    ' (matomo_archive_log_last_memory_exhausted_timestamp_seconds{role="archiver"})'
)
_DEATHS = 'matomo_archive_log_events_total{event="memory_exhausted_archiver"}'
_LEFT = figure("matomo_archive_queue_sites", form=COUNT, text="{} sites still have queued rows. ")
_RECOVERY = "Matomo recovers its rows in progress 24 hours after their start."
# A new death counts at once, even if its time in the log is wrong. The alert then lasts until a
# later run has completed, and while rows from before the death are still in progress. A completion
# alone proves nothing: Matomo 5.2.0 also notes one for an archiver that worked beside the dead one.
# It counts only for deaths from before Prometheus watched, which a new exporter finds in the log.
# The bound ends the alert for logs that are no longer written.
SEEN_IN_LOG = Alert(
    name="MatomoArchiveMemoryExhausted",
    severity="page",
    expr=f"""\
(
  time() - {_DEATH}
  and sum without (event) (increase({_DEATHS}[10m])) > 0
)
or
(
  time() - {_DEATH}
    < <completedWithinSeconds>
  unless max_over_time({FINISHED_RUN}[<completedWithinSeconds>s])
    > {_DEATH}
  unless (
    {COMPLETED} > {_DEATH}
    and (
      min_over_time(timestamp({STARTED})[<completedWithinSeconds>s:1m])
      or timestamp({STARTED})
    ) > {_DEATH}
  )
)
or
(
  time() - {_DEATH}
  and {_DEATH}
    >= {OLDEST}
)""",
    hold="",
    summary="core:archive of {{ $labels.instance }} ran out of memory"
    " {{ $value | humanizeDuration }} ago",
    description=f"Its log shows the death. {_LEFT}{_RECOVERY} {NEEDS}",
    remedy=SAFE_BATCH,
    board=uids.MEMORY,
    labels={"evidence": "log"},
)

# 1. A run is open and has rows in progress, but it started none for longer than an archive takes,
#    and no archiver process is seen. A live run starts rows all the time.
# 2. Rows from before the last run are still in progress after longer than an archive takes. Later
#    runs skip that site and note that they completed (5.2.0). An archiver that was seen all the
#    time may still work on them.
LEFT_IN_QUEUE = Alert(
    name="MatomoArchiveMemoryExhausted",
    severity="page",
    expr=f"""\
(
  time() - {NEWEST} > <archiveMaxSeconds>
  and {RUN_IS_OPEN}
  unless {ARCHIVERS} > 0
  or
  time() - {OLDEST} > <archiveMaxSeconds>
  and {OLDEST} < {STARTED}
  unless min_over_time({ARCHIVERS}[<archiveMaxSeconds>s:1m]) > 0
)
unless {BLIND}""",
    hold="<diedFor>",
    summary="core:archive of {{ $labels.instance }} died or hangs: its rows have been in progress"
    " for {{ $value | humanizeDuration }}",
    description="No process seems to work on these rows: core:archive ran out of memory, was"
    f" killed, or hangs. {_RECOVERY} {NEEDS}",
    remedy=f"Release the rows as the runbook says. {SAFE_BATCH}",
    board=uids.MEMORY,
    labels={"evidence": "queue"},
)

DEATHS = Group("matomo-archive-deaths", (SEEN_IN_LOG, LEFT_IN_QUEUE))
