"""The signs of runs in one reading, each from its own source.

A run is seen by its processes, else by rows in progress and by options. A run that has died leaves
the same rows and options behind; so these count only while something moves.
"""

from dataclasses import dataclass

from matomo_archive_exporter.matomo.archiver.command_line import NO_LIMITS, Limits
from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.runs.process_memory import DataSize

_SILENT_AT_WORK = 3600
"""seconds without a sign after which rows in progress prove nothing"""
SILENT_BETWEEN = 600
"""the same where no row is in progress: batches and sites follow one another more quickly"""
_SILENT_AFTER_END = 60
"""the same where the log has the end: another archiver may be at work"""
_TOLERANCE = 60
"""seconds that a run may take from its first line in the log to its option"""


@dataclass(frozen=True, slots=True)
class ArchiverProcess:
    """A main process of core:archive. `started` in Unix seconds, None where it cannot be read;
    `limits` as its command line sets them.
    """

    pid: int
    started: int | None
    data: DataSize | None
    limits: Limits = NO_LIMITS


@dataclass(frozen=True, slots=True)
class Signs:
    """What was seen at `now`. Times are Unix seconds; None is what cannot be seen.

    `removed` counts the rows that were seen to go since the exporter started, `rows` those of the
    table, `newest_started` is of the rows in progress.
    """

    now: int
    removed: int
    rows: int
    started: int | None = None
    """option LastFullArchivingStartTime"""
    completed: int | None = None
    """option LastCompletedFullArchiving"""
    newest_started: int | None = None
    sites_left: frozenset[int] = frozenset()
    """the list that archivers share"""
    list_began: int | None = None
    """when that list was made"""
    is_expanding: bool = False
    """whether re-archivings are scheduled, which a run expands before it works on a site"""
    processes: tuple[ArchiverProcess, ...] | None = None
    log: tuple[LogRun, ...] = ()
    """runs that the log tells from their beginning"""

    @property
    def log_going_on(self) -> tuple[LogRun, ...]:
        """Those of the log that have no end there."""
        return tuple(run for run in self.log if run.ended is None)

    @property
    def has_ended_in_log(self) -> bool:
        """Whether the log tells the end of the last run that has begun."""
        if not self.log or self.log_going_on:
            return False
        newest = max(run.started for run in self.log)
        return self.started is None or self.started <= newest + _TOLERANCE

    @property
    def is_open(self) -> bool:
        """Whether a run has begun and none has ended since, by the options."""
        started, completed = self.started, self.completed
        return started is not None and (completed is None or completed < started)

    @property
    def completed_at(self) -> int:
        """When a run last came to its end; 0 for never."""
        return self.completed or 0

    def is_idle(self, silent: int) -> bool:
        """Whether archivers that are seen must be those of another Matomo on the same host: a run
        writes when it begins.
        """
        shows_work = self.is_open or self.newest_started is not None or self.log_going_on
        return not shows_work and silent >= SILENT_BETWEEN

    @property
    def last_dated(self) -> int:
        """The latest time that any sign bears."""
        log = (run.seen for run in self.log_going_on)
        started = self.started if self.is_open else None
        return max((at for at in (self.newest_started, started, *log) if at is not None), default=0)

    def has_moved(self, before: "Signs") -> bool:
        """Whether somebody has worked since."""
        return (
            self.removed > before.removed
            or self.last_dated > before.last_dated
            or self.sites_left != before.sites_left
        )


def going_on(
    now: Signs, last_sign: int, *, shows_archivers: bool, watched: int = SILENT_BETWEEN
) -> int | None:
    """How many runs are going on; 0 where none is, None where it cannot be told.

    `last_sign` is when something moved last, `shows_archivers` whether the /proc has ever shown one
    here: then none is there when it shows none. `watched` are the seconds since the first reading:
    what is silent in that one may be between two batches.
    """
    silent = now.now - last_sign
    if now.processes and not now.is_idle(silent):
        return len(now.processes)
    if now.processes is not None and shows_archivers:
        return 0
    if now.has_ended_in_log and silent >= _SILENT_AFTER_END:
        return 0
    if now.newest_started is not None and (now.is_open or now.newest_started > now.completed_at):
        return 1 if silent < _SILENT_AT_WORK else None
    if now.newest_started is not None and silent < _SILENT_AT_WORK:
        return None  # left by one that died, or of an archiver that outlives another
    if not now.is_open:
        return 0
    if silent < SILENT_BETWEEN:
        return 1
    return None if now.is_expanding or watched < SILENT_BETWEEN else 0
