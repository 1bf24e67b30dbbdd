"""The rows of one site in a run: those queued, those it adds, and their fates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from matomo_archive_exporter.matomo.calendar import DAY
from matomo_archive_exporter.matomo.simulation.invalidation import Fate, Invalidation
from matomo_archive_exporter.matomo.version import Behaviour

_NEVER = 10**9
"""an ordinal day after all others"""


class State(Enum):
    """The state of a row of the table when the next run finds it."""

    QUEUED = ""
    UNSELECTABLE = "u"
    """status NULL, or a time that is NULL or yet to come: the archiver's SELECT passes it over"""
    STARTED = "s"
    NEVER_STARTED = "n"
    """in progress without a start time"""
    RECOVERED = "r"
    """in progress for so long that the next run queues it again"""
    AT_HAND = "o"
    """in progress by the very run that is simulated: as good as gone"""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the table. Rows of a site come in Matomo's order, which is that of the fates."""

    state: State
    row: Invalidation


@dataclass(frozen=True, slots=True)
class FateFacts:
    """The facts behind the fates of a site's rows. Days are ordinals in the site's time zone."""

    segments: frozenset[str] = frozenset()
    """hashes of the segments that are archived for it"""
    created: int = 0
    """periods that end before this day are not archived"""
    first_visit: int = 0
    """periods that end before this day have no visits; 0 where every period counts as visited"""
    unvisited: frozenset[int] = frozenset()
    """later days that are known to have no visits: of today and yesterday it can be known"""
    today: int | None = None
    """None where it does not matter which archives are usable"""
    usable: frozenset[tuple[str, int, int]] = frozenset()
    """segment, period and first day of archives that cover today and are still fresh"""


_UNREAD = (Fate.FOREIGN, Fate.BEFORE_CREATION)
"""rows that are deleted before their segment is looked at"""

_IN_PROGRESS = (State.STARTED, State.NEVER_STARTED, State.AT_HAND)

NO_VISITS = _NEVER
"""`first_visit` of a site without any visit"""


@dataclass(frozen=True, slots=True)
class SitePlan:
    """Rows in Matomo's order, and how many of them were not in the table yet.

    `daily_asked` are the turn's daily rows, those that are in the table included. For each the turn
    asks for its archive and for an identical queued row; only then it knows that it has nothing to
    insert. These statements name site, dates and flag and are what is kept, not the insertion.
    """

    rows: tuple[Invalidation, ...]
    rearchived: int
    daily: int
    daily_asked: int = 0

    @property
    def looks_at_segments(self) -> bool:
        """Whether the turn comes to a row of a segment that is archived for the site."""
        return any(row.segment and row.fate not in _UNREAD for row in self.rows)


def site_plan(
    table: Sequence[TableRow],
    facts: FateFacts,
    behaviour: Behaviour,
    rearchived: Iterable[Invalidation] = (),
    daily: Iterable[Invalidation] = (),
) -> SitePlan:
    """All rows of a site's turn. `rearchived` and `daily` are those that the run adds if missing.

    An identical queued row suppresses an insertion, one in progress does not.
    """
    known = {_key(t.row) for t in table if t.state not in _IN_PROGRESS}
    more = _missing(rearchived, known)
    daily_rows = list(daily)
    to_queue = _missing(daily_rows, known)
    queued = _queued(table, behaviour)
    # Newest ids first within a rank: rows to come are newer than any in the table.
    rows = sorted([*reversed(to_queue), *reversed(more), *queued], key=lambda row: row.rank)
    fates = _Fates(table, facts, behaviour)
    decided = tuple(fates.with_fate(row) for row in rows)
    return SitePlan(decided, len(more), len(to_queue), len(daily_rows))


def _key(row: Invalidation) -> tuple[str, str, int, int, int]:
    return (row.name, row.report, row.period, row.date1, row.date2)


def _missing(
    rows: Iterable[Invalidation], known: set[tuple[str, str, int, int, int]]
) -> list[Invalidation]:
    missing = []
    for row in rows:
        if _key(row) not in known:
            known.add(_key(row))
            missing.append(row)
    return missing


def _queued(table: Sequence[TableRow], behaviour: Behaviour) -> list[Invalidation]:
    """Rows that the archiver's SELECT can return once it has recovered those of dead runs."""
    queued = [t.row for t in table if t.state is State.QUEUED]
    recovered = [t.row for t in table if t.state is State.RECOVERED]
    if not recovered:
        return queued
    if behaviour.recovery_drops_duplicates:
        keys = {_key(row) for row in queued}
        recovered = _missing(recovered, keys)
    chosen = {id(row) for row in (*queued, *recovered)}
    return [t.row for t in table if id(t.row) in chosen]


class _Fates:
    """Tells the fate of a site's rows, given those that are in progress."""

    def __init__(self, table: Sequence[TableRow], facts: FateFacts, behaviour: Behaviour) -> None:
        self._facts = facts
        self._behaviour = behaviour
        started = [t.row for t in table if t.state is State.STARTED]
        self._started = {_key(row) for row in started}
        self._intervals = {(r.period, r.date1, r.date2, r.segment) for r in started}
        self._places = {id(t.row): place for place, t in enumerate(table)}
        self._never_started = {
            _key(t.row): place for place, t in enumerate(table) if t.state is State.NEVER_STARTED
        }

    def with_fate(self, row: Invalidation) -> Invalidation:
        fate = self._fate(row)
        return row if fate is row.fate else replace(row, fate=fate)

    def _fate(self, row: Invalidation) -> Fate:
        facts = self._facts
        if row.segment and row.segment not in facts.segments:
            return Fate.FOREIGN
        if row.date2 < facts.created:
            return Fate.BEFORE_CREATION
        if _key(row) in self._started:
            return Fate.IN_PROGRESS_ALREADY
        return self._usable(row) or self._in_progress(row) or self._work(row)

    def _work(self, row: Invalidation) -> Fate:
        """Before 5.4.0 visits are asked for first, since then only once a row is started."""
        starts = self._behaviour.works_unvisited_days
        if not starts and row.date2 < self._facts.first_visit:
            return Fate.NO_VISITS
        if self._is_blocked(row):
            return Fate.BLOCKED
        return Fate.EMPTY if starts and self._is_day_without_visits(row) else Fate.ARCHIVED

    def _is_day_without_visits(self, row: Invalidation) -> bool:
        facts = self._facts
        return row.period == DAY and (row.date1 < facts.first_visit or row.date1 in facts.unvisited)

    def _usable(self, row: Invalidation) -> Fate | None:
        """Where a period that holds today was archived lately, with all plugins."""
        today = self._facts.today
        if today is None or not row.date1 <= today <= row.date2:
            return None
        if (row.segment, row.period, row.date1) not in self._facts.usable:
            return None
        is_deleted = row.plugin != "" and self._behaviour.deletes_usable_plugin_rows
        return Fate.ALREADY_ARCHIVED if is_deleted else Fate.HIDDEN

    def _in_progress(self, row: Invalidation) -> Fate | None:
        """An identical row in progress without a start: the one with the lower id stays."""
        place = self._never_started.get(_key(row))
        if place is None:
            return None
        return Fate.HIDDEN if self._places.get(id(row), -1) < place else Fate.DUPLICATE

    def _is_blocked(self, row: Invalidation) -> bool:
        return self._behaviour.in_progress_blocks and any(
            period <= row.period
            and date1 <= row.date2
            and date2 >= row.date1
            and not (row.segment and segment and row.segment != segment)
            for period, date1, date2, segment in self._intervals
        )
