"""Everything about the alerts that an operator may want otherwise, in one block.

Rules name a setting as `<itsName>`; what replaces it is text, as PromQL and Prometheus' durations
write it. A chart, or `python -m grafana rules --set NAME=VALUE`, puts in other values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"<([a-z][A-Za-z]+)>")


@dataclass(frozen=True, slots=True)
class Setting:
    """A default, and what it means."""

    default: str
    meaning: str


SETTINGS: Mapping[str, Setting] = {
    "memoryRatioPage": Setting(
        "1", "page from this part of what PHP can use of its memory limit: at 1 the run dies"
    ),
    "memoryRatioWarning": Setting("0.8", "warn from this part of the limit"),
    "memoryPredictedFor": Setting("5m", "how long a forecast must stay bad"),
    "runDyingFor": Setting("2m", "how long the forecast of the run going on must stay bad"),
    "archiveMaxSeconds": Setting(
        "3600", "longest time that one archive may take: rows in progress for longer were left"
    ),
    "diedFor": Setting("10m", "how long the queue must look as if core:archive had died"),
    "overlapShare": Setting("0.5", "part of the predicted memory that skips may cause"),
    "overlapRatio": Setting("0.5", "skips matter from this part of the usable memory limit"),
    "stalledFor": Setting("2h", "time that core:archive may work without any row going"),
    "stalledRows": Setting(
        "10", "rows that may stay in the queue although run after run completes"
    ),
    "runsEverySeconds": Setting(
        "5400", "runs that begin at least so often count as work without a pause"
    ),
    "completedWithinSeconds": Setting(
        "93600", "longest time between two completed runs, and that a death in the log is looked at"
    ),
    "oldestWithinSeconds": Setting("93600", "longest time that a row may wait"),
    "notDrainingRows": Setting("100", "rows that are no backlog yet"),
    "notDrainingSeconds": Setting("21600", "time that the oldest row of a backlog may wait"),
    "stuckFor": Setting("2h", "time that the next runs have to recover rows in progress"),
    "durationFactor": Setting("3", "mean duration of archives, against that of the week"),
    "durationSeconds": Setting("60", "archives may take this long, however long they took before"),
    "durationArchives": Setting("10", "archives from which on a mean says something"),
    "exporterJobs": Setting(
        "matomo|matomo-archive-exporter", "jobs of exporters, also of those that never came up"
    ),
    "exporterDownFor": Setting("15m", "how long the exporter or its database may be away"),
    "collectorFailingFor": Setting("1h", "how long a collector may fail"),
    "clockOffSeconds": Setting("60", "how far the database's clock may be off UTC"),
    "keepFiringFor": Setting(
        "10m", "how long a page outlives its cause: a restart of the exporter does not end it"
    ),
    "runbookUrl": Setting(
        "https://github.com/matomo-archive-exporter/matomo-archive-exporter/blob/main/docs/alerts",
        "where the runbooks are",
    ),
    "grafanaUrl": Setting("http://localhost:3000", "where Grafana is"),
}


class UnknownSetting(ValueError):  # noqa: N818 - a state, as FileNotFound is
    """A name that is no setting; the text says which, and which there are."""


def chosen(changes: Mapping[str, str]) -> dict[str, str]:
    """Every setting by its name, with these changes. Raises UnknownSetting."""
    for name in changes:
        if name not in SETTINGS:
            raise UnknownSetting(f"no setting {name!r}; there are {', '.join(SETTINGS)}")
    return {name: changes.get(name, setting.default) for name, setting in SETTINGS.items()}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put settings in their places. Raises KeyError for a place that is no setting."""
    return _PLACE.sub(lambda place: values[place[1]], text)


def places(text: str) -> set[str]:
    """The settings that a text asks for."""
    return set(_PLACE.findall(text))
