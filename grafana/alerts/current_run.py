"""The alert on the running core:archive: it will run out of memory."""

from grafana import uids
from grafana.alerts.recordings import ENDS_IN_LOG, RUN_DEATH, RUN_DEATH_SEEN
from grafana.alerts.rule import Alert, Group
from grafana.alerts.signs import COMPLETED, SAME_TARGET, STARTED

_NAME = "MatomoArchiveRunDying"
_RATIO = 'matomo_archive_memory_predicted_ratio{run="current"}'
_FIRING = f'ALERTS{{alertname="{_NAME}",alertstate="firing",severity="page"}}'
_EXHAUSTED = 'ALERTS{alertname="MatomoArchiveMemoryExhausted",alertstate="firing"}'

# Once the run is gone, only the value is left: its seconds are the time of death, its millionths
# the archives until then.
_TIME = 'at {{ ($value | toTime).UTC.Format "15:04" }} UTC'
_ARCHIVES = (
    'after {{ $value | printf "%.6f" | reReplaceAll "^.*[.]0*([0-9]+)$" "$1" }} more archives'
)

_SUMMARY = (
    "The core:archive running at {{ $labels.instance }} will run out of memory"
    f" {{{{ if gt $value 1e9 }}}}{_TIME}{{{{ else }}}}{_ARCHIVES}{{{{ end }}}}"
)
_DESCRIPTION = (
    f"It dies {{{{ if gt $value 1e9 }}}}{_TIME}, {{{{ end }}}}{_ARCHIVES}, unless you stop it"
    " first. Reports then stay old, and its rows in progress wait a day for recovery."
)
_REMEDY = (
    "Stop it: kill PID. Release its rows: ./console core:reset-invalidations (Matomo 5.3.0 and"
    " later). Start it again with a safe --max-archives-to-process. These commands, filled in:"
    " matomo-archive-exporter advise{{ with $labels.url }}, or {{ . }}/advice{{ end }}"
)

# The series ends with the run. The page stays until the log, the queue or a completion shows how
# the run ended, at most half an hour. So it also outlives a restart of the exporter. It ends at
# once when the forecast for a run improves. Only a page that fires stays: a run that looked bad for
# a moment and ended raises none. A death that was known half an hour ago is that of an earlier run.
# Matomo does not note the end of a run in which an archive failed, its log does.
DYING = Alert(
    name=_NAME,
    severity="page",
    expr=f"""\
{RUN_DEATH_SEEN}
or on ({SAME_TARGET})
(
  last_over_time({RUN_DEATH_SEEN}[30m])
  and on ({SAME_TARGET}) {_FIRING}
  unless on ({SAME_TARGET}) {_RATIO} < 1
  unless on ({SAME_TARGET}) {COMPLETED} >= {STARTED}
  unless on ({SAME_TARGET}) changes({ENDS_IN_LOG}[2m]) > 0
  unless on ({SAME_TARGET}) ({_EXHAUSTED} unless {_EXHAUSTED} offset 30m)
)""",
    hold="<runDyingFor>",
    summary=_SUMMARY,
    description=_DESCRIPTION,
    remedy=_REMEDY,
    board=uids.MEMORY,
    outlives_cause=False,
)

MAY_BE_DYING = Alert(
    name=_NAME,
    severity="warning",
    expr=f"{RUN_DEATH}\nunless on ({SAME_TARGET}) {RUN_DEATH_SEEN}",
    hold="<runDyingFor>",
    summary=_SUMMARY,
    description=f"{_DESCRIPTION} This may be wrong: the exporter saw neither its process nor its"
    " start, or memory_limit is assumed.",
    remedy=_REMEDY,
    board=uids.MEMORY,
)

CURRENT_RUN = Group("matomo-archive-current-run", (DYING, MAY_BE_DYING))
