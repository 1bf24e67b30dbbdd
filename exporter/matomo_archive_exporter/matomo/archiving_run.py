"""A whole run of core:archive: one site's turn after the other, and what has piled up by then."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from matomo_archive_exporter.matomo import memory, select_texts
from matomo_archive_exporter.matomo.turn import Batch

_WINDOW_HOURS = 2
"""Matomo drops its connection after a batch, but at most so often."""
_CUT_OFF = 10
"""times its limit that a run is followed"""
_USUAL_PREFIX = 7


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a run's memory depends on beside its queue.

    `limit` is PHP's memory_limit in bytes, None for none; `archives_per_hour` None where it is not
    known, which makes the run one window; `prefix` the length of the tables' prefix.
    """

    keeps_statements: bool
    limit: int | None = None
    archives_per_hour: float | None = None
    beginning: int = 0
    """bytes before the first batch ends"""
    segments: int = 0
    prefix: int = 7
    most_selects: int | None = None
    """after so many the run is cut off"""
    is_followed_whole: bool = False
    """not to be cut off for want of memory"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run has done so far. `peak` is in bytes, `text_bytes` of the distinct texts."""

    archives: int = 0
    skips: int = 0
    duplicates: int = 0
    deleted: int = 0
    repaired: int = 0
    selects: int = 0
    texts: int = 0
    text_bytes: int = 0
    sites: int = 0
    peak: int = 0


_COUNTED = tuple(field.name for field in fields(Totals))


@dataclass(slots=True)
class _Sums:
    """Totals as they grow; `excluded` are the bytes of all ids handled by the sites before."""

    archives: int = 0
    skips: int = 0
    duplicates: int = 0
    deleted: int = 0
    repaired: int = 0
    selects: int = 0
    texts: int = 0
    text_bytes: int = 0
    sites: int = 0
    peak: int = 0
    excluded: int = 0


@dataclass(slots=True)
class ArchivingRun:
    """One process. The ids that it has handled are never forgotten, not even from site to site.

    It is never ended by the archive limit nor by its death: what was done by then is kept, so one
    run tells all of them. Unless it is followed whole, it is cut off once it needs ten times its
    memory limit.
    """

    conditions: Conditions
    archive_limit: int = 0
    """--max-archives-to-process; 0 is none"""
    at_limit: Totals | None = None
    """what was done when the archive limit was reached"""
    at_death: Totals | None = None
    """what was done when memory was exhausted"""
    safe_archives: int = 0
    """archives after which memory had not yet reached the safe share of its limit"""
    is_safe: bool = True
    """whether it has not done so yet"""
    is_cut_off: bool = False
    _sums: _Sums = field(default_factory=_Sums)
    _growth: memory.Growth = field(init=False)
    _base: int = field(init=False)
    _base_without_expansion: int = field(init=False)
    _usable: float = field(init=False)
    """bytes of the limit"""
    _reconnected: int = 0
    """archives started when the connection was last dropped"""

    def __post_init__(self) -> None:
        self._growth = memory.Growth(self.conditions.keeps_statements)
        self._base = self._sums.peak = self.conditions.beginning
        limit = self.conditions.limit
        self._usable = float("inf") if limit is None else memory.usable(limit)
        self._compare(self._base)
        self._base_without_expansion = memory.base(self.conditions.segments)

    @property
    def totals(self) -> Totals:
        """What is done so far."""
        return Totals(**{name: getattr(self._sums, name) for name in _COUNTED})

    def site(self, batches: Iterable[Batch], segments: int, idsite: int) -> None:
        """One site's turn; `segments` are those archived for it."""
        sums = self._sums
        if sums.sites:
            self._growth.add_site(segments)
        else:
            self._add_texts([0], 0)
        sums.sites += 1
        handled = 0
        for batch in batches:
            if self.is_cut_off:
                return
            self._add(batch, len(str(idsite)) - 1)
            handled = batch.handled
        sums.excluded += handled

    def _add(self, batch: Batch, more_digits: int) -> None:
        sums = self._sums
        if batch.texts:
            self._add_texts(batch.texts, more_digits)
        self._growth.add_rows(batch.archived, batch.deleted + batch.duplicates)
        sums.archives += batch.archived
        sums.skips += batch.skips
        sums.duplicates += batch.duplicates
        sums.deleted += batch.deleted
        sums.repaired += batch.repaired
        sums.selects += batch.selects
        self._weigh()

    def _add_texts(self, texts: list[int], more_digits: int) -> None:
        """Each is the bytes of the ids in it that this turn has excluded."""
        excluded = self._sums.excluded
        more = more_digits + self.conditions.prefix - _USUAL_PREFIX
        sizes = [select_texts.length(excluded + ids) + more for ids in texts]
        self._sums.texts += len(sizes)
        self._sums.text_bytes += sum(sizes)
        self._growth.add_texts(sizes)

    def _weigh(self) -> None:
        """After a batch: how much memory is used, and what that means."""
        sums = self._sums
        used = self._base + self._growth.bytes
        if used > sums.peak:
            sums.peak = used
            self._compare(used)
        if self.is_safe:
            self.safe_archives = sums.archives
        if self.at_limit is None and 0 < self.archive_limit <= sums.archives:
            self.at_limit = self.totals
        if self.conditions.most_selects is not None:
            self.is_cut_off |= sums.selects > self.conditions.most_selects
        self._end_window()

    def _compare(self, peak: int) -> None:
        limit = self._usable
        if peak < limit * memory.SAFE:
            return
        self.is_safe = False
        if peak >= limit * memory.DEATH and self.at_death is None:
            self.at_death = self.totals
        self.is_cut_off |= peak >= limit * _CUT_OFF and not self.conditions.is_followed_whole

    def _end_window(self) -> None:
        """The connection is dropped after the first batch, then at most every two hours."""
        self._base = self._base_without_expansion
        rate, archives = self.conditions.archives_per_hour, self._sums.archives
        if rate is not None and archives - self._reconnected >= rate * _WINDOW_HOURS:
            self._growth.reconnect()
            self._reconnected = archives
