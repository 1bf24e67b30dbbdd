"""Alerts on the exporter itself: without its figures no other alert can fire."""

from grafana import uids
from grafana.alerts.rule import Alert, Group
from grafana.alerts.signs import SAME_TARGET

_SUCCESS = "matomo_archive_exporter_collector_success"
_OTHER_ERRORS = (
    "matomo_archive_exporter_collector_errors_total"
    '{collector="archives", reason!="missing_privilege"}'
)
_INFO = "matomo_archive_exporter_build_info"
_JOB = "job, namespace, cluster"
_COUNT = f"count by ({_JOB}) ({_INFO})"
_USUAL = f"quantile_over_time(0.5, ({_COUNT})[1d:10m])"

# A target counts as ours by the name of its job, or when it has shown our metrics. One that is not
# even looked for any more is missed by the number that its job has had for most of a day: pods that
# roll over leave that alone. Series that a failed scrape ends make every other alert go quiet, so
# this has to be told apart from good news.
DOWN = Alert(
    name="MatomoArchiveExporterDown",
    severity="warning",
    expr=f"""\
up{{job=~"<exporterJobs>"}} == 0
or
up == 0 and on ({SAME_TARGET}) present_over_time({_INFO}[1w:10m])
or
(
  ({_USUAL} unless {_COUNT} >= {_USUAL})
  unless on ({_JOB}) up == 0
)""",
    hold="<exporterDownFor>",
    summary="The Matomo archive exporter {{ or $labels.instance $labels.job }} cannot be scraped",
    description="{{ if $labels.instance }}Prometheus gets no answer from it{{ else }}A target of"
    " its job is not there any more{{ end }}. Until it is back, no alert can warn of a"
    " run that dies.",
    remedy="See whether its process runs and what it logged last; /-/healthy answers without a"
    " password.",
    board=uids.QUEUE,
)

UNREADABLE = Alert(
    name="MatomoArchiveDatabaseUnreadable",
    severity="warning",
    expr=f"""\
matomo_up == 0
or
max without (version, python_version, driver) ({_INFO}) unless matomo_up""",
    hold="<exporterDownFor>",
    summary="The exporter at {{ $labels.instance }} cannot read Matomo's queue",
    description="The database is away, hangs, refuses the exporter, or has no queue to read."
    " Until it is back, no alert can warn of a run that dies.",
    remedy="matomo-archive-exporter check, with the exporter's own options, says what to do.",
    board=uids.QUEUE,
)

# To do without the grant on the archive tables is a choice: one metric is missing then. Without the
# queue, every collector of the database fails: that is the alert above.
COLLECTOR_FAILING = Alert(
    name="MatomoArchiveCollectorFailing",
    severity="warning",
    expr=f"""\
(
  {_SUCCESS}{{collector!="archives"}} == 0
  or
  {_SUCCESS}{{collector="archives"}} == 0
  and sum without (reason) (increase({_OTHER_ERRORS}[1h])) > 0
)
unless on ({SAME_TARGET}) matomo_up == 0""",
    hold="<collectorFailingFor>",
    summary="Collector {{ $labels.collector }} of {{ $labels.instance }} fails",
    description="Some of its figures are missing, and alerts on them stay silent.",
    remedy="matomo-archive-exporter check says why and what to do; so does the exporter's log.",
    board=uids.QUEUE,
)

CLOCK_OFF = Alert(
    name="MatomoArchiveDatabaseClockOffUtc",
    severity="info",
    expr="abs(matomo_archive_database_utc_offset_seconds) >= <clockOffSeconds>",
    hold="1h",
    summary="Matomo's database at {{ $labels.instance }} does not run on UTC",
    description="It is {{ $value | humanizeDuration }} off. Matomo recovers rows of a run that"
    " died as much later (east of UTC) or earlier (west of UTC) than its 24 hours.",
    remedy="Do nothing now. After a run has died, release its rows by hand instead of waiting."
    " Another time zone for the server would shift what Matomo keeps in TIMESTAMP columns.",
    board=uids.QUEUE,
)

EXPORTER = Group("matomo-archive-exporter", (DOWN, UNREADABLE, COLLECTOR_FAILING, CLOCK_OFF))
