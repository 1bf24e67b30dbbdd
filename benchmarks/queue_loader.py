"""Writes the rows of a mass re-archiving, many at once: done flags times periods, in SQL."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from mysql.connector.abstracts import MySQLConnectionAbstract

from benchmarks.backfill import Flag, periods
from tests.support.recordings import Table, Value, insert

Progress = Callable[[int, int], None]

_FLAGS_AT_ONCE = 500  # 120,000 rows in one statement: a second or two, and little to undo
_NEWEST = len(periods()) - 1
_HELPERS = {
    "datasets_period": """
        place SMALLINT UNSIGNED PRIMARY KEY, period TINYINT UNSIGNED, date1 DATE, date2 DATE
    """,
    "datasets_flag": """
        first_id BIGINT UNSIGNED PRIMARY KEY, idsite INT UNSIGNED, created DATE, name VARCHAR(255),
        report VARCHAR(255), missing VARCHAR(40), queued DATETIME, started DATETIME,
        status TINYINT UNSIGNED, repeats SMALLINT, repeat_id BIGINT UNSIGNED
    """,
}
_COLUMNS = """
    idinvalidation, name, idsite, date1, date2, period, ts_invalidated, ts_started, status, report
"""
_FIRST_TIME = f"""
    INSERT INTO `{{queue}}` ({_COLUMNS})
    SELECT first_id + place AS id, name, idsite, date1, date2, period, queued,
           IF(place = {_NEWEST}, started, NULL), IF(place = {_NEWEST}, status, 0), report
    FROM datasets_flag STRAIGHT_JOIN datasets_period
    WHERE date2 >= created AND NOT FIND_IN_SET(place, missing)
    ORDER BY id
"""
_SECOND_TIME = f"""
    INSERT INTO `{{queue}}` ({_COLUMNS})
    SELECT repeat_id + {_NEWEST} - place AS id, name, idsite, date1, date2, period,
           queued + INTERVAL 1 DAY, NULL, 0, report
    FROM datasets_flag STRAIGHT_JOIN datasets_period
    WHERE place > {_NEWEST} - repeats
    ORDER BY id
"""


def insert_flags(
    connection: MySQLConnectionAbstract, queue: str, flags: Sequence[Flag], progress: Progress
) -> None:
    """Insert all rows of the flags into the table `queue`, with a commit every 120,000 rows.

    `progress` is called after each commit with the rows inserted so far and the rows there will
    be. The session has the temporary tables `datasets_flag` and `datasets_period` meanwhile.
    """
    done, total = 0, sum(flag.rows for flag in flags)
    with _helpers(connection):
        for start in range(0, len(flags), _FLAGS_AT_ONCE):
            batch = flags[start : start + _FLAGS_AT_ONCE]
            _insert_batch(connection, queue, batch)
            done += sum(flag.rows for flag in batch)
            progress(done, total)
    _analyze(connection, queue)


@contextmanager
def _helpers(connection: MySQLConnectionAbstract) -> Iterator[None]:
    with connection.cursor() as cursor:
        for table, columns in _HELPERS.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
        insert(connection, "datasets_period", _period_table())
        try:
            yield
        finally:
            for table in _HELPERS:
                cursor.execute(f"DROP TEMPORARY TABLE {table}")


def _insert_batch(connection: MySQLConnectionAbstract, queue: str, flags: Sequence[Flag]) -> None:
    insert(connection, "datasets_flag", Table.of([_flag_record(flag) for flag in flags]))
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_TIME.format(queue=queue))
        cursor.execute(_SECOND_TIME.format(queue=queue))
        cursor.execute("DELETE FROM datasets_flag")
    connection.commit()


def _analyze(connection: MySQLConnectionAbstract, queue: str) -> None:
    """Else statistics would come later, by themselves, and plans change during a measurement."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE `{queue}`")
        cursor.fetchall()


def _period_table() -> Table:
    return Table.of(
        [
            {
                "place": place,
                "period": period.number,
                "date1": str(period.first),
                "date2": str(period.last),
            }
            for place, period in enumerate(periods())
        ]
    )


def _flag_record(flag: Flag) -> dict[str, Value]:
    started = flag.newest_started
    return {
        "first_id": flag.first_id,
        "idsite": flag.idsite,
        "created": str(flag.created),
        "name": flag.name,
        "report": flag.report,
        "missing": ",".join(map(str, sorted(flag.missing))),
        "queued": f"{flag.queued:%F %T}",
        "started": f"{started:%F %T}" if started else None,
        "status": flag.newest_status,
        "repeats": flag.repeats,
        "repeat_id": flag.repeat_id,
    }
