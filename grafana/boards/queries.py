"""Queries that several boards share, with the variables of the boards in them."""

from grafana.alerts.settings import SETTINGS
from grafana.alerts.signs import SAME_TARGET

LABELS = ("cluster", "namespace", "job", "instance")
"""labels by which a board chooses exporters; a label that a series lacks matches All"""
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


# A target is an exporter if it showed the exporter's metrics within a week, or by the name of its
# job. A target that Prometheus no longer looks for counts as missing for an hour, so that the
# address of a replaced pod goes.
_BUILD = of("matomo_archive_exporter_build_info")
_UP = of("up")
_JOBS = SETTINGS["exporterJobs"].default
_OURS = of("up", f'job=~"{_JOBS}"')
_LATELY = f"max by ({EACH}) (last_over_time({_BUILD}[1h]))"
_SEEN = (
    f"{_UP} and on ({EACH}) (max by ({EACH}) (present_over_time({_BUILD}[1w:30m])) or {_LATELY})"
)
TARGETS = f"(max by ({EACH}) ({_SEEN} or {_OURS}) or 0 * {_LATELY})"
"""1 for each exporter that answers, 0 for each that is down"""

READABLE = f"max by ({EACH}) ({of('matomo_up')} == 1 and on ({EACH}) {_UP} == 1)"
"""exporters that answer and read the queue; the last values of others prove nothing"""


def now(query: str) -> str:
    """A query without the exporters that are down or cannot read the queue.

    Otherwise functions over time, and for some minutes the page, would show their last values.
    """
    return f"({query}) and on ({EACH}) {READABLE}"


def known(query: str, worry: str = "") -> str:
    """The highest of all instances. Nothing, unless all are known or a known one is a `worry`."""
    found = now(query)
    whole = f"topk(1, {found}) and on () (count({found}) == count({TARGETS}))"
    return f"topk(1, ({found}) {worry})\nor\n{whole}" if worry else whole


def only(query: str) -> str:
    """A query for one instance: nothing if several are chosen."""
    return f"({now(query)}) and on () (count({TARGETS}) == 1)"


# The grant on the archive tables is optional.
_COLLECTORS = of("matomo_archive_exporter_collector_success", 'collector!="archives"')
FAILING = f"sum by ({EACH}) ({_COLLECTORS} == bool 0)"
"""collectors whose last reading failed"""
MISSING = f"count(({TARGETS}) unless on ({EACH}) (({FAILING}) == 0 and on ({EACH}) {READABLE}))"
"""exporters that are down, cannot read the queue, or lack a part of it"""

RUN, SINGLE = 'run="configured"', 'run="single_request"'
QUEUED = each(of("matomo_archive_invalidations", 'status="queued"'))
IN_PROGRESS = each(of("matomo_archive_invalidations", 'status="in_progress"'))
RATIO = of("matomo_archive_memory_predicted_ratio", RUN)
RATIO_NOW = of("matomo_archive_memory_predicted_ratio", 'run="current"')
"""of the current run"""
ENDLESS = 1e15
"""shown for +Inf: a mapping of Grafana 11 needs a number at both ends"""
SAFE_BATCH = f"clamp_max({of('matomo_archive_memory_safe_archives', RUN)}, {ENDLESS:.0f})"

AFTER = of("matomo_archive_memory_exhausted_after_archives", RUN)
SURVIVES = -1
DIES_AFTER = f"{AFTER}\nor on ({EACH}) ({RATIO} < 1) * 0 - 1"
"""archives until memory is exhausted, or SURVIVES"""

# With an empty queue the wait is 0; without the queue there is no value.
OLDEST_WAITS = (
    f"{age('matomo_archive_oldest_queued_timestamp_seconds')}\nor on ({EACH}) ({QUEUED} == 0)"
)

# The last start of a row or end of a run. Between two batches no row is in progress, so starts
# are remembered for an hour.
_LAST_START = f"max_over_time({of('matomo_archive_newest_started_timestamp_seconds')}[1h])"
_LAST_END = of("matomo_archive_last_run_completed_timestamp_seconds")
SIGN_OF_LIFE = f"time() - (({_LAST_START} > {_LAST_END}) or {_LAST_END} or {_LAST_START})"
COMPLETED = age("matomo_archive_last_run_completed_timestamp_seconds")

_DEATH = age("matomo_archive_log_last_memory_exhausted_timestamp_seconds", 'role="archiver"')
_DEATHS = of("matomo_archive_log_events_total", 'event="memory_exhausted_archiver"')
DEATH = f"{_DEATH}\nor on ({EACH}) {_DEATHS} * 0 - 1"
"""seconds since the last death in the log; -1 if the log has none"""
LAST_DEATH = f"bottomk(1, {now(_DEATH)})\nor on () {known(DEATH)}"
"""the same for the last death at any instance"""

# For a figure that is not known yet, so that the panel is not empty.
UNKNOWN = f"{of('matomo_archive_exporter_interval_seconds')} * 0 - 1"

_NET = (
    f"{each('rate(' + of('matomo_archive_removed_invalidations_total') + '[15m])')}"
    f" - {each('rate(' + of('matomo_archive_added_invalidations_total') + '[15m])')}"
)
BACKLOG = 100
"""fewer queued rows may wait for the next run"""
TIME_TO_DRAIN = (
    f"clamp_max(({QUEUED} >= {BACKLOG}) / clamp_min({_NET}, 0), {ENDLESS:.0f})"
    f"\nor ({QUEUED} < {BACKLOG}) * 0"
)
"""seconds at the rate of the last 15 minutes; endless while the queue grows, 0 for few rows"""


def a_minute(counter: str) -> str:
    """The increase per minute, of all chosen instances."""
    return f"60 * sum(rate({of(counter)}[$__rate_interval]))"


def most(query: str, count: int, labels: str = EACH) -> str:
    """The series with the highest values in the graph. `topk` alone picks others at every step, and
    the legend then has all of them."""
    highest = f"topk({count}, max_over_time(({query})[$__range:] @ end()))"
    return f"({query})\nand on ({labels}) {highest}"
