"""Alerts on the exporter itself: without its metrics no other alert can fire."""

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

# A target is an exporter if its job has a known name, or if it has shown the exporter's metrics.
# A target that Prometheus no longer looks for is found by the usual number of targets of its job;
# replacing a pod does not change that number. Without this alert silence would look like good news.
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
    summary="The Matomo archive exporter {{ or $labels.instance $labels.job }} has not been"
    " scraped for <exporterDownFor>",
    description="{{ if $labels.instance }}Prometheus gets no answer from it{{ else }}Its job has"
    " fewer targets than usual{{ end }}. Until it is back, no alert can warn of a run that dies.",
    remedy="Check that its process runs, and read the end of its log. /-/healthy answers without a"
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
    summary="The exporter at {{ $labels.instance }} has not read Matomo's queue for"
    " <exporterDownFor>",
    description="The database does not answer, refuses the exporter, or has no queue table. Until"
    " the exporter can read the queue, no alert can warn of a run that dies.",
    remedy="With the exporter's own options, run: matomo-archive-exporter check",
    board=uids.QUEUE,
)

# The grant on the archive tables is optional, so its absence raises no alert. Without the queue
# every collector of the database fails: the alert above reports that.
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
    summary="Collector {{ $labels.collector }} of {{ $labels.instance }} has failed for"
    " <collectorFailingFor>",
    description="Its metrics are missing, and alerts on them stay silent.",
    remedy="With the exporter's own options, run: matomo-archive-exporter check. The exporter's log"
    " has the error.",
    board=uids.QUEUE,
)

CLOCK_OFF = Alert(
    name="MatomoArchiveDatabaseClockOffUtc",
    severity="info",
    expr="abs(matomo_archive_database_utc_offset_seconds) >= <clockOffSeconds>",
    hold="1h",
    summary="Matomo's database at {{ $labels.instance }} is {{ $value | humanizeDuration }} off"
    " UTC",
    description="Matomo recovers the rows of a dead run after 24 hours, plus this offset (database"
    " east of UTC) or minus it (west of UTC).",
    remedy="Do nothing now. After a run dies, release its rows by hand instead of waiting. Do not"
    " change the server's time zone: it would shift the values in TIMESTAMP columns.",
    board=uids.QUEUE,
)

EXPORTER = Group("matomo-archive-exporter", (DOWN, UNREADABLE, COLLECTOR_FAILING, CLOCK_OFF))
