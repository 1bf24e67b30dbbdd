"""The memory that the expansion of scheduled re-archivings needs, now and with other settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion, expanding, expansion
from matomo_archive_exporter.matomo.simulation.run_inputs import RunInputs

_MOST_MONTHS = 24


@dataclass(frozen=True, slots=True)
class ExpansionChoices:
    """Bytes at the end of the expansion, now and by what might be changed; 0 where there is none.

    `lists` are the sites whose segments it asks for, `list_of_segments` the bytes of each.
    """

    now: int
    lists: int
    list_of_segments: int
    by_months: Mapping[int, int]
    """by lower values of rearchive_reports_in_past_last_n_months, the highest first"""
    without_segments: int
    """with rearchive_reports_in_past_exclude_segments"""
    by_entry_left_out: tuple[int, ...]
    """without the first entry of ReArchiveList, without the second, and so on"""

    def most_sites(self, limit: int) -> int:
        """The most sites with a segment with which the expansion fits this memory_limit."""
        without_lists = self.now - self.lists * self.list_of_segments
        return max(0, (memory.exhausted(limit) - 1 - without_lists) // self.list_of_segments)


def expansion_choices(inputs: RunInputs) -> ExpansionChoices:
    """The expansions of all scheduled re-archivings, as Matomo would make them now."""
    instance, config = inputs.instance, inputs.config

    def held(some: Sequence[Expansion]) -> int:
        what = expanding(some, instance)
        return 0 if what is None else memory.expanding(inputs.behaviour, what)

    def expanded(**changes: Any) -> list[Expansion]:
        return _without_rows_of_segments(replace(inputs, config=replace(config, **changes)))

    now = expanded()
    what = expanding(now, instance)
    months = _fewer_months(config.rearchive_last_n_months)
    return ExpansionChoices(
        now=held(now),
        lists=0 if what is None else what.lists,
        list_of_segments=memory.costs_of(inputs.behaviour).list_of_segments,
        by_months={n: held(expanded(rearchive_last_n_months=n)) for n in months},
        without_segments=held(expanded(rearchive_exclude_segments=True)),
        by_entry_left_out=tuple(held(now[:n] + now[n + 1 :]) for n in range(len(now))),
    )


def _fewer_months(last_n_months: int) -> range:
    """0 is no limit for entries with a start date; those without one end with it."""
    most = last_n_months - 1 if last_n_months else _MOST_MONTHS
    return range(min(most, _MOST_MONTHS), -1, -1)


def _without_rows_of_segments(inputs: RunInputs) -> list[Expansion]:
    """The expansions for their memory, which depends on days, not on the many rows."""
    bare = replace(inputs, instance=replace(inputs.instance, segments=()))
    return [expansion(entry, bare, digits=1) for entry in inputs.rearchivings or ()]
