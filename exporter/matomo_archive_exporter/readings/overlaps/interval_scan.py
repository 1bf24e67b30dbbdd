"""The queue site by site as intervals, so many in one statement as are read quickly."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from matomo_archive_exporter.matomo.overlaps.overlap_intervals import PERIODS, SEPARATOR, entries_in
from matomo_archive_exporter.readings.database.connection import Connection, Row
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.overlaps.interval_statement import (
    ArchivedSegments,
    ScanPosition,
    date_text,
    interval_query,
)
from matomo_archive_exporter.readings.queue.queue_groups import TABLE

_BOUNDS = "SELECT COALESCE(MAX(idsite), -1), @@max_allowed_packet FROM {table}"

# Where the server tests the condition on the index entry first, it does so for every row of a range
# that holds the rows wanted and no others: a tenth of the whole cost, for nothing.
_SESSION = """
SET SESSION group_concat_max_len = {bytes},
    SESSION optimizer_switch = 'index_condition_pushdown=off'"""
_AFTER = "SET SESSION optimizer_switch = 'index_condition_pushdown=default'"
_MOST_BYTES = 100
"""of one interval in a site's text"""

_FIRST, _MOST = 8, 20_000
_AIM = 0.2
"""seconds of a statement"""
_MANY_TO_READ = 200
_MOST_SITES_WITH_OWN = 100
"""sites with segments of their own in one statement, which names all of those"""


@dataclass(slots=True)
class IntervalScan:
    """One pass over the queue; `now` is UTC text, `table` the queue with its index by site."""

    connection: Connection
    table: str
    segments: ArchivedSegments
    now: str
    _size: int = _FIRST
    _most: int = _MOST
    _with_segments: bool = False
    _own_sites: list[int] = field(default_factory=list)

    def sites(self) -> Iterator[tuple[int, str]]:
        """One after the other, read as the caller goes on, each with all its intervals as `unpack`
        takes them.
        """
        bounds = _BOUNDS.format(table=self.connection.table(TABLE))
        highest, packet = map(int, self.connection.row(bounds))
        self.connection.rows(_SESSION.format(bytes=packet))
        self._most = max(min(_MOST, packet // _MOST_BYTES), 1)
        self._own_sites = sorted(self.segments.own)
        for idsite, parts in groupby(self._parts(highest), key=itemgetter(0)):
            yield idsite, SEPARATOR.join(text for _, text in parts)
        self.connection.rows(_AFTER)

    def _parts(self, highest: int) -> Iterator[tuple[int, str]]:
        """The sites in order; one that a statement does not read to its end comes in parts."""
        after = -1
        while after < highest:
            position = self._ahead(after, highest)
            while True:
                size = min(self._size, self._most)
                rows = self._read(size, position)
                yield from ((row[0], row[3]) for row in rows)
                if sum(row[1] for row in rows) < size:
                    after = position.site if position.day else position.last
                    break
                position = _end(rows[-1])

    def _ahead(self, after: int, highest: int) -> ScanPosition:
        """The sites with segments of their own, as many as one statement may name."""
        own = self._own_sites[bisect_right(self._own_sites, after) :]
        too_far = own[_MOST_SITES_WITH_OWN : _MOST_SITES_WITH_OWN + 1]
        return ScanPosition(after, min([highest, *(site - 1 for site in too_far)]))

    def _read(self, size: int, position: ScanPosition) -> list[Row]:
        begun = self.connection.busy
        rows = self._ask(size, position)
        if not _leaves_much_open(rows):
            self._with_segments = False
        elif not self._with_segments:
            self._with_segments, begun = True, self.connection.busy
            rows = self._ask(size, position)
        if sum(row[1] for row in rows) == size:
            self._size = _next_size(size, self._most, self.connection.busy - begun)
        if any(row[1] != entries_in(row[3]) for row in rows):
            raise ReadingError("internal", "the server cut a text that it was to return whole")
        return rows

    def _ask(self, size: int, position: ScanPosition) -> list[Row]:
        segments = ArchivedSegments(self.segments.everywhere, self._own_of(position))
        query = interval_query(
            self.table, position, size, self.now, segments, with_segments=self._with_segments
        )
        return self.connection.rows(*query)

    def _own_of(self, position: ScanPosition) -> dict[int, Sequence[str]]:
        """Segments of single sites, of those that a statement from there on may come to."""
        if position.day:
            sites = [position.site] if position.site in self.segments.own else []
        else:
            first = bisect_right(self._own_sites, position.site)
            sites = self._own_sites[first : bisect_right(self._own_sites, position.last)]
        return {idsite: self.segments.own[idsite] for idsite in sites}


def _leaves_much_open(rows: list[Row]) -> bool:
    """Whether the larger form costs less than to read so many intervals by themselves."""
    to_read = sum(row[2] for row in rows)
    return bool(to_read > max(_MANY_TO_READ, sum(row[1] for row in rows) // 5))


def _next_size(size: int, most: int, seconds: float) -> int:
    """The number of intervals to read next, after so many took so long; it grows slowly."""
    factor = min(max(_AIM / max(seconds, 0.001), 0.1), 4)
    return max(min(int(size * factor), most), 1)


def _end(row: Row) -> ScanPosition:
    """The last interval of a site in the order of the index."""
    idsite, _, _, text = row
    start = max(int(entry.split(" ", 1)[0]) for entry in text.split(SEPARATOR))
    return ScanPosition(idsite, idsite, date_text(start // PERIODS), start % PERIODS)
