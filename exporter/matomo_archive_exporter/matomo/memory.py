r"""What a run of core:archive costs its main process in memory, in bytes.

Measured on runs of Matomo 5.2.0 and 5.3.0-alpha with PHP 8.2 and 8.4. Before 5.3.0 the adapter
PDO\MYSQL keeps every distinct statement until the connection is dropped: its text three times,
the statement object and a buffered result. The parser of child URLs keeps each of them, always.
"""

from bisect import bisect_left
from dataclasses import dataclass

_SIZE_CLASSES: tuple[int, ...] = (
    *range(8, 64, 8),
    *(64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896),
    *(1024, 1280, 1536, 1792, 2048, 2560, 3072),
)
_PAGE, _CHUNK = 4096, 2 * 1024 * 1024

_STATEMENT = 19_400
_COPIES_OF_TEXT = 3
_STARTED = 6_300
_DELETED = 1_000
_SITE_AND_SEGMENT = 133_000
_STARTED_WITHOUT_CACHE = 4_500
_STARTED_BEFORE_RECONNECT = 4_600

_BASE, _BASE_WITH_SEGMENTS, _BASE_OF_SEGMENT = 18_300_000, 22_400_000, 30_000
_BEGIN, _BEGIN_WITH_SEGMENTS = 18_500_000, 22_700_000
# The expansion of a re-archiving asks for each segment and month, of all sites at once: 0.76, 1.06
# and 1.46 MB a segment were seen with 1, 3 and 5 sites over seven months.
_EXPANSION_OF_SEGMENT, _EXPANSION_OF_SITE = 84_000, 25_000

DEATH = 0.98
"""share of memory_limit at which PHP gives up: it compares whole chunks of 2 MiB"""
SAFE = 0.8
"""share of memory_limit that a run is to stay below"""


def usable(limit: int) -> int:
    """What PHP can use of a memory_limit: whole chunks only, and one at the least."""
    return max(limit - limit % _CHUNK, _CHUNK)


def allocated(size: int) -> int:
    """The bytes that PHP's allocator takes for so many (PHP 7 and 8)."""
    if size <= _SIZE_CLASSES[-1]:
        return _SIZE_CLASSES[bisect_left(_SIZE_CLASSES, size)]
    step = _PAGE if size <= _CHUNK else _CHUNK
    return -(-size // step) * step


def base(segments: int) -> int:
    """Of a process that holds no statement and has started no row."""
    return _BASE_WITH_SEGMENTS + _BASE_OF_SEGMENT * segments if segments else _BASE


def beginning(segments: int, sites: int, rearchived_months: int) -> int:
    """Before the first batch ends: with what the expansion of ReArchiveList left in the cache.

    `segments` are those archived for any site; `rearchived_months` the months that are expanded.
    """
    if segments == 0:
        return _BEGIN
    expansion = _EXPANSION_OF_SEGMENT + _EXPANSION_OF_SITE * sites
    return _BEGIN_WITH_SEGMENTS + segments * rearchived_months * expansion


@dataclass(slots=True)
class Growth:
    r"""What a process has on top of its base. `keeps_statements` before 5.3.0 with PDO\MYSQL."""

    keeps_statements: bool
    _kept: int = 0
    _started: int = 0

    @property
    def bytes(self) -> int:
        """Held now."""
        return self._kept + self._started

    def add_texts(self, lengths: list[int]) -> None:
        """SELECTs with texts of so many bytes that were not asked before."""
        if self.keeps_statements:
            self._kept += _STATEMENT * len(lengths)
            self._kept += _COPIES_OF_TEXT * sum(map(allocated, lengths))

    def add_rows(self, started: int, deleted: int) -> None:
        """Rows started, and rows deleted without being started."""
        if self.keeps_statements:
            self._kept += deleted * _DELETED + started * (_STARTED - _STARTED_BEFORE_RECONNECT)
            self._started += started * _STARTED_BEFORE_RECONNECT
        else:
            self._started += started * _STARTED_WITHOUT_CACHE

    def add_site(self, segments: int) -> None:
        """Another site than the first was begun: its own rows were looked for."""
        if self.keeps_statements:
            self._kept += _SITE_AND_SEGMENT * (1 + segments)

    def reconnect(self) -> None:
        """The connection was dropped, and with it all that the cache held."""
        self._kept = 0
