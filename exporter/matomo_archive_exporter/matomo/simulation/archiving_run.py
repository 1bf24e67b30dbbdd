"""A whole run of core:archive, site by site, with its memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from matomo_archive_exporter.matomo.simulation import memory, statements
from matomo_archive_exporter.matomo.simulation.run_plan import USUAL_PREFIX, RunPlan, Start
from matomo_archive_exporter.matomo.simulation.site_run import Batch

_WINDOW_HOURS = 2
"""Matomo drops its connection after a batch, but at most so often."""
_CUT_OFF = 10
"""times its limit that a run is followed"""


@dataclass(slots=True)
class Totals:
    """What a run has done so far. `peak` is in bytes, `text_bytes` of the distinct texts.

    `archives` were asked of children and count towards an archive limit, `of_plugins` of them are
    for a single plugin. `empty` were not asked of children: days without visits. `lists` are
    the sites whose segments were asked for.
    """

    archives: int = 0
    of_plugins: int = 0
    empty: int = 0
    skips: int = 0
    duplicates: int = 0
    deleted: int = 0
    repaired: int = 0
    selects: int = 0
    texts: int = 0
    text_bytes: int = 0
    sites: int = 0
    lists: int = 0
    daily: int = 0
    """rows that turns looked for and queued where they were missing"""
    excluded: int = 0
    """bytes of all ids that were handled by the sites before"""
    peak: int = 0

    @property
    def taken(self) -> int:
        """Started rows."""
        return self.archives + self.empty

    @property
    def handled(self) -> int:
        """Rows that have left the queue."""
        return self.taken + self.deleted + self.duplicates


@dataclass(frozen=True, slots=True)
class SiteStart:
    """One site's turn: what it costs before its first batch.

    `lists_segments` is whether it asks for the site's segments; `was_listed` whether the expansion
    of re-archivings, if there is one, has done so before. `daily` rows are
    those that the turn looks for and queues where they are missing.
    """

    idsite: int
    lists_segments: bool = False
    was_listed: bool = False
    daily: int = 0
    is_begun: bool = False
    """whether it has begun, so that its first costs are already counted"""


@dataclass(slots=True)
class ArchivingRun:
    """One process. It never forgets the ids that it has handled, not even from site to site.

    It is never ended by the archive limit nor by its death: what was done by then is kept, so one
    run tells all of them. Unless it is followed whole, it is cut off once it needs ten times its
    memory limit.
    """

    plan: RunPlan
    at_limit: Totals | None = None
    """what was done when the archive limit was reached"""
    at_death: Totals | None = None
    """what was done when memory was exhausted"""
    death_site: int | None = None
    """id of the site at work then; None where the run never dies, or in the expansion"""
    safe_archives: int = 0
    """archives after which memory had not yet reached the safe share of its limit"""
    is_safe: bool = True
    """whether it has not done so yet"""
    is_cut_off: bool = False
    _sums: Totals = field(default_factory=Totals)
    _growth: memory.Growth = field(init=False)
    _archive_limit: int = field(init=False)
    _most_selects: int = field(init=False)
    _usable: float = float("inf")
    """bytes of the limit"""
    _exhausted: float = float("inf")
    """bytes at which it dies"""
    _expanded: int = 0
    """bytes of an expansion that is over"""
    _peak_before: int = 0
    """bytes that it had, with the statements that came after it, when children were first asked"""
    _idsite: int | None = None
    """the site at work"""
    _reconnected: int | None = None
    """archives started when the connection was last dropped"""

    def __post_init__(self) -> None:
        plan, limit = self.plan, self.plan.config.memory_limit
        self._archive_limit, self._most_selects = plan.archive_limit, plan.most_selects
        self._growth = memory.Growth(plan.behaviour)
        if limit is not None:
            self._usable, self._exhausted = memory.usable(limit), memory.exhausted(limit)
        if plan.start is not None:
            self._go_on(plan.start)
        what = plan.expanding
        if what is not None and not what.is_over:
            self._expand(what)
            return
        if what is not None:
            self._expanded = memory.expanding(plan.behaviour, what)
        self._weigh()

    def _go_on(self, start: Start) -> None:
        self._growth.hold(start.held)
        self._sums.excluded, self._sums.peak = start.excluded, start.peak
        self._reconnected = -start.archives_since_drop

    def _expand(self, what: memory.Expanding) -> None:
        """Add the expansion; a dropped connection frees its memory except for the lists."""
        held, growth = memory.expanding(self.plan.behaviour, what), self._growth
        growth.add_lists(what.lists)
        self._sums.lists = growth.lists
        self._sums.peak = held
        self._compare(held)
        growth.add_statements(max(0, held - growth.bytes))

    @property
    def dies_in_expansion(self) -> bool:
        """Whether memory was exhausted before any site was worked."""
        return self._expands and self.at_death is not None and self.death_site is None

    @property
    def _expands(self) -> bool:
        what = self.plan.expanding
        return what is not None and not what.is_over

    @property
    def totals(self) -> Totals:
        """The totals so far."""
        return replace(self._sums, peak=max(self._sums.peak, self._peak_before))

    def site(self, batches: Iterable[Batch], site_start: SiteStart) -> None:
        """Run one site."""
        self._begin(site_start)
        handled = 0
        for batch in batches:
            if self.is_cut_off:
                return
            self._add(batch, len(str(site_start.idsite)) - 1)
            handled = batch.handled
        self._sums.excluded += handled

    def _begin(self, site_start: SiteStart) -> None:
        """Add the cost of a site before its first SELECT."""
        sums = self._sums
        if not site_start.is_begun:
            self._pay(site_start)
        if not sums.sites and self.plan.start is None:
            self._add_texts([0], 0)
        sums.sites += 1
        sums.lists = self._growth.lists
        self._idsite = site_start.idsite
        self._weigh()

    def _pay(self, site: SiteStart) -> None:
        """Add the cost of segments, if the turn asks for them, and of the site's own rows."""
        start = self.plan.start
        has_all_lists = start.has_all_lists if start else site.was_listed and self._expands
        if site.lists_segments and not has_all_lists:
            self._growth.add_lists(1)
        elif not has_all_lists:
            self._growth.add_site()
        self._growth.add_daily_rows(site.daily)
        self._sums.daily += site.daily

    def _add(self, batch: Batch, more_digits: int) -> None:
        sums = self._sums
        if batch.texts:
            self._add_texts(batch.texts, more_digits)
        deleted = batch.deleted + batch.duplicates
        self._growth.add_rows(batch.archived, batch.of_plugins, batch.empty, deleted)
        sums.archives += batch.archived
        sums.of_plugins += batch.of_plugins
        sums.empty += batch.empty
        sums.skips += batch.skips
        sums.duplicates += batch.duplicates
        sums.deleted += batch.deleted
        sums.repaired += batch.repaired
        sums.selects += batch.selects
        self._weigh()
        self._end_batch(batch)

    def _add_texts(self, texts: list[int], more_digits: int) -> None:
        """Each is the bytes of the ids in it that this turn has excluded."""
        excluded = self._sums.excluded
        more = more_digits + self.plan.prefix - USUAL_PREFIX
        self._sums.texts += len(texts)
        self._sums.text_bytes += statements.total(texts, excluded) + more * len(texts)
        if self.plan.behaviour.keeps_statements:
            self._growth.add_texts([statements.length(excluded + n) + more for n in texts])

    def _weigh(self) -> None:
        """Compare the memory in use with the limits."""
        sums = self._sums
        used = self._growth.bytes
        if self._expanded and self._reconnected is None:
            self._peak_before = self._expanded + self._growth.statements
        if used > sums.peak:
            sums.peak = used
            self._compare(used)
        if self.is_safe:
            self.safe_archives = sums.archives
        if self.at_limit is None and 0 < self._archive_limit <= sums.archives:
            self.at_limit = self.totals
        self.is_cut_off |= sums.selects > self._most_selects

    def _compare(self, peak: int) -> None:
        limit = self._usable
        if peak < limit * memory.SAFE:
            return
        self.is_safe = False
        if peak >= self._exhausted and self.at_death is None:
            self.at_death, self.death_site = self.totals, self._idsite
        self.is_cut_off |= peak >= limit * _CUT_OFF and not self.plan.is_followed_whole

    def _end_batch(self, batch: Batch) -> None:
        """The connection is dropped once children were asked, then at most every two hours."""
        rate, archives = self.plan.config.archives_per_hour, self._sums.archives
        if not batch.archived:
            return
        is_first = self._reconnected is None
        if is_first or (
            rate is not None and archives - (self._reconnected or 0) >= rate * _WINDOW_HOURS
        ):
            self._growth.reconnect()
            self._reconnected = archives
