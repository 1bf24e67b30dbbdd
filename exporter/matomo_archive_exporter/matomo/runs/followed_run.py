"""A run of core:archive from the reading that first saw it to the last: what it has done so far."""

from dataclasses import dataclass, field, replace

from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.config.php_memory import is_quantity, limit_of
from matomo_archive_exporter.matomo.runs.history import History
from matomo_archive_exporter.matomo.runs.process_memory import DataSize
from matomo_archive_exporter.matomo.runs.signs import (
    SILENT_BETWEEN,
    ArchiverProcess,
    Signs,
    going_on,
)
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig

_WINDOW = 7200
"""seconds after which Matomo drops its connection, before 5.3.0"""
_LATE = 300
"""seconds by which a drop may be late"""
_RECENT = 900
"""seconds for which an archiver that has no row in progress counts"""
_SILENT = 3600
"""seconds without a line in the log after which a run counts only if no other wrote later"""


@dataclass(frozen=True, slots=True)
class AtWork:
    """Rows in progress at one time: whose, where they say so (5.3.0), and the others at how many
    sites. A request that failed may leave its row in progress: that of its owner, at a site before.
    """

    at: int
    sites: int
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FollowedRun:
    """One run, or several on the shared list. `began` holds what the reading
    before it showed, None where the exporter came later.
    """

    count: int
    first: Signs
    """the reading that first saw it"""
    now: Signs
    began: Signs | None = None
    is_joined: bool = False
    """whether another run began while it was going on"""
    rows: History = field(default_factory=History)
    """rows that it handled since it was first seen, or since its beginning where that is known"""
    data: History = field(default_factory=History)
    """the highest VmData of its fullest process"""
    at_work: tuple[AtWork, ...] = ()
    """what was in progress lately"""

    @property
    def started(self) -> int | None:
        """When it began; None where nothing says so."""
        known = [p.started for p in self.now.processes or () if p.started is not None]
        known += [run.started for run in self.log]
        if not known and self.now.started is not None and self.now.is_open:
            known = [self.first.started or self.now.started]
        return min(known, default=None)

    @property
    def log(self) -> tuple[LogRun, ...]:
        """Its runs in the log, those that wrote last, and no more than there are."""
        alive = sorted(self.now.log_going_on, key=lambda run: -run.seen)[: self.count]
        since = self.now.now - _SILENT
        return (*alive[:1], *(run for run in alive[1:] if run.seen > since))

    @property
    def is_logged(self) -> bool:
        """Whether the log tells each of them from its beginning."""
        return len(self.log) == self.count

    @property
    def own(self) -> LogRun | None:
        """The log's part on the process that counts: on the fullest, or where none is seen on
        the one that has done most. None where the log has others only.
        """
        fullest = self.fullest
        pid = b"" if fullest is None else str(fullest.pid).encode()
        same = [run for run in self.log if run.pid == pid]
        # In a container a process has another id than out here.
        may_be = self.log if fullest is None or self.is_logged else ()
        return max(same or may_be, key=lambda run: run.rows, default=None)

    @property
    def is_followed(self) -> bool:
        """Whether every row that it handled is accounted for."""
        return self.began is not None or self.is_logged

    @property
    def is_counted(self) -> bool:
        """Whether every row of the process that counts is accounted for."""
        return self.own is not None or self.is_followed

    @property
    def handled(self) -> int:
        """Rows that it has handled for certain, all its processes together."""
        logged = sum(run.rows for run in self.log)
        if self.is_logged:
            return logged
        before = self.began or self.first
        return max(logged, self.now.removed - before.removed)

    @property
    def is_expanding(self) -> bool:
        """Whether it has not come to its first row, for re-archivings that it expands before."""
        begun, started = self.now.newest_started, self.started
        has_begun = begun is not None and started is not None and begun >= started
        return self.now.is_expanding and not (self.handled or has_begun)

    @property
    def fullest(self) -> ArchiverProcess | None:
        """The process with most memory, whose end comes first."""
        seen = [p for p in self.now.processes or () if p.data is not None]
        return max(seen, key=lambda p: p.data.now if p.data else 0, default=None)

    @property
    def fullest_data(self) -> DataSize | None:
        """Its data; None where no process shows its own."""
        return self.fullest.data if self.fullest else None

    def config(self, configured: ArchiverConfig) -> ArchiverConfig:
        """The configuration with the limits of its own process where it shows them.

        One without a memory limit has that of its container, which can be configured.
        """
        processes = self.now.processes or ()
        process = self.fullest or (processes[0] if len(processes) == 1 else None)
        if process is None:
            return configured
        own = replace(configured, archive_limit=process.limits.archives)
        if not is_quantity(process.limits.memory):
            return own
        limit = limit_of(process.limits.memory)
        if limit is None and not configured.is_limit_assumed:
            limit = configured.memory_limit
        return replace(own, memory_limit=limit, is_limit_assumed=False)

    @property
    def last_drop(self) -> float | None:
        """When its connection was last dropped for having been open for two hours.

        That happens after a batch, so it is a little late each time; it begins with the first one.
        """
        first = next((at for at, count in self.rows.points if count > 0), None)
        began = self.started if first is None or not self.is_followed else first
        if began is None:
            return None
        windows = (self.now.now - _LATE - began) // _WINDOW
        return began + windows * _WINDOW if windows > 0 else None

    @property
    def dropped(self) -> float:
        """The part of its rows that it had handled by then."""
        drop, started = self.last_drop, self.started
        if drop is None or started is None:
            return 0.0
        by_time = (drop - started) / (self.now.now - started)
        then = self.rows.at(drop)
        if then is None or not self.is_followed or not self.handled:
            return by_time
        return min(1.0, then / self.handled)

    @property
    def has_outgrown_drop(self) -> bool:
        """Whether its process has taken new memory since then: it has used what was freed."""
        drop = self.last_drop
        if drop is None:
            return True
        then = self.data.at(drop + 2 * _LATE)
        if self.now.now <= drop + 2 * _LATE:
            return False
        return then is not None and bool(self.data.points) and self.data.points[-1][1] > then

    @property
    def per_hour_each(self) -> float | None:
        """The same of the one that counts."""
        own = self.own
        if own is None or self.count == 1:
            return None if self.per_hour is None else self.per_hour / self.count
        rate = History(tuple(own.marks)).seen(self.now.now, own.rows).per_hour
        return rate or own.rows * 3600 / max(1, self.now.now - own.started) or None

    @property
    def per_hour(self) -> float | None:
        """Rows an hour of all its processes, over its last hour."""
        rate = self.rows.per_hour
        started, log = self.started, self.log
        if rate is None and log and started is not None and self.now.now > started:
            return self.handled * 3600 / (self.now.now - started) or None
        return rate


@dataclass(frozen=True, slots=True)
class Following:
    """Memory of the runs from one reading to the next."""

    last: Signs | None = None
    last_sign: int = 0
    """when something moved last (Unix seconds)"""
    shows_archivers: bool = False
    """whether the /proc has ever shown one"""
    count: int | None = None
    """runs going on, None where it cannot be told"""
    run: FollowedRun | None = None
    since: int | None = None
    """when the first reading was (Unix seconds)"""

    def on(self, now: Signs) -> "Following":
        """After another reading."""
        before = self.last
        if before is None:
            last_sign = min(now.now, now.last_dated)  # its clock may be ahead
        else:
            last_sign = now.now if now.has_moved(before) else self.last_sign
        shows = self.shows_archivers or bool(now.processes)
        since = now.now if self.since is None else self.since
        watched = now.now - since
        count = going_on(now, last_sign, shows_archivers=shows, watched=watched)
        run = self._run(now, count) if count else None
        return Following(now, last_sign, shows, count, run, since)

    def at_work(self, look: AtWork) -> "Following":
        """With what the database shows: where no process is seen, each archiver has rows of one
        site in progress, and between two batches none.
        """
        run, last = self.run, self.last
        if run is None or last is None or last.processes:
            return self
        recent = (*(one for one in run.at_work if one.at > look.at - _RECENT), look)
        owners = frozenset[str]().union(*(one.owners for one in recent))
        count = max(run.count, len(owners), *(one.sites for one in recent))
        joined = run.is_joined or count > 1
        run = replace(run, count=count, at_work=recent, is_joined=joined)
        return replace(self, count=count, run=run)

    def _run(self, now: Signs, count: int) -> FollowedRun:
        run = self.run
        silent = now.now - self.last_sign
        if run is None or _is_another(run, now, silent):
            run = FollowedRun(count, now, now, self._before(now), is_joined=count > 1)
        else:
            run = replace(run, count=count, now=now, is_joined=run.is_joined or _joins(run, now))
        return _counted(run)

    def _before(self, now: Signs) -> Signs | None:
        """The last reading, if the run has begun since: its option or its process is new. That none
        was seen then proves nothing: between two batches one shows no row.
        """
        last = self.last
        if last is None:
            return None
        is_new_process = last.processes == () and bool(now.processes)
        return last if is_new_process or last.started != now.started else None


def _counted(run: FollowedRun) -> FollowedRun:
    rows = run.rows
    if not rows.points:
        for at, count in _marks(run):
            rows = rows.seen(at, count)
    size = run.fullest_data
    data = run.data if size is None else run.data.seen(run.now.now, size.highest)
    return replace(run, rows=rows.seen(run.now.now, run.handled), data=data)


def _marks(run: FollowedRun) -> list[tuple[float, float]]:
    """Rows by time before this reading: of a single run by its log; several share no marks."""
    if run.log:
        return run.log[0].marks if run.count == 1 else []
    began = run.started if run.is_followed else None
    return [(began, 0)] if began is not None and began < run.now.now else []


def _is_another(run: FollowedRun, now: Signs, silent: int) -> bool:
    """Whether none of the processes seen before is there, or the run before came to its end: by its
    option, or because nothing has moved for so long before another began.
    """
    before, seen = run.now.processes, now.processes
    if before and seen:
        return not {p.pid for p in before} & {p.pid for p in seen}
    if seen or before:
        return False
    has_ended = now.completed is not None and now.completed != run.now.completed
    return now.started != run.now.started and (has_ended or silent >= SILENT_BETWEEN)


def _joins(run: FollowedRun, now: Signs) -> bool:
    before, seen = run.now.processes, now.processes
    if before and seen:
        return bool({p.pid for p in seen} - {p.pid for p in before})
    return now.started != run.now.started
