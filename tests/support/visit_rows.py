"""Hand-made rows of table log_visit, in which Matomo keeps what it tracked."""

from mysql.connector.abstracts import MySQLConnectionAbstract

from tests.support.numbers import numbers

# Its columns and indexes in a fresh Matomo 5.2.0; plugins add many columns.
LOG_VISIT = """\
CREATE TABLE `matomo_log_visit` (
    idvisit BIGINT(10) UNSIGNED NOT NULL AUTO_INCREMENT,
    idsite INTEGER(10) UNSIGNED NOT NULL,
    idvisitor BINARY(8) NOT NULL,
    visit_last_action_time DATETIME NOT NULL,
    config_id BINARY(8) NOT NULL,
    location_ip VARBINARY(16) NOT NULL,
    PRIMARY KEY (idvisit),
    INDEX index_idsite_config_datetime (idsite, config_id, visit_last_action_time),
    INDEX index_idsite_datetime (idsite, visit_last_action_time),
    INDEX index_idsite_idvisitor_time (idsite, idvisitor, visit_last_action_time DESC)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC"""

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
