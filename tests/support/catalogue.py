"""Every metric there can be, from readings in which every value is present."""

from collections.abc import Iterable

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.queue.queue import QueueGroup
from tests.support.readings import queue_reading
from tests.support.targets import QUEUED, finds, read_once, target_with

_STARTED = QueueGroup(1, 1, "done", None, 1, oldest_started=1000, newest_started=1000)


def every_family() -> Iterable[Metric]:
    """The families of a target on which nothing is missing, site label included."""
    target = target_with({"log_file": "/log", "proc_path": "/proc"}, top_sites=1)
    read_once(target, queue=finds(queue_reading(QUEUED, _STARTED)))
    return target.families(with_process=False)
