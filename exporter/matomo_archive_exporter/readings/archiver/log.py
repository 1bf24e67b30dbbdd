"""Events in the log of core:archive since the exporter started."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matomo_archive_exporter.matomo.archiver.log_event import (
    DEATHS,
    EVENTS,
    ArchiveDone,
    Event,
    EventName,
    Role,
    Scope,
)
from matomo_archive_exporter.matomo.archiver.log_line import unix
from matomo_archive_exporter.matomo.archiver.log_runs import LogRun, LogRuns
from matomo_archive_exporter.matomo.archiver.log_stream import read_line
from matomo_archive_exporter.matomo.calendar import PeriodLabel
from matomo_archive_exporter.readings.archiver.log_file import LogFile
from matomo_archive_exporter.readings.archiver.log_files import LogFiles, is_pattern
from matomo_archive_exporter.readings.archiver.log_tail import Tail, failure


@dataclass(frozen=True, slots=True)
class LogReading:
    """Events since the start; those that the log's level keeps out of it are None.

    `last_deaths` are Unix seconds, from before the start too; `newest` are the last archives
    built since the start, and `finished` those that were not in a reading before.
    """

    events: Mapping[EventName, int | None]
    last_deaths: Mapping[Role, int]
    newest: Mapping[tuple[PeriodLabel, Scope], ArchiveDone]
    finished: tuple[ArchiveDone, ...]
    lines: Mapping[bool, int] = field(default_factory=dict)
    """since the start, by whether they were understood; empty ones do not count"""
    runs: tuple[LogRun, ...] = ()
    """those that the log told from their beginning, as far as they are known to it"""
    unread: int = 0
    """bytes that were not read yet"""
    is_behind: bool = False
    """what the reading before had left is not all read yet"""

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning when it is behind by more than one reading."""
        text = "the log grows faster than the exporter reads it, so counts are behind"
        return (text,) if self.is_behind else ()


class LogReader:
    """Continues where the last reading ended, and remembers the events."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        seconds: float = 0.0,
    ) -> None:
        """`seconds` is for how long one reading goes on beyond its first step."""
        self._monotonic, self._seconds = monotonic, seconds
        self._owed = 0
        """how far the next reading has to come, in bytes since the start"""
        log = LogFiles if is_pattern(path) else LogFile
        self._log: LogFile | LogFiles = log(path, monotonic)
        self._clock = clock
        self._counts: Counter[EventName] = Counter()
        self._lines: Counter[bool] = Counter()
        self._deaths: dict[Role, int] = {}
        self._rough_deaths: dict[Role, int] = {}
        """of those whose own lines say no time"""
        self._guessed_deaths: dict[Role, int] = {}
        self._newest: dict[tuple[PeriodLabel, Scope], ArchiveDone] = {}
        self._finished: list[ArchiveDone] = []
        self._runs = LogRuns()
        self._has_debug_lines = False
        self._caught_up_at: int | None = None
        """Unix seconds when there was nothing left to read"""

    def read(self) -> LogReading:
        """Read what is new, for a bounded time. Raises ReadingError."""
        begun, give_up = int(self._clock()), self._monotonic() + self._seconds
        try:
            self._step()
            while not self._log.is_caught_up and self._monotonic() < give_up:
                self._step()
        except OSError as error:
            raise failure(self._log.path, error) from error
        if self._log.is_caught_up:
            self._caught_up_at = begun
        return self._reading()

    def _step(self) -> None:
        for tail, lines in self._log.batches():
            self._read_lines(tail, lines)

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()

    def _reading(self) -> LogReading:
        counts: dict[EventName, int | None] = {name: self._counts[name] for name in EVENTS}
        if not self._has_debug_lines:
            counts["overlap_skip"] = None
        finished = tuple(self._finished)
        self._finished.clear()
        deaths = self._guessed_deaths | self._deaths
        for role, at in self._rough_deaths.items():
            deaths[role] = max(at, self._deaths.get(role, 0))
        unread, done = self._log.unread, self._log.done
        is_behind, self._owed = unread > 0 and done < self._owed, done + unread
        lines = {is_understood: self._lines[is_understood] for is_understood in (True, False)}
        newest = dict(self._newest)
        runs = self._runs.all()
        return LogReading(counts, deaths, newest, finished, lines, runs, unread, is_behind)

    def _read_lines(self, tail: Tail, lines: list[bytes]) -> None:
        stream, counts = tail.stream, tail.counts
        now = int(self._clock()) if counts else None
        for line in lines:
            stream, result = read_line(stream, line, now)
            if counts and result.is_understood is not None:
                self._lines[result.is_understood] += 1
            self._runs.add(result.events)
            for event in result.events:
                if isinstance(event, Event):
                    self._take(event, tail)
                elif counts and isinstance(event, ArchiveDone):
                    self._take_archive(event)
        if stream.has_debug_lines and not counts:
            stream = stream.without_debug_lines()
        self._has_debug_lines |= stream.has_debug_lines
        tail.stream = stream

    def _take(self, event: Event, tail: Tail) -> None:
        if tail.counts and not event.is_known:
            self._counts[event.name] += 1
        role = DEATHS.get(event.name)
        if role is not None:
            self._take_death(role, event, tail)

    def _take_death(self, role: Role, event: Event, tail: Tail) -> None:
        """Note when it was: at best its own time, else the latest that it was certainly after."""
        at = event.at
        if at is not None and not event.is_of_wrapper:
            if event.is_known:  # others of its lines came before
                self._rough_deaths.pop(role, None)
            self._deaths[role] = max(self._deaths.get(role, 0), at)
            return
        if event.stamp and at is None:
            return  # of a day that is not known
        times = [at] if at is not None else self._times_before(event, tail)
        known = [time for time in times if time is not None]
        if known:
            self._rough_deaths[role] = max(self._rough_deaths.get(role, 0), *known)
        else:
            guess = int(tail.status().st_mtime)
            self._guessed_deaths[role] = max(self._guessed_deaths.get(role, 0), guess)

    def _times_before(self, event: Event, tail: Tail) -> list[int | None]:
        return [unix(event.after), self._caught_up_at if tail.counts else None]

    def _take_archive(self, archive: ArchiveDone) -> None:
        self._counts["archive_done"] += 1
        newest = self._newest.get((archive.period, archive.scope), archive)
        if archive.at is None or newest.at is None or archive.at >= newest.at:
            self._newest[archive.period, archive.scope] = archive
        self._finished.append(archive)
