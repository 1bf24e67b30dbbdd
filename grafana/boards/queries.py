"""Queries that more than one board asks, and the variables of the boards in them."""

from grafana.alerts.settings import SETTINGS
from grafana.alerts.signs import SAME_TARGET

LABELS = ("cluster", "namespace", "job", "instance")
"""what an exporter is chosen by; a label that a series lacks matches All"""
CHOSEN = ",".join(f'{label}=~"${label}"' for label in LABELS)
EACH = SAME_TARGET
"""labels that identify one exporter"""


def of(metric: str, *matchers: str) -> str:
    """A metric of the chosen instances."""
    return f"{metric}{{{','.join((*matchers, CHOSEN))}}}"


def each(query: str) -> str:
    """One value for each instance."""
    return f"sum by ({EACH}) ({query})"


def age(metric: str, *matchers: str) -> str:
    """Seconds since a time."""
    return f"time() - {of(metric, *matchers)}"


# A target counts by what it has shown within a week, or by the name of its job. One that is not
# even looked for any more is missed for an hour: an address that a new pod has left goes then.
_BUILD = of("matomo_archive_exporter_build_info")
_UP = of("up")
_JOBS = SETTINGS["exporterJobs"].default
_OURS = of("up", f'job=~"{_JOBS}"')
_LATELY = f"max by ({EACH}) (last_over_time({_BUILD}[1h]))"
_SEEN = (
    f"{_UP} and on ({EACH}) (max by ({EACH}) (present_over_time({_BUILD}[1w:30m])) or {_LATELY})"
)
TARGETS = f"(max by ({EACH}) ({_SEEN} or {_OURS}) or 0 * {_LATELY})"
"""1 for each exporter that answers, 0 for each that is away"""

READABLE = f"max by ({EACH}) ({of('matomo_up')} == 1 and on ({EACH}) {_UP} == 1)"
"""exporters that answer and read the queue: what others last said proves nothing now"""


def now(query: str) -> str:
    """A query without the exporters that are away or cannot read the queue.

    Their last values would live on in functions over time and, for some minutes, on their page.
    """
    return f"({query}) and on ({EACH}) {READABLE}"


def known(query: str, worry: str = "") -> str:
    """The highest of all instances; nothing unless all are known, or a known one is a `worry`."""
    found = now(query)
    whole = f"topk(1, {found}) and on () (count({found}) == count({TARGETS}))"
    return f"topk(1, ({found}) {worry})\nor\n{whole}" if worry else whole


def only(query: str) -> str:
    """What belongs to one instance: nothing where several are looked at."""
    return f"({now(query)}) and on () (count({TARGETS}) == 1)"


# To do without the grant on the archive tables is a choice; one metric is missing then.
_COLLECTORS = of("matomo_archive_exporter_collector_success", 'collector!="archives"')
FAILING = f"sum by ({EACH}) ({_COLLECTORS} == bool 0)"
"""collectors whose last reading failed"""
MISSING = f"count(({TARGETS}) unless on ({EACH}) (({FAILING}) == 0 and on ({EACH}) {READABLE}))"
"""exporters that are away, cannot read the queue, or lack a part of it"""

RUN, SINGLE = 'run="configured"', 'run="single_request"'
QUEUED = each(of("matomo_archive_invalidations", 'status="queued"'))
IN_PROGRESS = each(of("matomo_archive_invalidations", 'status="in_progress"'))
RATIO = of("matomo_archive_memory_predicted_ratio", RUN)
RATIO_NOW = of("matomo_archive_memory_predicted_ratio", 'run="current"')
"""of the run that is going on"""
ENDLESS = 1e15
"""shown for +Inf: a mapping of Grafana 11 needs a number at both ends"""
SAFE_BATCH = f"clamp_max({of('matomo_archive_memory_safe_archives', RUN)}, {ENDLESS:.0f})"

AFTER = of("matomo_archive_memory_exhausted_after_archives", RUN)
SURVIVES = -1
DIES_AFTER = f"{AFTER}\nor on ({EACH}) ({RATIO} < 1) * 0 - 1"
"""archives until memory is exhausted, or that it is not"""

# An empty queue keeps nobody waiting; without the queue there is no value.
OLDEST_WAITS = (
    f"{age('matomo_archive_oldest_queued_timestamp_seconds')}\nor on ({EACH}) ({QUEUED} == 0)"
)

# A row that was started or a run that ended, whichever was last. Between two batches no row is in
# progress, so starts are remembered for an hour.
_LAST_START = f"max_over_time({of('matomo_archive_newest_started_timestamp_seconds')}[1h])"
_LAST_END = of("matomo_archive_last_run_completed_timestamp_seconds")
SIGN_OF_LIFE = f"time() - (({_LAST_START} > {_LAST_END}) or {_LAST_END} or {_LAST_START})"
COMPLETED = age("matomo_archive_last_run_completed_timestamp_seconds")

_DEATH = age("matomo_archive_log_last_memory_exhausted_timestamp_seconds", 'role="archiver"')
_DEATHS = of("matomo_archive_log_events_total", 'event="memory_exhausted_archiver"')
DEATH = f"{_DEATH}\nor on ({EACH}) {_DEATHS} * 0 - 1"
"""seconds since core:archive died by its log; -1 where a log that is followed has no death"""
LAST_DEATH = f"bottomk(1, {now(_DEATH)})\nor on () {known(DEATH)}"
"""the same of the last one at any instance"""

# Where a figure is not known yet, so that a panel can say so instead of being empty.
UNKNOWN = f"{of('matomo_archive_exporter_interval_seconds')} * 0 - 1"

_NET = (
    f"{each('rate(' + of('matomo_archive_removed_invalidations_total') + '[15m])')}"
    f" - {each('rate(' + of('matomo_archive_added_invalidations_total') + '[15m])')}"
)
BACKLOG = 100
"""rows from which on a queue has to drain; fewer may wait for the next run"""
TIME_TO_DRAIN = (
    f"clamp_max(({QUEUED} >= {BACKLOG}) / clamp_min({_NET}, 0), {ENDLESS:.0f})"
    f"\nor ({QUEUED} < {BACKLOG}) * 0"
)
"""seconds at the pace of the last 15 minutes; endless while more comes than goes, 0 for few rows"""


def a_minute(counter: str) -> str:
    """How many a minute, of all that are looked at."""
    return f"60 * sum(rate({of(counter)}[$__rate_interval]))"


def most(query: str, count: int, labels: str = EACH) -> str:
    """The series with the highest values anywhere in the graph: `topk` alone picks others at every
    step, and its legend has all that were ever picked."""
    highest = f"topk({count}, max_over_time(({query})[$__range:] @ end()))"
    return f"({query})\nand on ({labels}) {highest}"
