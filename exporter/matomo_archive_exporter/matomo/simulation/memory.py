r"""The memory that a run of core:archive needs in its main process, in bytes.

Measured on runs of Matomo 5.2.0, 5.2.1, 5.3.0-alpha and 5.8.0 with PHP 8.2 and 8.4. Two things grow
in every version: the parser of child URLs keeps each of them, and each site's list of segments is
kept once it was asked for. Before 5.3.0 the adapter PDO\MYSQL keeps every distinct statement too,
until the connection is dropped: its text three times, the statement object, a buffered result.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

from matomo_archive_exporter.matomo.version import Behaviour

_SIZE_CLASSES: tuple[int, ...] = (
    *range(8, 64, 8),
    *(64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896),
    *(1024, 1280, 1536, 1792, 2048, 2560, 3072),
)
_PAGE, _CHUNK = 4096, 2 * 1024 * 1024

_STATEMENT = 19_400
_COPIES_OF_TEXT = 3
_DELETED = 1_000
# Statements that are kept of each archive beside the SELECTs, and of each own row of a turn.
_ARCHIVED_KEPT, _DAILY_ROW_KEPT = 1_200, 21_400
_OF_PLUGIN_KEPT = 600
# The expansion of a re-archiving asks for each segment and month, of all sites at once.
_SEGMENT_AND_MONTH_KEPT = 109_000

DEATH = 0.98
"""share of memory_limit at which PHP gives up: it compares whole chunks of 2 MiB"""
_LEFT_AT_DEATH = 1_000_000
"""bytes of the limit that are free at that moment, at least (0.6 to 3.1 MB were measured)"""
SAFE = 0.8
"""share of memory_limit that a run is to stay below"""


@dataclass(frozen=True, slots=True)
class Costs:
    """Memory that stays until the process ends, with any adapter."""

    base: int
    """a process that has looked for a row and found none"""
    segments: int
    """once, when the segments of a site are asked for the first time"""
    list_of_segments: int
    """for each site whose segments are asked for, however many there are"""
    site: int
    """for each other site"""
    archived: int
    """for each archive that a child was asked for: its URL"""
    of_plugin: int
    """more for one of a single plugin, whose URL is longer"""
    empty: int
    """for each day without visits that was started"""
    expansion: int
    """a process that expands re-archivings without any segment"""
    expansion_of_site: int
    """for each of their sites, without segments"""
    expansion_with_segments: int
    """a process that expands re-archivings with segments, beside the lists of its sites"""


UNTIL_5_3 = Costs(
    base=18_600_000,
    segments=3_400_000,
    list_of_segments=333_000,
    site=0,
    archived=3_550,
    of_plugin=650,
    empty=0,
    expansion=18_500_000,
    expansion_of_site=6_000,
    expansion_with_segments=22_400_000,
)
SINCE_5_4 = Costs(
    base=19_420_000,
    segments=4_030_000,
    list_of_segments=423_600,
    site=2_000,
    archived=3_200,
    of_plugin=1_200,
    empty=700,
    expansion=18_500_000,
    expansion_of_site=6_000,
    expansion_with_segments=22_500_000,
)


@dataclass(frozen=True, slots=True)
class Expanding:
    """The expansion of scheduled re-archivings, which comes before all sites.

    `lists` are the sites whose segments it asks for; `segments` and `months` (calendar months that
    it covers) matter only where statements are kept.
    """

    sites: int
    lists: int
    segments: int = 0
    months: int = 0
    is_over: bool = False
    """it got through before the run that is simulated: what it held counts for the peak alone"""


def costs_of(behaviour: Behaviour) -> Costs:
    """The costs of a version: those of 5.2.1 before 5.4.0, those of 5.8.0 from then on."""
    return SINCE_5_4 if behaviour.works_unvisited_days else UNTIL_5_3


def usable(limit: int) -> int:
    """The bytes of a memory_limit that PHP can use: whole chunks, at least one."""
    return max(limit - limit % _CHUNK, _CHUNK)


def exhausted(limit: int) -> int:
    """The bytes in use at which PHP gives up: one more chunk would be more than memory_limit."""
    at_most = usable(limit)
    return min(int(at_most * DEATH), at_most - _LEFT_AT_DEATH)


def allocated(size: int) -> int:
    """The bytes that PHP's allocator takes for a request of this size (PHP 7 and 8)."""
    if size <= _SIZE_CLASSES[-1]:
        return _SIZE_CLASSES[bisect_left(_SIZE_CLASSES, size)]
    step = _PAGE if size <= _CHUNK else _CHUNK
    return -(-size // step) * step


def of_text(length: int) -> int:
    """Bytes that are kept of a SELECT with a text so long."""
    return _STATEMENT + _COPIES_OF_TEXT * allocated(length)


def of_rows(archives: float, of_plugins: float, deleted: float) -> float:
    """Bytes that are kept of other statements for these rows."""
    return archives * _ARCHIVED_KEPT + of_plugins * _OF_PLUGIN_KEPT + deleted * _DELETED


def of_daily_rows(rows: float) -> float:
    """Bytes that are kept of statements for rows that turns look for and queue themselves."""
    return rows * _DAILY_ROW_KEPT


def expanding(behaviour: Behaviour, what: Expanding) -> int:
    """Bytes held at the end of an expansion; nothing but its lists outlives the first batch."""
    costs = costs_of(behaviour)
    if not what.lists:
        return costs.expansion + costs.expansion_of_site * what.sites
    kept = what.segments * what.months * _SEGMENT_AND_MONTH_KEPT * behaviour.keeps_statements
    others = costs.expansion_of_site * (what.sites - what.lists)
    return costs.expansion_with_segments + costs.list_of_segments * what.lists + others + kept


def without_statements(costs: Costs, lists: int, archives: int, of_plugins: int) -> int:
    """The peak of a run that keeps no statements, after so many lists and archives.

    `of_plugins` are those of the archives that are for a single plugin.
    """
    segments = costs.segments + costs.list_of_segments * lists if lists else 0
    return costs.base + segments + archives * costs.archived + of_plugins * costs.of_plugin


@dataclass(frozen=True, slots=True)
class Held:
    """The memory of a process that has worked before; empty for a new one.

    `kept` are bytes of statements, `more` those that it holds beyond what follows from the rest.
    """

    lists: int = 0
    other_sites: int = 0
    archives: int = 0
    of_plugins: int = 0
    empty: int = 0
    kept: int = 0
    more: int = 0


@dataclass(slots=True)
class Growth:
    """The memory of a process, as it grows."""

    behaviour: Behaviour
    costs: Costs = field(init=False)
    lists: int = 0
    """sites whose segments were asked for"""
    _kept: int = 0
    _lasting: int = 0

    def __post_init__(self) -> None:
        self.costs = costs_of(self.behaviour)

    def hold(self, what: Held) -> None:
        """Begin as a process that has worked before."""
        self.add_lists(what.lists)
        self.add_rows(what.archives, what.of_plugins, what.empty, 0)
        self._lasting += what.other_sites * self.costs.site + what.more
        self._kept = what.kept

    @property
    def bytes(self) -> int:
        """Bytes held now."""
        return self.costs.base + self._lasting + self._kept

    @property
    def statements(self) -> int:
        """Bytes of them that the next drop of the connection gives back."""
        return self._kept

    def add_lists(self, sites: int) -> None:
        """Add the segment lists of so many more sites."""
        if sites and not self.lists:
            self._lasting += self.costs.segments
        self.lists += sites
        self._lasting += sites * self.costs.list_of_segments

    def add_site(self) -> None:
        """Add a site without its segments."""
        self._lasting += self.costs.site

    def add_statements(self, size: int) -> None:
        """Add statements of so many bytes."""
        if self.behaviour.keeps_statements:
            self._kept += size

    def add_daily_rows(self, rows: int) -> None:
        """Add the statements of a site for so many rows of its own."""
        self.add_statements(int(of_daily_rows(rows)))

    def add_texts(self, lengths: list[int]) -> None:
        """Add SELECTs with new texts of so many bytes."""
        if self.behaviour.keeps_statements:
            self._kept += sum(map(of_text, lengths))

    def add_rows(self, archived: int, of_plugins: int, empty: int, deleted: int) -> None:
        """Add rows: given to children, of them for one plugin, days without visits, deleted."""
        costs = self.costs
        self._lasting += archived * costs.archived + of_plugins * costs.of_plugin
        self._lasting += empty * costs.empty
        self.add_statements(int(of_rows(archived, of_plugins, deleted)))

    def reconnect(self) -> None:
        """Drop the connection, and all statements with it."""
        self._kept = 0
