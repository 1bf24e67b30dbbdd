"""Alerts on a run that died: its log says so, or what it left behind in the queue."""

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
# A death that has just been seen is one, whatever the log's clock says. Then: dead until a run that
# began later has come to its end, and for as long as rows that were in progress at the time are
# still so. Matomo notes a completed run for any archiver that ends, also for one that worked beside
# the dead one (5.2.0), so a stamp alone proves nothing, unless nobody looked at the time: a new
# exporter finds old deaths in the log. The bound is for logs that nobody writes any more.
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
    summary="core:archive of {{ $labels.instance }} ran out of memory",
    description="Its log says that it died {{ $value | humanizeDuration }} ago."
    f" {figure('matomo_archive_queue_sites', form=COUNT)} sites still have rows in the queue, and"
    " what was in progress waits for Matomo's recovery (24 hours after it was started)."
    f" {NEEDS}",
    remedy=SAFE_BATCH,
    board=uids.MEMORY,
    labels={"evidence": "log"},
)

# 1. A run is open, rows are in progress, but none was started for longer than an archive takes, and
#    no archiver is seen alive. A long run starts rows all the time.
# 2. Rows in progress are left from before the last run began, for longer than an archive takes:
#    later runs go on with the sites that follow (5.2.0) and note that they completed. Where some
#    archiver has been seen all the while, it may still be at it.
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
    summary="core:archive of {{ $labels.instance }} died in the middle of its work",
    description="Rows have been in progress for {{ $value | humanizeDuration }}, and nothing"
    " seems to work on them: core:archive ran out of memory, was killed, or hangs. They wait for"
    f" Matomo's recovery (24 hours after they were started). {NEEDS}",
    remedy=f"{SAFE_BATCH}. Rows that are left in progress can be released at once, as the runbook"
    " says.",
    board=uids.MEMORY,
    labels={"evidence": "queue"},
)

DEATHS = Group("matomo-archive-deaths", (SEEN_IN_LOG, LEFT_IN_QUEUE))
