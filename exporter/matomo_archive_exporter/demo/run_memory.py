r"""The memory of one simulated run. It grows like Matomo 5.2.0 with PDO\MYSQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from matomo_archive_exporter.demo.batch import QueuedRow
from matomo_archive_exporter.matomo.simulation import memory, statements
from matomo_archive_exporter.matomo.version import behaviour

_DAILY_ROWS = 4
_MOST_BYTES_OF_ARCHIVE = 80_000


@dataclass(slots=True)
class RunMemory:
    """The memory of a process with this memory_limit in bytes; None is no limit."""

    limit: int | None
    archives: int = 0
    _growth: memory.Growth = field(
        default_factory=lambda: memory.Growth(behaviour("5.2.0", "PDO\\MYSQL"))
    )
    _excluded: int = 0

    @property
    def bytes(self) -> int:
        """In use."""
        return self._growth.bytes

    @property
    def is_exhausted(self) -> bool:
        """Whether PHP gives up."""
        return self.limit is not None and self.bytes >= memory.exhausted(self.limit)

    @property
    def is_safe(self) -> bool:
        """Whether it is below the share of the limit that is safe."""
        return self.limit is None or self.bytes < memory.usable(self.limit) * memory.SAFE

    @property
    def safe_archives(self) -> int:
        """How many a new run may build, roughly: of a limit to 256M each costs less."""
        if self.limit is None:
            return 0
        left = memory.usable(self.limit) * memory.SAFE - RunMemory(None).bytes
        return max(1, int(left) // _MOST_BYTES_OF_ARCHIVE)

    def begin_site(self) -> None:
        """Add the site's segments and its rows of today."""
        self._growth.add_lists(1)
        self._growth.add_daily_rows(_DAILY_ROWS)

    def look(self, queue: Sequence[QueuedRow], batch: Sequence[QueuedRow]) -> None:
        """Add the SELECTs for the batch."""
        last = queue.index(batch[-1]) if batch else len(queue) - 1
        taken, skipped = self._excluded, 0
        lengths = []
        for row in queue[: last + 1]:
            lengths.append(statements.length(taken + skipped))
            size = len(str(row.idinvalidation)) + 1
            if row in batch:
                taken += size
            else:
                skipped += size
        self._growth.add_texts(lengths)
        self._excluded = taken

    def finish(self, rows: int) -> None:
        """Add so many archives of a plugin."""
        self._growth.add_rows(rows, rows, 0, 0)
        self.archives += rows
