"""The accuracy of forecasts on recorded runs, and their cost."""

import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from benchmarks.database import Loaded, loaded
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import forecast
from matomo_archive_exporter.readings.simulation.forecast import ForecastMemory
from matomo_archive_exporter.settings.values import PDO, parse_memory
from matomo_archive_exporter.what_if.simulate import SimulationResult, of_file
from tests.support import later_runs, recorded_runs

_ACCURACY = """\
| recorded run | requests | started | skips | SELECTs | texts | peak, MB | recorded, MB | ratio |
|---|---|---|---|---|---|---|---|---|"""
_COST = """\
| set | Matomo | memory_limit | rows read | seconds | of which in the database | exact |
|---|---|---|---|---|---|---|"""


def accuracy() -> Iterator[str]:
    """Yield every recorded run: all rows count as having visits, and no segment as foreign."""
    yield _ACCURACY
    with tempfile.TemporaryDirectory() as folder:
        for name in recorded_runs.names():
            run = recorded_runs.load(name)
            actual = {field.name: getattr(run, field.name) for field in fields(run)}
            yield _compared(name, actual, _simulate(run.queue_file(Path(folder)), actual))
        for name in later_runs.names():
            later = later_runs.load(name)
            if later.queue_text:
                queue = later.queue_file(Path(folder))
                yield _compared(name, later.totals, _simulate(queue, later.totals))


def _simulate(queue: Path, actual: Mapping[str, Any]) -> SimulationResult:
    limit = parse_memory(actual["memory_limit"])
    config = ArchiverConfig(actual["adapter"], actual["concurrent_requests"], memory_limit=limit)
    return of_file(queue, config, actual["matomo"])


def _compared(name: str, actual: Mapping[str, Any], result: SimulationResult) -> str:
    configured = result.forecast.configured
    totals = configured.death or configured.totals
    figures = (
        (totals.taken, actual["taken"]),
        (totals.skips, actual["overlap_skips"]),
        (totals.selects, actual["selects"]),
        (totals.texts, actual["distinct_select_texts"]),
    )
    cells = [f"{found:,} / {'?' if real is None else f'{real:,}'}" for found, real in figures]
    peak = actual["peak_bytes"]
    return (
        f"| {name} | {actual['concurrent_requests']} | {' | '.join(cells)}"
        f" | {totals.peak / 1e6:.1f} | {peak / 1e6:.1f} | {totals.peak / peak:.3f} |"
    )


def cost(name: str) -> Iterator[str]:
    """Yield the cost of a simulation without a limit, and with one of 128M."""
    yield _COST
    with loaded(name) as database:
        for version, limit in (("5.2.0", "-1"), ("5.2.0", "128M"), ("5.3.0", "-1")):
            yield _simulated(database, version, limit)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield f"\n- peak resident memory of the process that did it: {peak:.0f} MiB"


def _simulated(database: Loaded, version: str, limit: str) -> str:
    config = ArchiverConfig(PDO, memory_limit=parse_memory(limit), most_rows=2_000_000)
    with connect(database.settings) as connection:
        facts = server.read(connection)
        connection.busy = 0.0
        begun = time.monotonic()
        found = forecast.read(connection, facts, config, RunsReading(version), ForecastMemory())
        seconds = time.monotonic() - begun
    assert found.forecast is not None
    totals = found.forecast.configured.totals
    rows = totals.archives + totals.duplicates + totals.deleted
    return (
        f"| {database.name} | {version} | {limit} | {rows:,} | {seconds:.2f}"
        f" | {connection.busy:.2f} | {'yes' if found.forecast.is_exact else 'no'} |"
    )
