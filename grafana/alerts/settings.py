"""The settings of the alerts: every limit and address that an operator may change.

Rules contain a setting as `<itsName>`. Its value is text in the form that PromQL expects. The
chart, or `python -m grafana rules --set NAME=VALUE`, sets other values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"<([a-z][A-Za-z]+)>")


@dataclass(frozen=True, slots=True)
class Setting:
    """The default and the meaning of a setting."""

    default: str
    meaning: str


SETTINGS: Mapping[str, Setting] = {
    "memoryRatioPage": Setting(
        "1", "page from this share of the memory that PHP may use: at 1 the run dies"
    ),
    "memoryRatioWarning": Setting("0.8", "warn from this share of it"),
    "memoryPredictedFor": Setting("5m", "how long the forecast for the next run must stay bad"),
    "runDyingFor": Setting("2m", "how long the forecast for the current run must stay bad"),
    "archiveMaxSeconds": Setting(
        "3600", "longest time for one archive: rows in progress for longer are left over"
    ),
    "diedFor": Setting("10m", "how long the queue must show that core:archive died"),
    "overlapShare": Setting(
        "0.5", "warn when skips cause more than this share of the predicted memory"
    ),
    "overlapRatio": Setting("0.5", "ignore skips below this share of the memory that PHP may use"),
    "stalledFor": Setting("2h", "how long core:archive may work while no row leaves the queue"),
    "stalledRows": Setting("10", "rows that may stay in the queue while runs follow one another"),
    "runsEverySeconds": Setting(
        "5400", "runs that start at least this often count as work without a pause"
    ),
    "completedWithinSeconds": Setting(
        "93600", "longest time between two completed runs; also how long a death in the log counts"
    ),
    "oldestWithinSeconds": Setting("93600", "longest wait of a row"),
    "notDrainingRows": Setting("100", "ignore queues with fewer rows"),
    "notDrainingSeconds": Setting("21600", "longest wait of the oldest row of a larger queue"),
    "stuckFor": Setting("2h", "time for the next runs to recover rows in progress"),
    "durationFactor": Setting("3", "warn when archives take this many times the mean of the week"),
    "durationSeconds": Setting("60", "ignore mean durations below this"),
    "durationArchives": Setting("10", "archives that a mean needs"),
    "exporterJobs": Setting(
        "matomo|matomo-archive-exporter",
        "jobs of exporters (a regular expression), also those never seen up",
    ),
    "exporterDownFor": Setting("15m", "how long the exporter or its database may be down"),
    "collectorFailingFor": Setting("1h", "how long a collector may fail"),
    "clockOffSeconds": Setting("60", "largest offset of the database's clock from UTC"),
    "keepFiringFor": Setting(
        "10m", "how long a page outlives its cause, so that it survives a restart of the exporter"
    ),
    "runbookUrl": Setting(
        "https://github.com/matomo-archive-exporter/matomo-archive-exporter/blob/main/docs/alerts",
        "address of the runbooks",
    ),
    "grafanaUrl": Setting("http://localhost:3000", "address of Grafana"),
}


class UnknownSetting(ValueError):  # noqa: N818 - a state, as FileNotFound is
    """An unknown setting; the text names it and lists the known ones."""


def chosen(changes: Mapping[str, str]) -> dict[str, str]:
    """Every setting by its name, with these changes. Raises UnknownSetting."""
    for name in changes:
        if name not in SETTINGS:
            raise UnknownSetting(f"unknown setting {name!r}; known: {', '.join(SETTINGS)}")
    return {name: changes.get(name, setting.default) for name, setting in SETTINGS.items()}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace each `<setting>` by its value. Raises KeyError for an unknown setting."""
    return _PLACE.sub(lambda place: values[place[1]], text)


def places(text: str) -> set[str]:
    """The settings in a text."""
    return set(_PLACE.findall(text))
