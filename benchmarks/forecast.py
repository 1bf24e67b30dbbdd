"""How near forecasts come to recorded runs, and what they cost."""

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.database import Loaded, loaded
from matomo_archive_exporter.readings import forecast, server
from matomo_archive_exporter.readings.connection import connect
from matomo_archive_exporter.readings.forecast import Archiver, ForecastMemory, Known
from matomo_archive_exporter.settings.values import PDO, parse_memory
from matomo_archive_exporter.whatif.question import Answer, of_file
from tests.support import recorded_runs
from tests.support.recorded_runs import RecordedRun

_ACCURACY = """\
| recorded run | requests | archives | skips | SELECTs | texts | peak, MB | recorded, MB | ratio |
|---|---|---|---|---|---|---|---|---|"""
_COST = """\
| set | Matomo | memory_limit | rows read | seconds | of which in the database | exact |
|---|---|---|---|---|---|---|"""


def accuracy() -> Iterator[str]:
    """Every recorded run from its queue: all rows count as having visits, no segment is foreign."""
    yield _ACCURACY
    with tempfile.TemporaryDirectory() as folder:
        for name in recorded_runs.names():
            run = recorded_runs.load(name)
            yield _compared(run, _answer(run, Path(folder)))


def _answer(run: RecordedRun, folder: Path) -> Answer:
    archiver = Archiver(
        run.adapter, run.concurrent_requests, memory_limit=parse_memory(run.memory_limit)
    )
    return of_file(run.queue_file(folder), archiver, run.matomo)


def _compared(run: RecordedRun, answer: Answer) -> str:
    configured = answer.forecast.configured
    totals = configured.death or configured.totals
    figures = (
        (totals.archives, run.taken),
        (totals.skips, run.overlap_skips),
        (totals.selects, run.selects),
        (totals.texts, run.distinct_select_texts),
    )
    cells = [f"{found:,} / {'?' if said is None else f'{said:,}'}" for found, said in figures]
    ratio = totals.peak / run.peak_bytes
    return (
        f"| {run.name} | {run.concurrent_requests} | {' | '.join(cells)}"
        f" | {totals.peak / 1e6:.1f} | {run.peak_bytes / 1e6:.1f} | {ratio:.3f} |"
    )


def cost(name: str) -> Iterator[str]:
    """The whole simulation of a set, and as far as 128M and ten times that ask for."""
    yield _COST
    with loaded(name) as database:
        for version, limit in (("5.2.0", "-1"), ("5.2.0", "128M"), ("5.3.0", "-1")):
            yield _simulated(database, version, limit)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield f"\n- peak resident memory of the process that did it: {peak:.0f} MiB"


def _simulated(database: Loaded, version: str, limit: str) -> str:
    archiver = Archiver(PDO, memory_limit=parse_memory(limit), most_rows=2_000_000)
    with connect(database.settings) as connection:
        facts = server.read(connection)
        connection.busy = 0.0
        begun = time.monotonic()
        found = forecast.read(connection, facts, archiver, Known(version), ForecastMemory())
        seconds = time.monotonic() - begun
    assert found.forecast is not None
    totals = found.forecast.configured.totals
    rows = totals.archives + totals.duplicates + totals.deleted
    return (
        f"| {database.name} | {version} | {limit} | {rows:,} | {seconds:.2f}"
        f" | {connection.busy:.2f} | {'yes' if found.forecast.is_exact else 'no'} |"
    )
