"""Durations of archives from table `archiving_metrics` (Matomo 5.7.0 and later).

Plugin ArchivingMetrics adds a row for each archive of all plugins that core:archive built, and
purges old ones from the start. Rows are read by `metadataid` from the last one seen; no other
column that tells the order has an index. Column `is_temporary` (5.8.0) is not needed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from matomo_archive_exporter.matomo import done_flag
from matomo_archive_exporter.matomo.calendar import LABELS
from matomo_archive_exporter.matomo.durations.durations import BOUNDS, FinishedArchive, Part
from matomo_archive_exporter.readings.database.connection import Connection, Row
from matomo_archive_exporter.readings.database.indexes import has_columns
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.durations import table_cursor as table
from matomo_archive_exporter.readings.durations.table_cursor import TableCursor

COLUMNS = ("archive_name", "metadataid", "period", "total_time", "ts_finished")

_IN_USE = 2 * 86_400
"""Seconds after its last row for which the table counts as filled: it stays when the plugin is
deactivated, and nothing is purged from it then."""
_MOST_SECONDS = 0.01
"""in one reading; what is left is read by the next ones"""
_LATEST = 5_000

_OF_ALL = "SUBSTRING_INDEX(archive_name, '.', 1) = 'done'"
_BOUNDS = ", ".join(str(bound * 1000 + 1) for bound in BOUNDS)
"""INTERVAL() counts those that are not greater; a bucket includes its upper end"""

_SUMS = f"""
SELECT period, {_OF_ALL} AS is_of_all, INTERVAL(total_time, {_BOUNDS}) AS bucket,
       COUNT(*), SUM(total_time), MAX(metadataid)
FROM {{table}} FORCE INDEX (PRIMARY)
WHERE metadataid > %s AND metadataid <= %s AND metadataid NOT IN ({{seen}})
   OR metadataid IN ({{new}})
GROUP BY period, is_of_all, bucket ORDER BY NULL"""  # noqa: S608 - constants

_NEWEST = f"""
SELECT MAX(metadataid) FROM (SELECT metadataid, period, archive_name FROM {{table}}
                             ORDER BY metadataid DESC LIMIT {_LATEST}) newest
GROUP BY period, {_OF_ALL}"""  # noqa: S608 - constants

_ARCHIVES = f"""
SELECT period, archive_name, total_time, {table.FINISHED} FROM {{table}}
WHERE metadataid IN ({{ids}}) ORDER BY metadataid"""  # noqa: S608 - constants


@dataclass(slots=True)
class MetricsMemory:
    """Memory from one reading to the next; counts wait in it until a reading is complete."""

    begun: int | None = None
    """Unix seconds of the first reading, with or without the table"""
    cursor: TableCursor | None = None
    """None until the table was there"""
    knows_newest: bool = False
    parts: list[Part] = field(default_factory=list)
    newest: list[int] = field(default_factory=list)
    """ids"""


@dataclass(frozen=True, slots=True)
class MetricsReading:
    """Archives since the last reading, and the newest ones.

    `is_filled` when there are rows and the last one is no older than two days.
    """

    is_filled: bool = False
    parts: tuple[Part, ...] = ()
    newest: tuple[FinishedArchive, ...] = ()


def is_filled(connection: Connection, server: Server) -> bool:
    """Whether durations can be had from here."""
    is_there = has_columns(connection, table.TABLE, COLUMNS)
    return is_there and _is_young(table.ends_of(connection, 0), server)


def read(connection: Connection, server: Server, memory: MetricsMemory) -> MetricsReading:
    """Archives since the last reading; the first reading only finds the newest."""
    begins = memory.begun is None
    memory.begun = server.unix_now if memory.begun is None else memory.begun
    if not has_columns(connection, table.TABLE, COLUMNS):
        return MetricsReading()
    ends = table.ends_of(connection, memory.cursor.last if memory.cursor else 0)
    highest = int(ends[0][0]) if ends else 0
    cursor = table.tail(connection, highest, 0) if begins else _cursor(connection, memory, ends)
    is_caught_up = _count(connection, memory, cursor, highest)
    young = _is_young(ends, server)
    if young and not (memory.knows_newest and is_caught_up):
        memory.newest += [int(row[0]) for row in table.ask(connection, _NEWEST)]
    newest = tuple(_archives(connection, memory.newest)) if young and memory.newest else ()
    reading = MetricsReading(young, tuple(memory.parts), newest)
    memory.knows_newest |= young
    memory.parts, memory.newest = [], []
    return reading


def _is_young(ends: Sequence[Row], server: Server) -> bool:
    finished = ends[0][1] if ends else None
    return finished is not None and finished >= server.unix_now - _IN_USE


def _cursor(connection: Connection, memory: MetricsMemory, ends: Sequence[Row]) -> TableCursor:
    """The place to continue: the end of the last reading, unless ids have started again.

    A table that was missing at the start may still have older rows.
    """
    if memory.cursor is None:
        return table.behind(connection, memory.begun or 0)
    if memory.cursor.finished is not None and table.was_renumbered(memory.cursor, ends):
        return table.behind(connection, memory.cursor.finished)
    return memory.cursor


def _count(
    connection: Connection, memory: MetricsMemory, cursor: TableCursor, highest: int
) -> bool:
    """Count new archives step by step; whether these were all. The result of each step is kept at
    once, because a later one may fail.
    """
    until = connection.busy + _MOST_SECONDS
    while True:
        upto = max(table.step_end(connection, cursor.last, highest), cursor.last)
        now = table.moved(connection, cursor, upto)
        rows = _sums(connection, cursor, now)
        cursor = memory.cursor = now
        _take(rows, memory)
        if upto >= highest:
            return True
        if connection.busy > until:
            return False


def _sums(connection: Connection, cursor: TableCursor, now: TableCursor) -> list[Row]:
    """What lies between two cursors. Above the floor of the second only what it has seen counts: a
    row that comes this very moment is for the next reading.
    """
    new = now.seen - cursor.seen
    if cursor.floor == now.floor and not new:
        return []
    bounds = cursor.floor, now.floor
    return table.ask(connection, _SUMS, bounds, seen=_listed(cursor.seen), new=_listed(new))


def _listed(ids: Iterable[int]) -> str:
    """For IN (...); no row has id 0."""
    return ", ".join(map(str, sorted(set(ids)))) or "0"


def _take(rows: Iterable[Row], memory: MetricsMemory) -> None:
    for number, _, bucket, count, milliseconds, newest in rows:
        label = LABELS.get(number)
        if label is not None:
            seconds = float(milliseconds) / 1000
            memory.parts.append(Part(label, int(bucket), int(count), seconds))
            memory.newest.append(int(newest))


def _archives(connection: Connection, ids: Iterable[int]) -> Iterator[FinishedArchive]:
    """The archives behind some ids, the newest last."""
    for number, name, milliseconds, finished in table.ask(connection, _ARCHIVES, ids=_listed(ids)):
        label = LABELS.get(number)
        if label is not None and finished is not None:
            scope = done_flag.parse(name).scope
            yield FinishedArchive(label, scope, milliseconds / 1000, int(finished))
