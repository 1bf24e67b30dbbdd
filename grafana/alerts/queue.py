"""Alerts on the queue: that it does not drain, and on rows that no run takes."""

from grafana import uids
from grafana.alerts.figures import figure
from grafana.alerts.recordings import SELECTABLE
from grafana.alerts.rule import Alert, Group


def _low(window: str, before: str = "") -> str:
    """The least of a window that ended so long ago."""
    return f"min_over_time({SELECTABLE}[{window}]{before and f' offset {before}'})"


# Low water, not length: the queue of a busy instance goes up and down, and a nightly run empties it
# once a day. It has to be no lower than a day before, and than some hours before, for a mass
# re-archiving that came meanwhile and is being worked off has soon lost a tenth of its rows. And
# where rows keep coming and none waits for long, a queue that is never empty is no trouble.
NOT_DRAINING = Alert(
    name="MatomoArchiveQueueNotDraining",
    severity="warning",
    expr=f"""\
{_low("30h")} >= <notDrainingRows>
and {_low("3h")} >= 0.9 * {_low("3h", before="3h")}
and {_low("6h")} >= 0.9 * {_low("6h", before="1d")}
and time() - matomo_archive_oldest_queued_timestamp_seconds > <notDrainingSeconds>""",
    hold="1h",
    summary="The archiving queue of {{ $labels.instance }} does not drain",
    description="It has held at least {{ $value | humanize }} rows all day, and the number does not"
    f" fall; it holds {figure(SELECTABLE)} now.",
    remedy="Check which reports fill it and whether runs complete: the queue dashboard, and"
    " matomo-archive-exporter advise",
    board=uids.QUEUE,
)

TOO_OLD = Alert(
    name="MatomoArchiveInvalidationTooOld",
    severity="warning",
    expr="time() - matomo_archive_oldest_queued_timestamp_seconds > <oldestWithinSeconds>",
    hold="15m",
    summary="A report of {{ $labels.instance }} has waited for {{ $value | humanizeDuration }}",
    description="The oldest row that core:archive can take was queued that long ago;"
    f" {figure(SELECTABLE)} rows wait. Reports of its site and period show old figures.",
    remedy="Check whether core:archive runs, and how far it gets: matomo-archive-exporter advise",
    board=uids.QUEUE,
)

STUCK = Alert(
    name="MatomoArchiveInvalidationsStuck",
    severity="warning",
    expr="matomo_archive_stuck_invalidations > 0",
    hold="<stuckFor>",
    summary="{{ $labels.instance }} has {{ $value }} rows in progress that no process works on",
    description='{{ if eq $labels.reason "never_started" }}They have no start time, so Matomo 5.2.0'
    ' and later never recover them.{{ else if eq $labels.reason "owner_gone" }}The process that'
    " worked on them is gone.{{ else }}They have been in progress for longer than the recovery"
    " timeout, and no run has recovered them.{{ end }} Their reports are not rebuilt;"
    " while they stay, new rows for the same reports are dropped or wait unseen.",
    remedy="Queue them again, while no core:archive runs: from Matomo 5.3.0 on with"
    ' ./console core:reset-invalidations, before with {{ if eq $labels.reason "never_started" }}the'
    " statement that matomo-archive-exporter advise prints{{ else }}the statement in the"
    " runbook{{ end }}.",
    board=uids.QUEUE,
)

QUEUE = Group("matomo-archive-queue", (NOT_DRAINING, TOO_OLD, STUCK))
