"""The alert on the run that is going on: it will die of its memory."""

from grafana import uids
from grafana.alerts.recordings import RUN_DEATH, RUN_DEATH_SEEN
from grafana.alerts.rule import Alert, Group
from grafana.alerts.signs import COMPLETED, SAME_TARGET, STARTED

_NAME = "MatomoArchiveRunDying"
_RATIO = 'matomo_archive_memory_predicted_ratio{run="current"}'
_EXHAUSTED = 'ALERTS{alertname="MatomoArchiveMemoryExhausted",alertstate="firing"}'

# The value is all that is left once the run is gone: seconds, and archives as millionths.
_WHEN = '{{ if gt $value 1e9 }} at {{ ($value | toTime).UTC.Format "15:04" }} UTC{{ end }}'
_ARCHIVES = '{{ $value | printf "%.6f" | reReplaceAll "^.*[.]0*([0-9]+)$" "$1" }}'

_SUMMARY = "The core:archive that is going on at {{ $labels.instance }} will run out of memory"
_DESCRIPTION = f"It dies{_WHEN}, after {_ARCHIVES} more archives, unless it is stopped before."
_REMEDY = (
    "Stop it before that: kill PID. Release its rows: ./console core:reset-invalidations (5.3.0 and"
    " later). Start it again with the --max-archives-to-process that is safe:"
    " matomo-archive-exporter advise prints the commands"
    "{{ with $labels.url }}, and {{ . }}/advice shows them{{ end }}."
)

# A run that ends with this value has died, or is about to be told of by its log, by what it left
# in the queue, or by its completion. So the page stays until one of these is seen, half an hour at
# most, and while the exporter restarts. It ends once the forecast of a run says otherwise.
DYING = Alert(
    name=_NAME,
    severity="page",
    expr=f"""\
{RUN_DEATH_SEEN}
or on ({SAME_TARGET})
(
  last_over_time({RUN_DEATH_SEEN}[30m])
  unless on ({SAME_TARGET}) {_RATIO} < 1
  unless on ({SAME_TARGET}) {COMPLETED} >= {STARTED}
  unless on ({SAME_TARGET}) {_EXHAUSTED}
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
    description=f"{_DESCRIPTION} Its beginning and its process were not seen, or its memory_limit"
    " is assumed, so this may be wrong.",
    remedy=_REMEDY,
    board=uids.MEMORY,
)

CURRENT_RUN = Group("matomo-archive-current-run", (DYING, MAY_BE_DYING))
