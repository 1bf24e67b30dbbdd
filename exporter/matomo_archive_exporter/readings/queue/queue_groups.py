"""The rows of the queue in groups of like ones, in the cheapest way that is still exact.

Nearly every row of a backlog is ordinary: queued, never started, with a time that has come. Those
are grouped by hashes of name and report, which costs a fraction of grouping by the texts, and one
row stands for each group. The few others are read again with all their times. A queue that is one
piece is grouped by the texts themselves: it costs little, and no two of them are ever mistaken.

The oldest time is found in the first piece. A row that is older than what was found counts as not
ordinary: to ask each group for its oldest would cost as much again as to count the whole table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from matomo_archive_exporter.matomo.calendar import unix_seconds
from matomo_archive_exporter.matomo.queue.owner import Owner
from matomo_archive_exporter.matomo.queue.queue import QueueGroup
from matomo_archive_exporter.readings.database.connection import Connection, Row
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.pieces import Piece, pieces

TABLE = "archive_invalidations"

# Periods fit below this number. A row that is not ordinary has a kind above it, drawn from its
# id, so that it is nearly always alone in its group.
_KINDS = 256
_ORDINARY = "status = 0 AND ts_started IS NULL AND ts_invalidated BETWEEN %(since)s AND %(now)s"

_OLDEST = """
SELECT CAST(MIN(ts_invalidated) AS CHAR) FROM {table} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %(after)s AND idinvalidation <= %(upto)s
AND status = 0 AND ts_started IS NULL AND ts_invalidated BETWEEN '1970-01-01' AND %(now)s"""

_BY_HASH = f"""
SELECT CRC32(name) AS name_hash, CRC32(report) AS report_hash,
       IF({_ORDINARY}, period, {_KINDS} + MOD(idinvalidation, {_KINDS})) AS kind,
       idinvalidation, COUNT(*)
FROM {{table}} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %(after)s AND idinvalidation <= %(upto)s
GROUP BY name_hash, report_hash, kind ORDER BY NULL"""  # noqa: S608 - constants

_TEXTS = """
SELECT idinvalidation, name, report FROM {table} WHERE idinvalidation IN ({ids})"""

_IN_FULL = """
SELECT status, period, name, report, COUNT(*),
       SUM(ts_invalidated IS NULL), COALESCE(SUM(ts_invalidated > %(now)s), 0),
       SUM(ts_started IS NULL), COALESCE(SUM(UNIX_TIMESTAMP(ts_started) < %(recovery)s), 0),
       TIMESTAMPDIFF(SECOND, '1970-01-01',
                     MIN(IF(ts_invalidated BETWEEN '1970-01-01' AND %(now)s, ts_invalidated,
                            NULL))),
       MIN(UNIX_TIMESTAMP(ts_started)), MAX(UNIX_TIMESTAMP(ts_started)){owner}
FROM {table} FORCE INDEX (PRIMARY)
WHERE idinvalidation > %(after)s AND idinvalidation <= %(upto)s AND {which}
GROUP BY status, period, BINARY name, BINARY report{by_owner} ORDER BY NULL"""

_IS_OWNED = "status = 1 AND UNIX_TIMESTAMP(ts_started) >= %(recovery)s"
_OWNER = f""",
       MIN(IF({_IS_OWNED}, processing_host, NULL)), MIN(IF({_IS_OWNED}, process_id, NULL))"""
_BY_OWNER = "".join(
    f", IF({_IS_OWNED}, {column}, NULL)"
    for column in ("processing_host", "process_id", "ts_started")
)

_FIGURES = 12
"""columns without those of an owner"""
_MANY_OTHERS = 2_000
"""More rows than so many that are not ordinary may well be older than the oldest found so far."""
_MOST_GROUPS = 20_000
"""More than so many in one piece are no sign of a backlog: hashes do not pay then."""


class HashCollisionError(Exception):
    """Two names, or two reports, have the same CRC32."""


@dataclass(slots=True)
class Hashes:
    """Every text seen under a hash, kept from reading to reading.

    Which row stands for a group changes as rows come and go, so two texts with one hash show
    sooner or later; from then on groups are made by the texts themselves.
    """

    texts: dict[tuple[str, int], str] = field(default_factory=dict)
    have_collided: bool = False

    def check(self, column: str, number: int | None, text: str | None) -> None:
        """Raise HashCollisionError when another text was seen under this hash."""
        if number is None or text is None:
            return
        if self.texts.setdefault((column, number), text) != text:
            self.have_collided = True
            raise HashCollisionError


@dataclass(slots=True)
class Groups:
    """The groups of one reading: rows up to id `highest`; `now` is UTC text.

    `recovery` is the Unix time before which a start is past the recovery timeout.
    """

    connection: Connection
    hashes: Hashes
    highest: int
    now: str
    recovery: int
    with_owners: bool = False
    """tell rows in progress apart by their owner (columns of Matomo 5.3.0 and later)"""
    _by_hash: bool = True
    _since: str | None = None
    """the oldest time of an ordinary row found so far, DATETIME text"""

    def all(self) -> Iterator[tuple[Piece, list[QueueGroup]]]:
        """Piece by piece. Raises HashCollisionError, after which a new reading is in order.

        `rows` of a piece is what one statement counted: of rows that change between two, its groups
        may have one row more or less.
        """
        for number, piece in enumerate(
            pieces(self.connection, TABLE, "idinvalidation", self.highest)
        ):
            is_all = number == 0 and piece.upto == self.highest
            yield piece, self._of(piece, by_hash=not is_all)

    def _of(self, piece: Piece, *, by_hash: bool) -> list[QueueGroup]:
        may_hash = by_hash and self._by_hash and not self.hashes.have_collided
        found = self._by_hashes(piece) if may_hash else None
        if found is None:
            found = self._in_full(piece, "TRUE")
            piece.rows = sum(group.rows for group in found)
        return found

    def _by_hashes(self, piece: Piece) -> list[QueueGroup] | None:
        """None where hashes do not help: no row is ordinary, there are too many groups, or the row
        that stood for one has gone.
        """
        self._since = self._since or self._oldest(piece)
        if self._since is None:
            return None
        rows = self._hashed(piece)
        piece.rows = sum(row[4] for row in rows)
        self._by_hash = len(rows) <= _MOST_GROUPS
        ordinary = [row for row in rows if row[2] < _KINDS]
        texts = self._texts(ordinary) if self._by_hash else None
        if texts is None:
            return None
        oldest = unix_seconds(self._since)  # of all ordinary rows: it is not needed by group
        groups = [
            QueueGroup(
                0,
                period,
                *texts[name, report],
                count,
                without_start=count,
                oldest_invalidated=oldest,
            )
            for name, report, period, _, count in ordinary
        ]
        others = [row for row in rows if row[2] >= _KINDS]
        return groups + (self._in_full(piece, _which(others)) if others else [])

    def _hashed(self, piece: Piece) -> list[Row]:
        rows = self._by_kind(piece)
        if sum(row[4] for row in rows if row[2] >= _KINDS) > _MANY_OTHERS:
            oldest = self._oldest(piece)
            if oldest is not None and oldest < str(self._since):
                self._since = oldest
                rows = self._by_kind(piece)
        return rows

    def _by_kind(self, piece: Piece) -> list[Row]:
        """With the kind as a number, for any type of the period column."""
        rows = self._ask(_BY_HASH, piece)
        return [(name, report, _number(kind), *rest) for name, report, kind, *rest in rows]

    def _oldest(self, piece: Piece) -> str | None:
        ((oldest,),) = self._ask(_OLDEST, piece)
        return None if oldest is None else str(oldest)

    def _texts(self, groups: list[Row]) -> dict[Row, tuple[str, str | None]] | None:
        """Name and report by their hashes, from one row for each pair; None if one has gone."""
        ids = {int(row[3]): row[:2] for row in {row[:2]: row for row in groups}.values()}
        if not ids:
            return {}
        texts = {}
        for number, name, report in self._ask(_TEXTS, ids=", ".join(map(str, ids))):
            name_hash, report_hash = ids[number]
            self.hashes.check("name", name_hash, name)
            self.hashes.check("report", report_hash, report)
            texts[name_hash, report_hash] = name, report
        return texts if len(texts) == len(ids) else None

    def _in_full(self, piece: Piece, which: str) -> list[QueueGroup]:
        owner = {"owner": _OWNER, "by_owner": _BY_OWNER}
        parts = owner if self.with_owners else dict.fromkeys(owner, "")
        return [_full_group(row) for row in self._ask(_IN_FULL, piece, which=which, **parts)]

    def _ask(self, statement: str, piece: Piece | None = None, **parts: str) -> list[Row]:
        text = statement.format(table=self.connection.table(TABLE), **parts)
        if piece is None:
            return self.connection.rows(text)
        values = {
            "after": piece.after,
            "upto": piece.upto,
            "since": self._since,
            "now": self.now,
            "recovery": self.recovery,
        }
        return self.connection.rows(text, values)


def _which(others: list[Row]) -> str:
    """The rows that are not ordinary: by their ids, while each is alone in its group."""
    if all(row[4] == 1 for row in others):
        return f"idinvalidation IN ({', '.join(str(int(row[3])) for row in others)})"
    return f"NOT COALESCE({_ORDINARY}, FALSE)"


def _full_group(row: Row) -> QueueGroup:
    """Its columns are those of QueueGroup, in order; host and process follow where asked for."""
    status, period, name, report, *figures = row[:_FIGURES]
    host, process = row[_FIGURES:] or (None, None)
    group = QueueGroup(_number(status), _number(period), name, report, *map(_number, figures))
    return replace(group, owner=Owner(host, process)) if host and process else group


def _number(value: Any) -> Any:
    """Sums come as Decimal; times may be NULL. Raises ReadingError for what is no number."""
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        raise ReadingError("bad_data", f"{TABLE} has {value!r} in place of a number") from None
