"""Every metric there can be, from readings in which every value is present."""

import time
from collections.abc import Callable, Iterator

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.queue import QueueGroup, summarise
from matomo_archive_exporter.matomo.turnover import begin
from matomo_archive_exporter.readings.archives import ArchivesReading
from matomo_archive_exporter.readings.connection import Connection
from matomo_archive_exporter.readings.queue import QueueReading
from matomo_archive_exporter.readings.runs import RunsReading
from matomo_archive_exporter.readings.server import Server
from matomo_archive_exporter.settings.options import CollectSettings, DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.target import Target

_SERVER = Server("mariadb", "10.11.6-MariaDB", "2024-12-20 12:00:00", 1734696000, 0, "5.2.0")
_GROUPS = (
    QueueGroup(0, 1, "done", None, rows=3, oldest_invalidated=1734680000),
    QueueGroup(1, 1, "done", None, rows=1, oldest_started=1734690000, newest_started=1734690000),
)
_RUNS = RunsReading(1734690000, 1734691000, 0, 0, 0, ())
_ARCHIVES = ArchivesReading({"day": 1734690000})


def _gives(value: object) -> Callable[[Connection, Server], object]:
    return lambda connection, server: value


def every_family() -> Iterator[Metric]:
    """The families of a target on which nothing is missing, site label included."""
    settings = Settings(
        database=DatabaseSettings(username="exporter"), collect=CollectSettings(top_sites=1)
    )
    target = Target(settings)
    queue = QueueReading(summarise(_GROUPS), 1, {1: 3}, begin(4, 4), _SERVER)
    for collector, value in zip(target.collectors, (queue, _RUNS, _ARCHIVES), strict=True):
        collector.read = _gives(value)
        collector.run(None, _SERVER)  # type: ignore[arg-type]
        assert collector.is_fresh(time.monotonic(), 60)
    yield from target.families(with_process=False)
