"""Alerts on the queue: it does not drain, or it has rows that no run takes."""

from grafana import uids
from grafana.alerts.recordings import SELECTABLE
from grafana.alerts.rule import Alert, Group


def _low(window: str, before: str = "") -> str:
    """The minimum of the queue over a window that ended `before`."""
    return f"min_over_time({SELECTABLE}[{window}]{before and f' offset {before}'})"


# The alert compares minimums, because a busy queue goes up and down and a nightly run empties it
# once a day. The minimum must be no lower than a day ago, and no lower than some hours ago: a new
# mass re-archiving that drains has soon lost a tenth of its rows. A queue that is never empty is
# fine while no row waits for long.
NOT_DRAINING = Alert(
    name="MatomoArchiveQueueNotDraining",
    severity="warning",
    expr=f"""\
{_low("30h")} >= <notDrainingRows>
and {_low("3h")} >= 0.9 * {_low("3h", before="3h")}
and {_low("6h")} >= 0.9 * {_low("6h", before="1d")}
and time() - matomo_archive_oldest_queued_timestamp_seconds > <notDrainingSeconds>""",
    hold="1h",
    summary="The archiving queue of {{ $labels.instance }} does not drain: it holds at least"
    " {{ $value | humanize }} rows",
    description="For 30 hours it has never held fewer, and this minimum does not fall. Reports get"
    " older.",
    remedy="See what fills the queue, and how long it takes to drain: matomo-archive-exporter"
    " advise",
    board=uids.QUEUE,
)

TOO_OLD = Alert(
    name="MatomoArchiveInvalidationTooOld",
    severity="warning",
    expr="time() - matomo_archive_oldest_queued_timestamp_seconds > <oldestWithinSeconds>",
    hold="15m",
    summary="A report of {{ $labels.instance }} has waited for {{ $value | humanizeDuration }}",
    description="The oldest row that core:archive can take was queued that long ago. Its report"
    " shows old figures.",
    remedy="See whether core:archive runs, and how far it gets: matomo-archive-exporter advise",
    board=uids.QUEUE,
)

STUCK = Alert(
    name="MatomoArchiveInvalidationsStuck",
    severity="warning",
    expr="matomo_archive_stuck_invalidations > 0",
    hold="<stuckFor>",
    summary="{{ $labels.instance }} has {{ $value }} rows in progress that no process works on",
    description='{{ if eq $labels.reason "never_started" }}They have no start time: Matomo 5.2.0'
    ' and later never recovers them.{{ else if eq $labels.reason "owner_gone" }}Their process is'
    " gone.{{ else }}They started longer ago than the recovery timeout, and no run has recovered"
    " them.{{ end }} Their reports stay old. Until you release them, new rows for the same reports"
    " are dropped or wait.",
    remedy="Stop every core:archive. Then release the rows: from Matomo 5.3.0 on with ./console"
    " core:reset-invalidations; before 5.3.0 with the statement {{ if eq $labels.reason"
    ' "never_started" }}that matomo-archive-exporter advise prints{{ else }}in the runbook'
    "{{ end }}.",
    board=uids.QUEUE,
)

QUEUE = Group("matomo-archive-queue", (NOT_DRAINING, TOO_OLD, STUCK))
