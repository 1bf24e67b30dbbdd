"""What several alerts look at: queries that mean something to all of them."""

STARTED = "matomo_archive_last_run_started_timestamp_seconds"
COMPLETED = "matomo_archive_last_run_completed_timestamp_seconds"
OLDEST = "matomo_archive_oldest_started_timestamp_seconds"
NEWEST = "matomo_archive_newest_started_timestamp_seconds"

RUN_IS_OPEN = f"({STARTED} unless {COMPLETED} >= {STARTED})"
"""Matomo has noted the start of a run and no end after it"""

ARCHIVERS = 'max without (role) (matomo_archive_processes{role="archiver"})'
"""processes of core:archive, absent where no /proc is read"""

# The last good values stay on the page for a while, and a textfile for ever: a row that was in
# progress at the last reading gets older and older without being left. A very large queue is read
# less often than every half hour.
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
"""the queue is not seen any more: what is left of it on the page proves nothing"""

SAME_TARGET = "job, instance, namespace, cluster"
"""labels by which a target is known; those that it does not have are equal"""
