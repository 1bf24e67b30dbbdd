"""Readings made by hand, and the page that shows them."""

from collections.abc import Iterable
from dataclasses import replace

from prometheus_client.core import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from matomo_archive_exporter.matomo.archiver.log_event import EVENTS
from matomo_archive_exporter.matomo.calendar import LABELS
from matomo_archive_exporter.matomo.durations.durations import FinishedArchive, Histogram
from matomo_archive_exporter.matomo.queue.queue import QueueGroup, summarise
from matomo_archive_exporter.matomo.queue.turnover import Turnover
from matomo_archive_exporter.matomo.rules_basis import RulesBasis
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, RunForecast
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.version import behaviour
from matomo_archive_exporter.readings.archiver.log import LogReading
from matomo_archive_exporter.readings.archiver.processes import Process, ProcessesReading
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.durations.durations import DurationsReading
from matomo_archive_exporter.readings.overlaps.overlaps import OverlapsReading
from matomo_archive_exporter.readings.queue.queue import QueueReading
from matomo_archive_exporter.readings.runs.archives import ArchivesReading
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation.forecast import ForecastReading
from matomo_archive_exporter.web.formats import render

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]

SERVER = Server(
    kind="mariadb",
    version="10.11.6-MariaDB",
    utc_now="2024-12-20 12:00:00",
    unix_now=1_734_696_000,
    utc_offset=3600,
)
RUNS = RunsReading(
    matomo_version="5.2.0",
    started=1000,
    completed=1600,
    sites_remaining=0,
    rearchivings=(ReArchiving(None, None, None, None, None),) * 2,
    remembered=frozenset({(1, "2024-12-18"), (1, "2024-12-17"), (2, "2024-12-18")}),
    warnings=(),
)
OVERLAPS = OverlapsReading(
    {"day": 0, "week": 30, "month": 7, "year": 1, "range": 0},
    2,
    {"site_deleted": 5, "segment_not_archived": 6, "before_site_creation": 7},
)
FORECAST = ForecastReading(
    ArchiverConfig("PDO\\MYSQL", memory_limit=128 * 1024**2, archives_per_hour=100.0),
    behaviour("5.2.0", "PDO\\MYSQL"),
    Forecast(
        configured=RunForecast(
            Totals(archives=250, skips=35, selects=290, peak=160_000_000),
            Totals(archives=200, peak=132_000_000, sites=16),
            180,
        ),
        single_request=RunForecast(Totals(archives=250, selects=251, peak=90_000_000), None, None),
        full_queue_peak=160_000_000,
        lowest_peak=160_000_000,
        rearchived=240,
        knows_added=True,
        daily=6,
        is_exact=True,
        knows_visits=True,
    ),
    rules=RulesBasis("5.2.0", "run"),
    run_sites=700,
)
CURRENT_RUN = CurrentRun(0)
DURATIONS = DurationsReading(
    "database",
    {("day", "all_visits"): FinishedArchive("day", "all_visits", 12.0, 1000)},
    {label: Histogram() for label in LABELS.values()},
)
LOG = LogReading(
    dict.fromkeys(EVENTS, 3) | {"overlap_skip": None},
    {"archiver": 1000, "request": 900},
    {},
    (),
    {True: 50, False: 2},
)
PROCESSES = ProcessesReading(
    (Process(10, 1, "archiver", 200_000_000), Process(11, 10, "request", 90_000_000))
)
ARCHIVES = ArchivesReading({"day": 1000, "year": 900})


def queue_reading(*groups: QueueGroup, **changes: object) -> QueueReading:
    """A first reading of a queue that holds these groups."""
    facts = summarise(groups)
    reading = QueueReading(facts, 1, {1: facts.total}, Turnover(facts.total, facts.total), SERVER)
    return replace(reading, **changes)  # type: ignore[arg-type]


def series_in_text(families: Iterable[Metric]) -> Series:
    """Values by name and labels, as Prometheus parses the page in the text format."""
    return _series(text_string_to_metric_families(render(families, 0).bodies["text"].decode()))


def series_in_openmetrics(families: Iterable[Metric]) -> Series:
    """The same for OpenMetrics."""
    text = render(families, 0).bodies["openmetrics"].decode()
    return _series(openmetrics_parser.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]


def _series(families: Iterable[Metric]) -> Series:
    found: Series = {}
    for sample in (sample for family in families for sample in family.samples):
        key = (sample.name, frozenset(sample.labels.items()))
        assert key not in found, f"{key} is there twice"
        found[key] = sample.value
    return found


def of(series: Series, name: str) -> dict[tuple[str, ...], float]:
    """The series of one name, by their label values in the order of the label names."""
    return {
        tuple(value for _, value in sorted(labels)): number
        for (found, labels), number in series.items()
        if found == name
    }
