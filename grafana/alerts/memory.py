"""Alerts on the memory of the next run: it will die, and what causes it."""

from grafana import uids
from grafana.alerts.figures import COUNT, figure, size
from grafana.alerts.rule import Alert, Group

_CONFIGURED = "run='configured'"
_RATIO = 'max without (run) (matomo_archive_memory_predicted_ratio{run="configured"})'
_PEAK = 'max without (run) (matomo_archive_memory_predicted_peak_bytes{{run="{}"}})'
_TIMES = '{{ if gt $value 10.0 }}more than 10{{ else }}{{ $value | printf "%.2f" }}{{ end }} times'
_SAFE = "matomo_archive_memory_safe_archives"

_AT_MOST = figure(
    _SAFE,
    _CONFIGURED,
    where=f"== 0 and on (job, instance, run) {_SAFE}_if_visited > 0",
    text=" at most",
)
_AFTER = "matomo_archive_memory_exhausted_after"
_BUILT = "matomo_archive_predicted_archives"
# Without a death there is no sentence, without a rate no time in it.
PLACE = figure(
    f"{_AFTER}_archives",
    _CONFIGURED,
    form=COUNT,
    text="The next run dies after {} of "
    + figure(_BUILT, _CONFIGURED, form=COUNT, text="{} archives")
    + figure(
        f"{_AFTER}_archives", _CONFIGURED, form=COUNT, where=f"/ {_BUILT} * 100", text=" ({} %)"
    )
    + figure(f"{_AFTER}_sites", _CONFIGURED, form=COUNT, text=", at site {}")
    + figure(
        "matomo_archive_next_run_sites",
        form=COUNT,
        where=f"and on (job, instance) {_AFTER}_sites",
        text=" of {}",
    )
    + figure(
        f"{_AFTER}_seconds",
        _CONFIGURED,
        form="humanizeDuration",
        text=", about {} after its start",
    )
    + ". ",
)
"""the place: "The next run dies after 3720 of 179185 archives (2 %), at site 16 of 700. " """
_NEEDED = figure(
    "matomo_archive_memory_predicted_ratio",
    _CONFIGURED,
    where="> 10",
    text="more than 10 times what PHP may use",
    fallback=size("matomo_archive_memory_predicted_peak_bytes", _CONFIGURED)
    + _AT_MOST
    + figure(_BUILT, _CONFIGURED, form=COUNT, text=" for {} archives"),
)
_LIMIT = figure(
    "matomo_archive_memory_limit_bytes",
    where="== Inf",
    text="unlimited",
    fallback=size("matomo_archive_memory_limit_bytes"),
)
_ASSUMED = figure("matomo_archive_memory_limit_assumed", where="== 1", text=" (assumed)")
_IT = figure(f"{_AFTER}_archives", _CONFIGURED, text="It", fallback="The next run")
NEEDS = PLACE + figure(
    "matomo_archive_memory_predicted_peak_bytes",
    _CONFIGURED,
    text=f"{_IT} needs {_NEEDED}; memory_limit is {_LIMIT}{_ASSUMED}.",
)
"""the place of death, the need and the limit"""
_IF_VISITED = figure(
    f"{_SAFE}_if_visited",
    _CONFIGURED,
    form=COUNT,
    where="> 0",
    text="If nearly all rows have visits (unknown), this keeps each run below 80 % of the limit:"
    " ./console core:archive --max-archives-to-process={}.",
    fallback="No archive limit is known to keep a run below 80 % of the limit.",
)
_LIMITED = figure(
    _SAFE,
    _CONFIGURED,
    form=COUNT,
    where="> 0",
    text="Run ./console core:archive --max-archives-to-process={} (Matomo 4.7.0 and later), one run"
    " after the other: each stays below 80 % of the limit.",
    fallback=_IF_VISITED,
)
SAFE = figure(
    _SAFE,
    _CONFIGURED,
    where="== Inf",
    text="The queue fits into one run now: start core:archive as usual.",
    fallback=_LIMITED,
)
"""the command with the safe archive limit"""
SAFE_BATCH = f"{SAFE} All remedies: matomo-archive-exporter advise"
"""the same, and where to find other remedies"""

PREDICTED = Alert(
    name="MatomoArchiveMemoryExhaustionPredicted",
    severity="page",
    expr=f"{_RATIO} >= <memoryRatioPage>\nand matomo_archive_memory_limit_assumed == 0",
    hold="<memoryPredictedFor>",
    summary="The next core:archive of {{ $labels.instance }} will run out of memory: it needs"
    f" {_TIMES} what PHP may use",
    description=f"{NEEDS} Reports then stay old.",
    remedy=SAFE_BATCH,
    board=uids.MEMORY,
)

# The ratio refers to what PHP may use, 98 % of the limit. A safe archive limit keeps a run below
# 80 % of the limit itself, so the second condition ends the warning once the remedy is in use.
NEAR = Alert(
    name="MatomoArchiveMemoryExhaustionPredicted",
    severity="warning",
    expr=f"{_RATIO} >= <memoryRatioWarning>\n"
    f"unless {_PEAK.format('configured')}\n"
    "  < <memoryRatioWarning> * matomo_archive_memory_limit_bytes",
    hold="<memoryPredictedFor>",
    summary="The next core:archive of {{ $labels.instance }} may run out of memory: it needs"
    f" {_TIMES} what PHP may use",
    description=f"{NEEDS} A run that needs more than PHP may use dies.",
    remedy=SAFE_BATCH
    + figure(
        "matomo_archive_memory_limit_assumed",
        where="== 1",
        text=". Set the true limit: --archiver.memory-limit",
    ),
    board=uids.MEMORY,
)

OVERLAP_STORM = Alert(
    name="MatomoArchiveOverlapStorm",
    severity="warning",
    expr=f"""\
1 - {_PEAK.format("single_request")} / {_PEAK.format("configured")}
  > <overlapShare>
and {_RATIO} > <overlapRatio>""",
    hold="30m",
    summary="Overlaps cost the next core:archive of {{ $labels.instance }}"
    " {{ $value | humanizePercentage }} of its memory",
    description="It skips rows that overlap others of the same batch, and keeps a statement in"
    " memory for each skip. With one concurrent request it needs {{ $value | humanizePercentage }}"
    " less.",
    remedy="Until the queue is small, run ./console core:archive"
    " --concurrent-requests-per-website=1. The archive limit to add: matomo-archive-exporter"
    " advise",
    board=uids.MEMORY,
)

_EXPECTED = figure(
    "matomo_archive_expected_invalidations",
    "source='rearchiving'",
    text="The next core:archive first adds {} rows to the queue. ",
)
MASS_REARCHIVING = Alert(
    name="MatomoArchiveMassRearchivingScheduled",
    severity="info",
    expr="matomo_archive_pending_rearchivings > 0",
    hold="1m",
    summary="Mass re-archivings scheduled at {{ $labels.instance }}: {{ $value }}",
    description=f"{_EXPECTED}{NEEDS}",
    remedy="Before the next run starts, run: matomo-archive-exporter advise",
    board=uids.MEMORY,
)

HITS_BACKFILL = Alert(
    name="MatomoArchiveHitsBackfillQueued",
    severity="warning",
    expr="matomo_archive_hits_backfill_invalidations > 0\n"
    "and matomo_archive_statement_cache_leak == 1",
    hold="15m",
    summary="Matomo at {{ $labels.instance }} leaks memory for"
    ' {{ $value | printf "%.0f" }} queued rows of the 5.2.0 hits backfill',
    description="The update to Matomo 5.2 queued them. They rebuild only the report Actions_hits of"
    f" past days. {NEEDS}",
    remedy=f"{SAFE} Or delete the backfill, with the statement that matomo-archive-exporter advise"
    " prints.",
    board=uids.MEMORY,
)

MEMORY = Group(
    "matomo-archive-memory",
    (PREDICTED, NEAR, OVERLAP_STORM, MASS_REARCHIVING, HITS_BACKFILL),
)
