"""Queries that several alerts ask, or ask over time. None has a series for each site."""

from grafana.alerts.rule import Group, Recording
from grafana.alerts.signs import COMPLETED, SAME_TARGET, STARTED

SELECTABLE = "instance:matomo_archive_selectable_invalidations:sum"
"""queued rows that the archiver can take"""
FINISHED_RUN = "instance:matomo_archive_finished_run_started_timestamp_seconds:last"
"""start of the last run that was seen to complete; absent while another run is open"""
MEAN_NOW = "instance_period:matomo_archive_duration_seconds:mean6h"
MEAN_WEEK = "instance_period:matomo_archive_duration_seconds:mean1w"

RUN_DEATH = "instance:matomo_archive_current_run_death:time_and_archives"
"""The current run, if it will die: the second of its death (0 if its rate is unknown) plus the
archives until then as millionths. One value holds both, because texts have nothing else left once
the run is gone."""
RUN_DEATH_SEEN = "instance:matomo_archive_current_run_death_seen:time_and_archives"
"""The same, if the exporter sees the process or followed the run, and knows the limit."""

_END = "max without (outcome) (matomo_archive_current_run_predicted_end_timestamp_seconds)"
_RATIO = 'max without (run) (matomo_archive_memory_predicted_ratio{run="current"})'
_ARCHIVES = 'max without (run) (matomo_archive_memory_exhausted_after_archives{run="current"})'
_URL = "matomo_archive_exporter_external_url_info"
_PROCESS = 'max without (source) (matomo_archive_current_run_memory_bytes{source="process"})'
_FOLLOWED = "matomo_archive_current_run_followed == 1"
_DURATION = "matomo_archive_duration_seconds"
_UNSELECTABLE = "sum without (reason) (matomo_archive_unselectable_invalidations)"
_OF_DELETED_SITES = (
    'sum without (reason) (matomo_archive_orphaned_invalidations{reason="site_deleted"})'
)
ENDS_IN_LOG = 'matomo_archive_log_events_total{event="run_completed"}'


def _mean(window: str) -> str:
    """The mean duration in the window; nothing without archives (0 / 0 matches no comparison)."""
    return f"increase({_DURATION}_sum[{window}]) / increase({_DURATION}_count[{window}])"


RECORDINGS = Group(
    "matomo-archive-recordings",
    (
        # No SELECT of the archiver ever returns the rows of a deleted site (Matomo 5.2.0).
        Recording(
            SELECTABLE,
            f"""\
clamp_min(
  sum without (status, period, scope) (matomo_archive_invalidations{{status="queued"}})
  - {_UNSELECTABLE}
  - ({_OF_DELETED_SITES} or 0 * {_UNSELECTABLE}),
  0
)""",
        ),
        # Matomo notes no end for a run in which anything failed, but the log shows that end. Its
        # start is read two minutes back: the next run may have begun since.
        Recording(
            FINISHED_RUN,
            f"""\
({STARTED} <= {COMPLETED})
or
({STARTED} offset 2m and sum without (event) (changes({ENDS_IN_LOG}[2m])) > 0)""",
        ),
        Recording(
            RUN_DEATH,
            f"""\
(
  (floor({_END}) or 0 * {_RATIO})
  + clamp_max({_ARCHIVES}, 999999) / 1000000
  and {_RATIO} >= 1
)
* on ({SAME_TARGET}) group_left (url) ({_URL} or on ({SAME_TARGET}) {_RATIO} ^ 0)""",
        ),
        Recording(
            RUN_DEATH_SEEN,
            f"""\
{RUN_DEATH}
and on ({SAME_TARGET}) ({_PROCESS} or {_FOLLOWED})
unless on ({SAME_TARGET}) (
  matomo_archive_memory_limit_assumed == 1
  unless on ({SAME_TARGET}) matomo_archive_current_run_memory_limit_bytes
)""",
        ),
        Recording(MEAN_NOW, _mean("6h")),
        Recording(MEAN_WEEK, _mean("1w")),
    ),
)
