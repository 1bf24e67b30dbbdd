"""Queries that several alerts share."""

STARTED = "matomo_archive_last_run_started_timestamp_seconds"
COMPLETED = "matomo_archive_last_run_completed_timestamp_seconds"
OLDEST = "matomo_archive_oldest_started_timestamp_seconds"
NEWEST = "matomo_archive_newest_started_timestamp_seconds"

RUN_IS_OPEN = f"({STARTED} unless {COMPLETED} >= {STARTED})"
"""Matomo has noted the start of a run, and no end after it"""

ARCHIVERS = 'max without (role) (matomo_archive_processes{role="archiver"})'
"""processes of core:archive; absent without --archiver.proc-path"""

# The last good values stay on the page for a while, and in a textfile for ever. A row that was in
# progress at the last reading then seems to get older. A very large queue is read less often than
# every half hour.
_SINCE_READ = (
    "time() - max without (collector)"
    ' (matomo_archive_exporter_collector_last_success_timestamp_seconds{collector="queue"})'
)
BLIND = f"""\
(
  matomo_up == 0
  or
  {_SINCE_READ}
    > 1800
  unless {_SINCE_READ}
    < 3 * matomo_archive_exporter_interval_seconds
)"""
"""the exporter no longer reads the queue: its old values prove nothing"""

SAME_TARGET = "job, instance, namespace, cluster"
"""labels that identify a target; labels that it lacks are equal"""
