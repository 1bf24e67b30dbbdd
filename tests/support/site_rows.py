"""The queue as it is packed site by site, and rows by the thousand to be packed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.packed_rows import unpack
from matomo_archive_exporter.matomo.simulation.planned_rows import TableRow
from matomo_archive_exporter.matomo.version import behaviour
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.simulation.site_queues import SiteQueues
from tests.conftest import Database
from tests.support.numbers import numbers
from tests.support.plans import PDO
from tests.support.queue_rows import PAST


@contextmanager
def queues(
    database: Database,
    most_rows: int = 1_000_000,
    size: int = 20_000,
    version: str = "5.2.2",
    recovery_timeout: float = 86400,
) -> Iterator[SiteQueues]:
    """A reading that is about to begin; `size` is how many rows its first statement takes."""
    config = ArchiverConfig(PDO, most_rows=most_rows, recovery_timeout=recovery_timeout)
    with connect(database.settings) as connection:
        now = server.read(connection)
        yield SiteQueues(connection, now, config, behaviour(version, PDO), _size=size)


def read(database: Database, **how: Any) -> dict[int, list[TableRow]]:
    """The rows of every site."""
    with queues(database, **how) as reading:
        return {site.idsite: unpack(site.packed, reading.names) for site in reading.all()}


def add_many(database: Database, count: int, **columns: str) -> None:
    """Queue rows of one site's days; `columns` are expressions in which `seq` counts from 1."""
    day = "DATE_SUB('2025-03-01', INTERVAL seq DAY)"
    values = {"idsite": "1", "name": "'done'", "date1": day, "date2": day, "period": "1"}
    values |= {"ts_invalidated": f"'{PAST}'", "status": "0", "report": "NULL"} | columns
    database.run(
        f"INSERT INTO matomo_archive_invalidations ({', '.join(values)})"
        f" SELECT {', '.join(values.values())} FROM {numbers(count)}"
    )
