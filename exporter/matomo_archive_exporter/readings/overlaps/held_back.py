"""Which queued rows wait for rows in progress, by host and process (Matomo 5.3.0 and later).

Only sites with rows in progress are looked at, which are few: by the index that leads with sites.
"""

from collections.abc import Sequence

from matomo_archive_exporter.matomo.overlaps.held_back import HeldBack
from matomo_archive_exporter.matomo.queue.owner import Owner
from matomo_archive_exporter.readings.database import indexes
from matomo_archive_exporter.readings.database.connection import Connection, Row
from matomo_archive_exporter.readings.queue import owners
from matomo_archive_exporter.readings.queue.queue_groups import TABLE

_MOST_SITES = 100
_MOST_ROWS = 50
"""rows in progress that are looked at, the oldest ones: each is compared with all rows of its site,
which takes 2 s for 50,000 of them; a run has three rows at a time by default"""
_MOST_OWNERS = 20

_SEGMENT = "SUBSTRING_INDEX({row}.name, '.', 1)"
_OF_QUEUED, _OF_STARTED = _SEGMENT.format(row="queued"), _SEGMENT.format(row="started")

# An identical queued row does not wait: the archiver drops it.
_HELD_BACK = f"""
SELECT started.host, started.process, COUNT(DISTINCT started.idinvalidation),
       MIN(UNIX_TIMESTAMP(started.ts_started)),
       CAST(MAX(started.ts_started) + INTERVAL 1 SECOND AS CHAR),
       COUNT(DISTINCT queued.idinvalidation)
FROM (SELECT idinvalidation, idsite, period, date1, date2, name, report, ts_started,
             COALESCE(processing_host, '') AS host, COALESCE(process_id, '') AS process
      FROM {{table}} {{by_site}}
      WHERE idsite IN ({{sites}}) AND status = 1 AND ts_started IS NOT NULL
      ORDER BY ts_started, idinvalidation LIMIT {_MOST_ROWS}) started
JOIN {{table}} queued {{by_site}}
  ON queued.idsite = started.idsite AND queued.date1 <= started.date2
 AND queued.date2 >= started.date1 AND queued.period >= started.period
WHERE queued.status <> 1 AND queued.ts_invalidated <= %(now)s
  AND ({_OF_QUEUED} = {_OF_STARTED} OR {_OF_QUEUED} = 'done' OR {_OF_STARTED} = 'done')
  AND NOT (queued.period = started.period AND queued.date1 = started.date1
           AND queued.date2 = started.date2 AND queued.name = started.name
           AND COALESCE(queued.report, '') = COALESCE(started.report, ''))
GROUP BY started.host, started.process
ORDER BY MIN(started.ts_started), started.host, started.process LIMIT {_MOST_OWNERS}"""  # noqa: S608 - constants

_RESET = """
SELECT COUNT(*) FROM {table} {by_site}
WHERE idsite IN ({sites}) AND status = 1 AND processing_host = %(host)s
  AND ts_started < %(before)s"""


def read(connection: Connection, now: str, sites: Sequence[int]) -> tuple[HeldBack, ...] | None:
    """Rows held back at sites with rows in progress, first started first; None without the columns.

    `now` is UTC text. Of very many sites the first are looked at.
    """
    if not indexes.has_columns(connection, TABLE, owners.COLUMNS):
        return None
    if not sites:
        return ()
    names = {
        "table": connection.table(TABLE),
        "by_site": indexes.forced(connection, indexes.QUEUE_BY_SITE, f"{connection.prefix}{TABLE}"),
        "sites": ", ".join(map(str, sites[:_MOST_SITES])),
    }
    rows = connection.rows(_HELD_BACK.format(**names), {"now": now})
    return tuple(_held_back(connection, names, row) for row in rows)


def _held_back(connection: Connection, names: dict[str, str], row: Row) -> HeldBack:
    host, process, rows, started, before, waiting = row
    values = {"host": host, "before": before}
    (reset,) = connection.row(_RESET.format(**names), values) if host else (0,)
    return HeldBack(
        Owner(str(host), str(process)),
        int(rows),
        int(started),
        int(waiting),
        str(before),
        int(reset),
    )
