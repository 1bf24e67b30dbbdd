"""Queries that more than one board asks. `$instance` is the variable of the board."""

INSTANCE = 'instance=~"$instance"'


def of(metric: str, *matchers: str) -> str:
    """A metric of the instances that are looked at."""
    return f"{metric}{{{','.join((*matchers, INSTANCE))}}}"


def each(query: str) -> str:
    """One value for each instance, whatever other labels there are."""
    return f"sum by (job, instance) ({query})"


def age(metric: str, *matchers: str) -> str:
    """Seconds since a time."""
    return f"time() - {of(metric, *matchers)}"


QUEUED = each(of("matomo_archive_invalidations", 'status="queued"'))
IN_PROGRESS = each(of("matomo_archive_invalidations", 'status="in_progress"'))
RATIO = of("matomo_archive_memory_predicted_ratio", 'run="configured"')
SAFE_BATCH = of("matomo_archive_memory_safe_archives", 'run="configured"')

# An empty queue keeps nobody waiting; without the queue there is no value.
OLDEST_WAITS = (
    f"{age('matomo_archive_oldest_queued_timestamp_seconds')}"
    f"\nor on (job, instance) ({QUEUED} == 0)"
)

# A row that was started or a run that came to its end, whichever was last. Between two batches no
# row is in progress, so starts are remembered for an hour.
_LAST_START = f"max_over_time({of('matomo_archive_newest_started_timestamp_seconds')}[1h])"
_LAST_END = of("matomo_archive_last_run_completed_timestamp_seconds")
SIGN_OF_LIFE = f"time() - (({_LAST_START} > {_LAST_END}) or {_LAST_END} or {_LAST_START})"

# Where a figure is not known yet, so that a panel can say so instead of standing empty.
UNKNOWN = f"{of('matomo_archive_exporter_interval_seconds')} * 0 - 1"

_BUILD = of("matomo_archive_exporter_build_info")
TARGETS = f"{of('up')} and on (job, instance) last_over_time({_BUILD}[1d])"
"""up, of those that have been ours within the last day"""

# To do without the grant on the archive tables is a choice; one metric is missing then.
_COLLECTORS = of("matomo_archive_exporter_collector_success", 'collector!="archives"')
FAILING = f"{_COLLECTORS} == bool 0"

_NET = (
    f"{each('rate(' + of('matomo_archive_removed_invalidations_total') + '[15m])')}"
    f" - {each('rate(' + of('matomo_archive_added_invalidations_total') + '[15m])')}"
)
BACKLOG = 100
"""rows from which on a queue has to drain; fewer may wait for the next run"""
TIME_TO_DRAIN = f"({QUEUED} >= {BACKLOG}) / clamp_min({_NET}, 0)\nor ({QUEUED} < {BACKLOG}) * 0"
"""seconds at the pace of the last 15 minutes; +Inf while more comes than goes, 0 for few rows"""


def a_minute(counter: str) -> str:
    """How many a minute, of all that are looked at."""
    return f"60 * sum(rate({of(counter)}[$__rate_interval]))"


def most(query: str, count: int, labels: str = "job, instance") -> str:
    """The series with the highest values anywhere in the graph: `topk` alone picks anew at every
    step, and its legend has all that were ever picked."""
    highest = f"topk({count}, max_over_time(({query})[$__range:] @ end()))"
    return f"({query})\nand on ({labels}) {highest}"
