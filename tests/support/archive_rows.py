"""Hand-made rows of the monthly archive tables."""

from itertools import count

from mysql.connector.abstracts import MySQLConnectionAbstract

from matomo_archive_exporter.demo.schema import ARCHIVE_NUMERIC, of_month
from tests.support.numbers import numbers
from tests.support.recordings import Table, insert

_COLUMNS = ("idarchive", "name", "idsite", "date1", "date2", "period", "ts_archived", "value")
_numbers = count(1)

Archive = tuple[str, int, str, int | None]
"""name, period, ts_archived, value"""


def create_month(connection: MySQLConnectionAbstract, month: str, *archives: Archive) -> None:
    """Create the table of `month` ("2026_11") of a Matomo 5 with these rows."""
    with connection.cursor() as cursor:
        cursor.execute(of_month(ARCHIVE_NUMERIC, month))
    day = month.replace("_", "-") + "-01"
    rows = tuple(
        (next(_numbers), name, 1, day, day, p, at, value) for name, p, at, value in archives
    )
    insert(connection, f"matomo_archive_numeric_{month}", Table(_COLUMNS, rows))


def create_month_of_many(
    connection: MySQLConnectionAbstract, month: str, count: int, **columns: str
) -> None:
    """Add `count` rows of one plugin; `columns` are expressions in which `seq` counts from 1."""
    values = {
        "idarchive": "1000000 + seq",
        "name": "'done.Goals'",
        "idsite": "1",
        "date1": "'2026-11-01'",
        "date2": "'2026-11-01'",
        "period": "1",
        "ts_archived": "'2026-11-20'",
        "value": "1",
    } | columns
    with connection.cursor() as cursor:
        cursor.execute(of_month(ARCHIVE_NUMERIC, month))
        cursor.execute(
            f"INSERT INTO matomo_archive_numeric_{month} ({', '.join(values)})"
            f" SELECT {', '.join(values.values())} FROM {numbers(count)}"
        )
