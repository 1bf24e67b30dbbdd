"""The queue site by site, each site's rows packed into one text in Matomo's order.

A row becomes a few short words, so that hundreds of thousands cost the driver little, and sites
with the same work, of which a mass backfill makes thousands, are the same text.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.packed_rows import SEPARATOR, codes
from matomo_archive_exporter.matomo.version import Behaviour
from matomo_archive_exporter.readings.database.connection import Connection, Row
from matomo_archive_exporter.readings.database.pieces import next_size
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.queue.queue_groups import TABLE

_ROWS = 20_000
"""rows of the first statement"""
_MOST_BYTES_A_ROW = 60
_PACKET = "SELECT @@max_allowed_packet"

_SITES = """
SELECT DISTINCT idsite FROM {table} WHERE idsite > %(after)s ORDER BY idsite LIMIT {limit}"""
_SITES_AT_ONCE = 500

_COUNTS = """
SELECT idsite, COUNT(*) FROM {table}
WHERE idsite BETWEEN %(first)s AND %(last)s GROUP BY idsite ORDER BY idsite"""

_DAYS = """
SELECT CAST(date1 AS CHAR), COUNT(*) FROM {table}
WHERE idsite = %(idsite)s GROUP BY date1 ORDER BY date1 DESC"""

# The letters are those of matomo.site_work.State. Matomo compares ts_started, which is in the
# server's zone, with a time in UTC.
_STATE = """CASE
    WHEN status = 1 AND ts_started IS NULL THEN IF(%(recovers_never_started)s, 'r', 'n')
    WHEN status = 1 AND ts_started >= FROM_UNIXTIME(%(at_hand)s) THEN 'o'
    WHEN status = 1 THEN IF(ts_started < %(recovery)s, 'r', 's')
    WHEN status IS NULL OR ts_invalidated IS NULL OR ts_invalidated > %(now)s THEN 'u'
    ELSE '' END"""
_CODE = "LEFT(SHA2(CONCAT(name, CHAR(10), COALESCE(report, '')), 256), 10)"

_PACKED = f"""
SELECT idsite, COUNT(*), GROUP_CONCAT(
    CONCAT(COALESCE(TO_DAYS(date1), 0), ' ', COALESCE(DATEDIFF(date2, date1), -1), ' ', period, ' ',
           LENGTH(idinvalidation), ' ', {_CODE}, ' ', {_STATE})
    ORDER BY date1 DESC, period, CHAR_LENGTH(name), idinvalidation DESC SEPARATOR '{SEPARATOR}')
FROM {{table}}
WHERE idsite BETWEEN %(first)s AND %(last)s AND date1 BETWEEN %(oldest)s AND %(newest)s
GROUP BY idsite ORDER BY idsite"""  # noqa: S608 - constants

_NAMES = f"""
SELECT DISTINCT {_CODE}, name, COALESCE(report, '') FROM {{table}}
WHERE idsite = %(idsite)s AND date1 = FROM_DAYS(%(day)s) AND period = %(period)s"""  # noqa: S608

# The server may answer the second from a cache that is a day old.
_NEXT_ID = """
SELECT (SELECT MAX(idinvalidation) + 1 FROM {table}),
       (SELECT MAX(auto_increment) FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_name = %s)"""

_NO_DAY = "0"
_FIRST_DAY, _LAST_DAY = "0000-00-00", "9999-12-31"


@dataclass(frozen=True, slots=True)
class SiteRows:
    """One site's rows, packed as `matomo.packed_rows` reads them."""

    idsite: int
    packed: str


@dataclass(slots=True)
class SiteQueues:
    """The sites that have rows, in order. `names` grows as new names and reports are met.

    No more than `config.most_rows` are read, nor more of a site's day than the server can send as
    one text: what is left out then makes it `is_cut_off`.
    """

    connection: Connection
    server: Server
    config: ArchiverConfig
    behaviour: Behaviour
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    at_hand: int | None = None
    """when the run began that is going on, if that is simulated (Unix seconds): what it was to
    recover it has recovered, and rows that started since then are its own"""
    is_cut_off: bool = False
    _size: int = _ROWS
    _largest: int = _ROWS
    _packet: int = 0

    def all(self) -> Iterator[SiteRows]:
        """The sites one after the other, read as the caller continues."""
        self._packet = int(self.connection.row(_PACKET)[0])
        self.connection.rows(f"SET SESSION group_concat_max_len = {self._packet}")
        self._largest = max(self._packet // _MOST_BYTES_A_ROW, 1)
        self._size = min(self._size, self._largest)
        left = self.config.most_rows
        for first, last, rows in self._together():
            self.is_cut_off = rows > left
            if rows > self._size:
                yield self._read_large(first, left)
            else:
                yield from self._read(first, last)
            left -= rows
            if self.is_cut_off:
                return

    def _together(self) -> Iterator[tuple[int, int, int]]:
        """Neighbouring sites whose rows are read by one statement: first, last, rows."""
        group: list[int] = []
        rows = 0
        for idsite, count in self._counts():
            if group and rows + count > self._size:
                yield group[0], group[-1], rows
                group, rows = [], 0
            group.append(idsite)
            rows += count
        if group:
            yield group[0], group[-1], rows

    def _counts(self) -> Iterator[Row]:
        after = -1
        while sites := [row[0] for row in self._ask(_SITES, after=after)]:
            yield from self._ask(_COUNTS, first=sites[0], last=sites[-1])
            after = sites[-1]

    def _read(self, first: int, last: int) -> Iterator[SiteRows]:
        for idsite, _, packed in self._packed(first, last, _FIRST_DAY, _LAST_DAY):
            yield self._site(idsite, packed)

    def _read_large(self, idsite: int, most: int) -> SiteRows:
        """A site with many rows, by its days, the newest first, until there are `most`."""
        parts: list[str] = []
        for newest, oldest in self._day_ranges(idsite):
            for _, count, packed in self._packed(idsite, idsite, oldest, newest):
                parts.append(packed)
                most -= count
            if most <= 0:
                break
        return self._site(idsite, SEPARATOR.join(parts))

    def _day_ranges(self, idsite: int) -> Iterator[tuple[str, str]]:
        newest, oldest, rows = "", "", 0
        for day, count in self._ask(_DAYS, idsite=idsite):
            if newest and rows + count > self._size:
                yield newest, oldest
                newest, rows = "", 0
            newest, oldest = newest or day, day
            rows += count
        if newest:
            yield newest, oldest

    def _packed(self, first: int, last: int, oldest: str, newest: str) -> list[Row]:
        begun = self.connection.busy
        rows = self._ask(_PACKED, first=first, last=last, oldest=oldest, newest=newest)
        count = sum(row[1] for row in rows)
        size = next_size(self._size, count, self.connection.busy - begun)
        self._size = min(size, self._largest)
        return [(idsite, found, self._whole(packed, found)) for idsite, found, packed in rows]

    def _whole(self, packed: str, count: int) -> str:
        """Without what is left of the row at which the server cut the text off, if it did."""
        if len(packed) < self._packet and packed.count(SEPARATOR) == count - 1:
            return packed
        self.is_cut_off = True
        return packed.rpartition(SEPARATOR)[0]

    def _site(self, idsite: int, packed: str) -> SiteRows:
        for code in codes(packed) - self.names.keys():
            if code not in self.names:
                self._read_names(idsite, packed, code)
        return SiteRows(idsite, packed)

    def _read_names(self, idsite: int, packed: str, code: str) -> None:
        """Read all names of the interval of this code; rows that have gone stay unknown.

        So do codes whose rows all have an impossible date.
        """
        entries = (entry.split(" ") for entry in packed.split(SEPARATOR))
        found = next((e for e in entries if e[4] == code and e[0] != _NO_DAY), None)
        if found is None:
            return
        day, _, period, *_ = found
        for known, name, report in self._ask(_NAMES, idsite=idsite, day=day, period=period):
            self.names[known] = (name, report)

    def _ask(self, statement: str, **values: object) -> list[Row]:
        text = statement.format(table=self.connection.table(TABLE), limit=_SITES_AT_ONCE)
        always = {
            "now": self.server.utc_now,
            **self._recovery(),
        }
        return self.connection.rows(text, always | values)

    def _recovery(self) -> dict[str, object]:
        """Which rows in progress are queued again, and which are at hand."""
        now = datetime.fromisoformat(self.server.utc_now)
        started = now - timedelta(seconds=int(self.config.recovers_after(self.behaviour)))
        is_over = self.at_hand is not None
        return {
            "recovery": _FIRST_DAY if is_over else str(started),
            "recovers_never_started": self.behaviour.recovers_never_started and not is_over,
            "at_hand": self.at_hand,
        }


def site_by_site(sites: Sequence[int], queues: SiteQueues) -> Iterator[tuple[int, str]]:
    """Each of these sites, in order, with its rows or ""; none that was deleted."""
    queued = queues.all()
    ahead = next(queued, None)
    for site in sites:
        while ahead is not None and ahead.idsite < site:
            ahead = next(queued, None)
        yield site, ahead.packed if ahead is not None and ahead.idsite == site else ""
    deque(queued, maxlen=0)  # whether it is cut off also follows from the sites behind these


def next_id(connection: Connection) -> int:
    """The id that the next row gets, which an empty table still knows."""
    statement = _NEXT_ID.format(table=connection.table(TABLE))
    (after_highest, counter) = connection.row(statement, (f"{connection.prefix}{TABLE}",))
    return max(int(after_highest or 1), int(counter or 1))
