"""Alerts on the memory of the next run: that it will die of it, and why."""

from grafana import uids
from grafana.alerts.figures import COUNT, figure, size
from grafana.alerts.rule import Alert, Group

_CONFIGURED = "run='configured'"
_SINGLE = "run='single_request'"
_REARCHIVING = "source='rearchiving'"
_RATIO = 'max without (run) (matomo_archive_memory_predicted_ratio{run="configured"})'
_PEAK = 'max without (run) (matomo_archive_memory_predicted_peak_bytes{{run="{}"}})'
_TIMES = (
    '{{ if le $value 10.0 }} That is {{ $value | printf "%.2f" }} times what PHP can use of it.'
    "{{ end }}"
)
_SAFE = "matomo_archive_memory_safe_archives"

_AT_MOST = figure(
    _SAFE,
    _CONFIGURED,
    where=f"== 0 and on (job, instance, run) {_SAFE}_if_visited > 0",
    text=" at most (it is not known which rows have visits)",
    fallback="",
)
_AFTER = "matomo_archive_memory_exhausted_after"
_BUILT = "matomo_archive_predicted_archives"
# Each part is there where its figure is: none without a death, the time where the rate is known.
PLACE = figure(
    f"{_AFTER}_archives",
    _CONFIGURED,
    form=COUNT,
    text="The next run dies after {} of ",
    fallback="",
) + "".join(
    figure(metric, labels, form=form, where=where, text=text, fallback="")
    for metric, labels, form, where, text in (
        (_BUILT, _CONFIGURED, COUNT, f"and {_AFTER}_archives", "{} archives"),
        (
            f"{_AFTER}_archives",
            _CONFIGURED,
            COUNT,
            f"/ {_BUILT} * 100",
            " ({} %)",
        ),
        (f"{_AFTER}_sites", _CONFIGURED, COUNT, "", ", at site {}"),
        (
            "matomo_archive_next_run_sites",
            "",
            COUNT,
            f"and on (job, instance) {_AFTER}_sites",
            " of {}",
        ),
        (
            f"{_AFTER}_seconds",
            _CONFIGURED,
            "humanizeDuration",
            "",
            ", about {} after its start",
        ),
        (f"{_AFTER}_archives", _CONFIGURED, COUNT, "", ". "),
    )
)
"""where it dies: "The next run dies after 3720 of 179185 archives (2 %), at site 16 of 700. " """
_NEEDED = figure(
    "matomo_archive_memory_predicted_ratio",
    _CONFIGURED,
    where="> 10",
    text="more than 10 times what PHP can use",
    fallback=size("matomo_archive_memory_predicted_peak_bytes", _CONFIGURED),
)
NEEDS = (
    f"{PLACE}The next core:archive needs {_NEEDED}{_AT_MOST}"
    f" for {figure('matomo_archive_predicted_archives', _CONFIGURED, form=COUNT)} archives;"
    " memory_limit is "
    + figure(
        "matomo_archive_memory_limit_bytes",
        where="== Inf",
        text="unlimited",
        fallback=size("matomo_archive_memory_limit_bytes"),
    )
    + figure(
        "matomo_archive_memory_limit_assumed",
        where="== 1",
        text=" (assumed)",
        fallback="",
    )
    + "."
)
_IF_VISITED = figure(
    f"{_SAFE}_if_visited",
    _CONFIGURED,
    form=COUNT,
    where="> 0",
    text="If nearly all rows have visits, which is not known, a run with"
    " --max-archives-to-process={} stays below 80 % of the limit.",
    fallback="No archive limit is known to keep a run below 80 % of the limit.",
)
_LIMITED = figure(
    _SAFE,
    _CONFIGURED,
    form=COUNT,
    where="> 0",
    text="Add --max-archives-to-process={} to how core:archive is run (Matomo 4.7.0 and later), and"
    " let runs follow one another: each stays below 80 % of the limit.",
    fallback=_IF_VISITED,
)
SAFE_BATCH = (
    figure(
        _SAFE,
        _CONFIGURED,
        where="== Inf",
        text="What is queued now fits the memory of one run.",
        fallback=_LIMITED,
    )
    + " All remedies, with what they save: matomo-archive-exporter advise"
)
"""What to run, with the archive limit that is safe."""

PREDICTED = Alert(
    name="MatomoArchiveMemoryExhaustionPredicted",
    severity="page",
    expr=f"{_RATIO} >= <memoryRatioPage>\nand matomo_archive_memory_limit_assumed == 0",
    hold="<memoryPredictedFor>",
    summary="The next core:archive of {{ $labels.instance }} will run out of memory",
    description=f"{NEEDS}{_TIMES} The run dies, and reports stop being built.",
    remedy=SAFE_BATCH,
    board=uids.MEMORY,
)

# The ratio is that of what PHP can use, 98 % of the limit; an archive limit that is called safe
# keeps a run below 80 % of the limit itself. Whoever does as told is not warned any more.
NEAR = Alert(
    name="MatomoArchiveMemoryExhaustionPredicted",
    severity="warning",
    expr=f"{_RATIO} >= <memoryRatioWarning>\n"
    f"unless {_PEAK.format('configured')}\n"
    "  < <memoryRatioWarning> * matomo_archive_memory_limit_bytes",
    hold="<memoryPredictedFor>",
    summary="The next core:archive of {{ $labels.instance }} may run out of memory",
    description=f"{NEEDS}{_TIMES} A run that needs all of it dies.",
    remedy=SAFE_BATCH
    + figure(
        "matomo_archive_memory_limit_assumed",
        where="== 1",
        text=". Tell the exporter the true limit: --archiver.memory-limit",
        fallback="",
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
    summary="Overlapping periods cost core:archive of {{ $labels.instance }} most of its memory",
    description=f"The next run skips {figure('matomo_archive_predicted_skips', _CONFIGURED)} times"
    " a row that overlaps one of the same batch. Those skips make up"
    " {{ $value | humanizePercentage }} of the memory that it needs:"
    f" {size('matomo_archive_memory_predicted_peak_bytes', _CONFIGURED)} as configured,"
    f" {size('matomo_archive_memory_predicted_peak_bytes', _SINGLE)} with one"
    " concurrent request.",
    remedy="Run core:archive with --concurrent-requests-per-website=1 until the queue is small."
    f" {SAFE_BATCH}",
    board=uids.MEMORY,
)

MASS_REARCHIVING = Alert(
    name="MatomoArchiveMassRearchivingScheduled",
    severity="info",
    expr="matomo_archive_pending_rearchivings > 0",
    hold="1m",
    summary="Mass re-archivings are scheduled at {{ $labels.instance }}",
    description="{{ $value }} of them, which come to"
    f" {figure('matomo_archive_expected_invalidations', _REARCHIVING)} rows more"
    f" than the queue holds now. {NEEDS}",
    remedy="Run matomo-archive-exporter advise before the next run begins.",
    board=uids.MEMORY,
)

HITS_BACKFILL = Alert(
    name="MatomoArchiveHitsBackfillQueued",
    severity="warning",
    expr="matomo_archive_hits_backfill_invalidations > 0\n"
    "and matomo_archive_statement_cache_leak == 1",
    hold="15m",
    summary="Matomo at {{ $labels.instance }} works off the 5.2.0 hits backfill and leaks memory",
    description='{{ $value | printf "%.0f" }}'
    " queued rows rebuild nothing but the report Actions_hits of"
    " past days, as updating to 5.2 asks for, and this Matomo keeps every statement in memory."
    f" {NEEDS}",
    remedy="Limit the runs, or delete the backfill; matomo-archive-exporter advise prints the"
    f" statement and its effect. {SAFE_BATCH}",
    board=uids.MEMORY,
)

MEMORY = Group(
    "matomo-archive-memory",
    (PREDICTED, NEAR, OVERLAP_STORM, MASS_REARCHIVING, HITS_BACKFILL),
)
