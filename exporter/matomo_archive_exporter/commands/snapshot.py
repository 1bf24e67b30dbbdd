"""Everything that one reading finds, for commands that explain rather than export it."""

from contextlib import closing
from dataclasses import dataclass

from matomo_archive_exporter.collecting.refresh import read_target
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.overlaps.overlaps import OverlapsReading
from matomo_archive_exporter.readings.queue.queue import QueueReading
from matomo_archive_exporter.readings.runs.archives import ArchivesReading
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation.forecast import ForecastReading
from matomo_archive_exporter.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One reading; None for what could not be read, of which the log says why."""

    queue: QueueReading
    runs: RunsReading | None
    archives: ArchivesReading | None
    overlaps: OverlapsReading | None
    forecast: ForecastReading | None


def take(settings: Settings) -> Snapshot:
    """Read once. Raises ReadingError when not even the queue can be read."""
    target = Target(settings)
    with closing(target):
        read_target(target)
    if target.queue.last_value is None:
        raise ReadingError("unreachable", "the queue could not be read")
    return Snapshot(
        queue=target.queue.last_value,
        runs=target.runs.last_value,
        archives=target.archives.last_value,
        overlaps=target.expensive.overlaps.last_value,
        forecast=target.expensive.forecast.last_value,
    )
