"""The data sets S, M, F and L: queues after a mass re-archiving, the same rows for the same seed.

    python -m benchmarks.datasets S --socket /run/mysqld/mysqld.sock --database matomo

Ids have small gaps and huge ones. Some done flags lack some days, some have rows twice, some sites
are young, a few rows are in progress, and some of those have no start time.
"""

import argparse
import sys
import time

from mysql.connector.abstracts import MySQLConnectionAbstract
from mysql.connector.connection import MySQLConnection

from benchmarks import backfill, instance
from benchmarks.instance import DataSet
from benchmarks.queue_loader import Progress, insert_flags
from tests.support.recordings import insert, utc_session
from tests.support.schemas import create_tables

DATASETS = {
    "S": DataSet(168_000, 700, 0, (0,)),
    "M": DataSet(1_200_000, 700, 6, (6,)),
    "F": DataSet(5_000_000, 1_000, 40, (19, 20, 20, 20, 20)),
    "L": DataSet(26_892_672, 5_000, 40, (17, 18, 19, 20, 21, 22, 22, 23, 24, 27)),
}


def load(
    connection: MySQLConnectionAbstract,
    name: str,
    prefix: str = "matomo_",
    progress: Progress = lambda done, total: None,
    seed: int = 1,
) -> None:
    """Create Matomo's tables in the connection's database, in place of older ones, and fill them.

    `progress` is called every 120,000 rows with the rows inserted so far and the rows there will
    be.
    """
    dataset = DATASETS[name]
    create_tables(connection, "5.2.0", prefix)
    with utc_session(connection):
        for table, content in instance.tables(dataset).items():
            insert(connection, f"{prefix}{table}", content)
    flags = backfill.flags(instance.sites(dataset), dataset.rows, seed)
    insert_flags(connection, f"{prefix}archive_invalidations", flags, progress)


def main() -> None:
    """Load one data set into a database of a local server, which is created when missing."""
    options = _options()
    connection = MySQLConnection(unix_socket=options.socket, user=options.user, ssl_disabled=True)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{options.database}`")
        cursor.execute(f"USE `{options.database}`")
    start = time.monotonic()
    load(connection, options.name, options.prefix, _print_progress, options.seed)
    sys.stdout.write(f"\nloaded in {time.monotonic() - start:.1f} s\n")
    connection.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.datasets", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("name", choices=DATASETS)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--user", default="root")
    parser.add_argument("--database", default="matomo")
    parser.add_argument("--prefix", default="matomo_")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _print_progress(done: int, total: int) -> None:
    sys.stdout.write(f"\r{done:,} of {total:,} rows")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
