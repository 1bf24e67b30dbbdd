"""Hand-made rows of table archiving_metrics."""

from tests.conftest import Database
from tests.support.numbers import numbers

TABLE = "matomo_archiving_metrics"

_COLUMNS = """
    metadataid BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    idarchive BIGINT UNSIGNED NOT NULL,
    idsite INT UNSIGNED NOT NULL,
    archive_name VARCHAR(255) NOT NULL,
    date1 DATE NOT NULL,
    date2 DATE NOT NULL,
    period TINYINT UNSIGNED NOT NULL,
    ts_started DATETIME NOT NULL,
    ts_finished DATETIME NOT NULL,
    total_time BIGINT UNSIGNED NOT NULL,
    total_time_exclusive BIGINT UNSIGNED NOT NULL,
"""
_KEYS = """
    PRIMARY KEY (metadataid),
    KEY index_idarchive (idarchive),
    KEY index_idsite_archive_name (idsite, archive_name),
    KEY index_idsite_date1_period (idsite, date1, period)
"""
_IS_TEMPORARY = "is_temporary TINYINT(1) NOT NULL DEFAULT 0,"


def create_table(database: Database, *, with_is_temporary: bool = True) -> None:
    """Create it as Matomo 5.8.0 does, or 5.7.0, which had no `is_temporary`."""
    more = _IS_TEMPORARY if with_is_temporary else ""
    database.run(f"CREATE TABLE {TABLE} ({_COLUMNS} {more} {_KEYS}) ENGINE=InnoDB")


def add(
    database: Database,
    milliseconds: int = 1000,
    *,
    period: int = 1,
    name: str = "done",
    ago: int = 0,
    metadataid: int | None = None,
) -> None:
    """Add an archive that was finished `ago` seconds ago by the server's clock."""
    add_many(
        database,
        1,
        total_time=str(milliseconds),
        period=str(period),
        archive_name=f"'{name}'",
        ts_finished=f"UTC_TIMESTAMP() - INTERVAL {ago} SECOND",
        **({} if metadataid is None else {"metadataid": str(metadataid)}),
    )


def add_many(database: Database, count: int, **columns: str) -> None:
    """Add `count` rows; `columns` are expressions in which `seq` counts from 1."""
    values = {
        "idarchive": "seq",
        "idsite": "1",
        "archive_name": "'done'",
        "date1": "'2026-11-20'",
        "date2": "'2026-11-20'",
        "period": "1",
        "ts_started": "UTC_TIMESTAMP()",
        "ts_finished": "UTC_TIMESTAMP()",
        "total_time": "1000",
        "total_time_exclusive": "0",
    } | columns
    database.run(
        f"INSERT INTO {TABLE} ({', '.join(values)})"
        f" SELECT {', '.join(values.values())} FROM {numbers(count)}"
    )
