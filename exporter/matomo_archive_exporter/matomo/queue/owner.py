"""The process that works on a row in progress, and the proof that it is gone.

Matomo 5.3.0 and later stores host and process id of the `core:archive` that starts a row, and does
not read them itself (5.8.0). A process id is valid in one PID namespace only. So a /proc proves
something of a host only once it has shown a live archiver under the id in a row of that host.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_TOLERANCE = 5.0
"""Seconds by which the clocks of database and kernel may drift apart after a start."""
_MOST_HOSTS = 1000


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """Columns `processing_host` and `process_id` of a row: text that others wrote."""

    host: str
    process: str

    @property
    def pid(self) -> int | None:
        """The process id; None where it is not one."""
        text = self.process
        is_pid = text.isascii() and text.isdecimal() and not text.startswith("0")
        return int(text) if is_pid else None


@dataclass(frozen=True, slots=True, order=True)
class OwnedRows:
    """Rows in progress of one owner with the same start, in Unix seconds."""

    started: int
    owner: Owner
    rows: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """What /proc shows under a process id. `age` in seconds, None where it cannot be read."""

    is_archiver: bool
    age: float | None


Sightings = Mapping[int, Sighting | None]
"""Sightings by process id; None where /proc has no such process."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What earlier readings leave for the next one."""

    hosts: frozenset[str] = frozenset()
    """those whose archivers this /proc has shown"""
    missed: frozenset[OwnedRows] = frozenset()
    """rows whose process was gone in the reading before"""


@dataclass(frozen=True, slots=True)
class Owners:
    """Owners of rows in progress that are proven to be gone or alive."""

    gone: frozenset[OwnedRows]
    alive: frozenset[Owner]

    @property
    def owners_gone(self) -> frozenset[Owner]:
        """Owners that are gone and have not returned under the same id."""
        return frozenset(owned.owner for owned in self.gone) - self.alive

    @property
    def rows_gone(self) -> int:
        return sum(owned.rows for owned in self.gone)


def prove(
    rows: Sequence[OwnedRows], now: int, seen: Sightings, before: Watch
) -> tuple[Owners | None, Watch]:
    """Owners that are gone and alive, by two readings in a row; None while there is no proof.

    `now` is the database's time in Unix seconds at which it gave the rows; /proc was looked at
    after that. Ages are compared, not times, so that clocks need not agree.
    """
    working = [owned for owned in rows if _is_at_work(owned, now, seen)]
    hosts = before.hosts | {owned.owner.host for owned in working}
    if len(hosts) > _MOST_HOSTS:
        hosts = before.hosts
    missed = frozenset(r for r in rows if r.owner.host in hosts and _is_missed(r, now, seen))
    if not hosts:
        return None, Watch()
    alive = frozenset(owned.owner for owned in working)
    known = {(owned.owner, owned.started) for owned in before.missed}  # be they fewer rows now
    gone = frozenset(r for r in missed if (r.owner, r.started) in known)
    return Owners(gone, alive), Watch(hosts, missed)


def _is_at_work(owned: OwnedRows, now: int, seen: Sightings) -> bool:
    """Whether an archiver under the owner's id was there when the rows started."""
    sighting = None if owned.owner.pid is None else seen.get(owned.owner.pid)
    if sighting is None or not sighting.is_archiver or sighting.age is None:
        return False
    return sighting.age >= now - owned.started - _TOLERANCE


def _is_missed(owned: OwnedRows, now: int, seen: Sightings) -> bool:
    """Whether the owner's process is missing, or another one that began later has its id."""
    if owned.owner.pid is None or owned.owner.pid not in seen:
        return False
    sighting = seen[owned.owner.pid]
    if sighting is None:
        return True
    return sighting.age is not None and sighting.age < now - owned.started - _TOLERANCE
