"""Real runs of core:archive: the queue they met, each verdict, the memory they took."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from tests.support.recordings import RECORDINGS

RUNS = RECORDINGS / "runs"
_SUFFIX = ".json.gz"

Code = Literal["take", "skip", "dup", "E", "EX", "delseg", "nonext"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of the row of a "next invalidation" SELECT; no id at the end of the list."""

    code: Code
    idinvalidation: int | None


@dataclass(frozen=True, slots=True)
class MemoryPoint:
    """The run's process when it had made so many SELECTs and started so many rows; bytes."""

    selects: int
    rows_started: int
    used: int
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """One run; what was not recorded is None or empty.

    `queue` is CSV text, `memory_limit` is in PHP notation, `today` is that of UTC, `sites_started`
    and everything below it are counts, bytes, or characters (`sum_select_length`).
    """

    name: str
    queue: str
    verdicts: tuple[Verdict, ...]
    memory: tuple[MemoryPoint, ...]
    matomo: str
    adapter: str
    memory_limit: str
    concurrent_requests: int
    options: str
    today: date
    children: Literal["real", "answered at once"]
    exit_status: int
    sites_started: int
    taken: int | None
    overlap_skips: int | None
    duplicates_dropped: int | None
    other_verdicts: Mapping[str, int] | None
    ends_of_list: int | None
    selects: int
    distinct_select_texts: int | None
    repaired_rows: int | None
    sum_select_length: int | None
    memory_at_first_select: int
    peak_bytes: int
    per_site: Mapping[int, Mapping[Code, int]] | None

    @classmethod
    def of(cls, name: str, content: Mapping[str, Any]) -> Self:
        """Make a run of what its file holds."""
        totals = dict(content["totals"])
        today = date.fromisoformat(totals.pop("today"))
        per_site = totals.pop("per_site")
        return cls(
            name=name,
            queue=content["queue"],
            verdicts=tuple(Verdict(*verdict) for verdict in content["verdicts"] or ()),
            memory=tuple(MemoryPoint(*point) for point in content["memory"]),
            today=today,
            per_site=per_site and {int(site): counts for site, counts in per_site.items()},
            **totals,
        )

    def queue_file(self, folder: Path) -> Path:
        """Write the queue to a file of that folder, as it was recorded."""
        path = folder / f"{self.name}.csv"
        path.write_bytes(self.queue.encode())
        return path


def names() -> list[str]:
    """Every recorded run, in alphabetical order; each has its tables among the recordings too."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in RUNS.glob(f"*{_SUFFIX}"))


def names_with_verdicts() -> list[str]:
    """Those whose log was detailed enough to tell what happened to each row."""
    return [name for name in names() if load(name).verdicts]


def load(name: str) -> RecordedRun:
    """Read one run."""
    with gzip.open(RUNS / f"{name}{_SUFFIX}", "rt", encoding="utf-8") as file:
        return RecordedRun.of(name, json.load(file))
