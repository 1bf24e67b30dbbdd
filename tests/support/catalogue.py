"""All metrics, from readings in which every value is present."""

from collections.abc import Iterable

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.queue.queue import QueueGroup
from matomo_archive_exporter.matomo.runs.score import Compared, Score
from matomo_archive_exporter.settings.options import WebSettings
from tests.support.current_runs import current_run
from tests.support.readings import queue_reading
from tests.support.targets import QUEUED, finds, read_once, target_with

_URL = "https://exporter.example.org"
_COMPARED = Compared(2, 1)
_RUN = current_run(scored=1, score=Score(1, _COMPARED, _COMPARED, _COMPARED))
_STARTED = QueueGroup(1, 1, "done", None, 1, oldest_started=1000, newest_started=1000)


def every_family() -> Iterable[Metric]:
    """The families of a target on which nothing is missing, site label included."""
    target = target_with({"log_file": "/log", "proc_path": "/proc"}, top_sites=1)
    target.settings = target.settings.model_copy(update={"web": WebSettings(external_url=_URL)})
    reads = {"queue": finds(queue_reading(QUEUED, _STARTED)), "current_run": finds(_RUN)}
    read_once(target, **reads)
    return target.families(with_process=False)
