"""Runs of core:archive that the log tells from their beginning: what each has done so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from matomo_archive_exporter.matomo.archiver.log_event import ArchiveDone, Event, SiteStarted
from matomo_archive_exporter.matomo.archiver.log_line import unix

Ending = Literal["completed", "exhausted", "stopped"]

_MOST = 16
"""runs that are remembered"""
_A_MARK = 60
"""seconds between two marks at least"""
_LAST_SITES = 20


@dataclass(slots=True)
class LogRun:
    """One run. `skips` count only where debug lines are seen; `marks` are rows handled by time."""

    pid: bytes
    started: int
    archives: int = 0
    of_plugins: int = 0
    empty: int = 0
    skips: int = 0
    sites: int = 0
    seen: int = 0
    """when its last line of these was written (Unix seconds)"""
    stamp: bytes = b""
    """of that line"""
    ended: Ending | None = None
    marks: list[tuple[float, float]] = field(default_factory=list)
    last_sites: tuple[int, ...] = ()
    """ids of those that it began last"""

    @property
    def rows(self) -> int:
        """Handled so far."""
        return self.archives + self.empty


class LogRuns:
    """Those that began in what was read of the log, the last ones."""

    def __init__(self) -> None:
        self._runs: dict[bytes, LogRun] = {}

    def all(self) -> tuple[LogRun, ...]:
        """As they are now, those that ended too."""
        return tuple(replace(run, marks=[*run.marks]) for run in self._runs.values())

    def add(self, events: Iterable[ArchiveDone | Event | SiteStarted]) -> None:
        """What happened next."""
        for event in events:
            if isinstance(event, Event) and event.name == "run_started":
                self._begin(event)
            elif (run := self._run_of(event)) is not None:
                _add(run, event)

    def _begin(self, event: Event) -> None:
        at = event.at
        if at is None:
            return
        self._runs.pop(event.pid, None)
        self._runs[event.pid] = LogRun(event.pid, at, seen=at)
        for pid in [*self._runs][:-_MOST]:
            del self._runs[pid]

    def _run_of(self, event: ArchiveDone | Event | SiteStarted) -> LogRun | None:
        """PHP's own line of a death does not say whose it is: of the only run, if there is one."""
        if event.pid:
            return self._runs.get(event.pid)
        alive = [run for run in self._runs.values() if run.ended is None]
        return alive[0] if len(alive) == 1 else None


def _add(run: LogRun, event: ArchiveDone | Event | SiteStarted) -> None:
    if isinstance(event, ArchiveDone):
        run.archives += 1
        run.of_plugins += not event.has_all_plugins
    elif isinstance(event, SiteStarted):
        run.sites += 1
        run.last_sites = (*run.last_sites, event.idsite)[-_LAST_SITES:]
    else:
        _take(run, event)
    if event.stamp != run.stamp and (at := unix(event.stamp)) is not None:
        run.seen, run.stamp = at, event.stamp
        if not run.marks or at >= run.marks[-1][0] + _A_MARK:
            run.marks.append((at, run.rows))


def _take(run: LogRun, event: Event) -> None:
    match event.name:
        case "no_visits":
            run.empty += 1
        case "overlap_skip":
            run.skips += 1
        case "archive_done":
            run.archives += 1
        case "run_completed":
            run.ended = run.ended or "completed"
        case "run_stopped":
            run.ended = "stopped"
        case "memory_exhausted_archiver":
            run.ended = "exhausted"
