"""The work of each site in a run, from the facts of its instance."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from hashlib import blake2b

from matomo_archive_exporter.matomo.calendar import DAY, MONTH, WEEK, YEAR, covering
from matomo_archive_exporter.matomo.simulation.bounded_cache import BoundedCache
from matomo_archive_exporter.matomo.simulation.daily_rows import DailyRow, daily_rows, is_usable
from matomo_archive_exporter.matomo.simulation.forecast import SiteInput
from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation, named
from matomo_archive_exporter.matomo.simulation.packed_rows import Names, earliest, unpack
from matomo_archive_exporter.matomo.simulation.planned_rows import (
    NO_VISITS,
    FateFacts,
    SitePlan,
    site_plan,
)
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion
from matomo_archive_exporter.matomo.simulation.run_inputs import RunInputs
from matomo_archive_exporter.matomo.simulation.site_state import SiteState
from matomo_archive_exporter.matomo.time_zone import local_date

Plans = tuple[SitePlan, SitePlan | None]
"""A site's work if its rows count as visited; and if none has visits, where that is not known."""


class SitePlanner:
    """Plans one site after the other; it computes like sites once."""

    def __init__(
        self, inputs: RunInputs, expansions: Sequence[Expansion] = (), new_digits: int = 1
    ) -> None:
        """`new_digits` are those of the ids that new rows will get."""
        self._inputs = inputs
        self._expansions = expansions
        self._new_digits = new_digits
        self._works_unvisited_days = inputs.behaviour.works_unvisited_days
        self._plans: BoundedCache[Plans] = BoundedCache()

    def plan(self, idsite: int, packed: str, names: Names, *, is_begun: bool = False) -> SiteInput:
        """The plan for a site of the instance, from its rows as the database packs them.

        A turn that `is_begun` has queued its own rows before.
        """
        state = self._inputs.state_of(idsite)
        concerned = tuple(e.concerns(idsite) for e in self._expansions)
        daily = () if is_begun else daily_rows(state, self._inputs.behaviour)
        facts = self._facts(state, daily, self._earliest(packed))
        text = blake2b(packed.encode(), digest_size=16).digest()
        key = (text, facts, daily, concerned)

        def work_out() -> tuple[Plans, int]:
            plans = self._plans_of(packed, names, facts, daily, concerned)
            return plans, len(plans[0].rows)

        plans = self._plans.get(key, work_out)
        return SiteInput(
            idsite,
            key,
            *plans,
            facts.today,
            lists_segments=bool(state.segments) and self._lists_segments(state, plans[0]),
            was_listed=bool(state.segments) and self.is_listed(idsite),
            is_begun=is_begun,
        )

    def is_listed(self, idsite: int) -> bool:
        """Whether the expansion of a re-archiving asks for the segments of this site."""
        return any(e.names_segments and e.concerns(idsite) for e in self._expansions)

    def _lists_segments(self, state: SiteState, work: SitePlan) -> bool:
        """Before 5.4.0 a turn asks for segments only with visits, late ones, or a segment's row."""
        visits = state.visits
        if self._works_unvisited_days or visits is None:
            return True
        is_visited = visits.today or visits.yesterday or bool(state.remembered)
        return is_visited or work.looks_at_segments

    def _unvisited(self, state: SiteState) -> frozenset[int]:
        visits, number = state.visits, state.today.toordinal()
        if visits is None or not self._works_unvisited_days:
            return frozenset()
        has_visits = ((number, visits.today), (number - 1, visits.yesterday))
        return frozenset(day for day, is_visited in has_visits if not is_visited)

    def _earliest(self, packed: str) -> int:
        """The first day of all rows; earlier events make no difference."""
        days = [earliest(packed)]
        days += [row.date1 for e in self._expansions for row in e.rows[:1]]
        return min(days)

    def _facts(self, state: SiteState, daily: Sequence[DailyRow], earliest_day: int) -> FateFacts:
        created, visited = state.site.first_day, 0
        if state.visits is not None:
            first = state.visits.first
            visited = NO_VISITS
            if first is not None:
                visited = local_date(first, state.site.timezone).toordinal()
        return FateFacts(
            segments=frozenset(state.segments),
            created=created if created > earliest_day else 0,
            first_visit=visited if visited > earliest_day else 0,
            unvisited=self._unvisited(state),
            today=state.today.toordinal(),
            usable=_without_invalidated(frozenset(_usable(state)), daily),
        )

    def _plans_of(
        self,
        packed: str,
        names: Names,
        facts: FateFacts,
        daily: Sequence[DailyRow],
        concerned: Sequence[bool],
    ) -> Plans:
        table, behaviour = unpack(packed, names), self._inputs.behaviour
        added = [
            row
            for is_concerned, e in zip(concerned, self._expansions, strict=True)
            for row in (e.rows_of(facts.segments) if is_concerned else ())
            if row.date2 >= facts.created
        ]
        daily_rows_to_queue = [self._row(row) for row in daily]
        work = site_plan(table, facts, behaviour, added, daily_rows_to_queue)
        if self._inputs.visits is not None:
            return work, None
        if not self._works_unvisited_days:
            daily_rows_to_queue = []
        facts = replace(facts, first_visit=NO_VISITS)
        return work, site_plan(table, facts, behaviour, added, daily_rows_to_queue)

    def _row(self, row: DailyRow) -> Invalidation:
        return named(row.name, "", row.period, row.date1, row.date2, self._new_digits)


def _usable(state: SiteState) -> Iterable[tuple[str, int, int]]:
    if state.archives:
        today = state.today.toordinal()
        for period in (DAY, WEEK, MONTH, YEAR):
            first, _ = covering(period, today)
            for segment in ("", *state.segments):
                at = (state.site.idsite, period, date.fromordinal(first), f"done{segment}")
                if is_usable(state.archives.get(at), state.now):
                    yield segment, period, first


def _without_invalidated(
    usable: frozenset[tuple[str, int, int]], daily: Sequence[DailyRow]
) -> frozenset[tuple[str, int, int]]:
    """Invalidate the archives of queued rows; a row of all visits also those of its segments."""
    queued = {(row.name, row.period, row.date1) for row in daily}
    return frozenset(
        (segment, period, first)
        for segment, period, first in usable
        if not {("done", period, first), (f"done{segment}", period, first)} & queued
    )
