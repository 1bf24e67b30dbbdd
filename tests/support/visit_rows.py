"""Hand-made rows of table log_visit, in which Matomo keeps what it tracked."""

from mysql.connector.abstracts import MySQLConnectionAbstract

from matomo_archive_exporter.demo.schema import LOG_VISIT
from tests.support.numbers import numbers

_COLUMNS = "idsite, idvisitor, visit_last_action_time, config_id, location_ip"


def create_visits(connection: MySQLConnectionAbstract, *visits: tuple[int, str]) -> None:
    """Create the table with these visits: site and time."""
    with connection.cursor() as cursor:
        cursor.execute(LOG_VISIT)
        for site, time in visits:
            cursor.execute(
                f"INSERT INTO matomo_log_visit ({_COLUMNS}) VALUES (%s, '', %s, '', '')",
                (site, time),
            )


def add_many_visits(
    connection: MySQLConnectionAbstract, count: int, *, idsite: str, time: str
) -> None:
    """Add visits; `idsite` and `time` are expressions in which `seq` counts from 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO matomo_log_visit ({_COLUMNS})"
            f" SELECT {idsite}, seq, {time}, seq, '' FROM {numbers(count)}"
        )
