"""What the expansion of scheduled re-archivings needs as they are, and what it would need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matomo_archive_exporter.matomo import memory
from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.memory import Costs
from matomo_archive_exporter.matomo.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.rearchiving import Reach, expanding, expansion


@dataclass(frozen=True, slots=True)
class ExpansionChoices:
    """Bytes at the end of the expansion, now and by what might be changed; 0 where there is none.

    `lists` are the sites whose segments it asks for, `list_of_segments` the bytes of each.
    """

    now: int
    lists: int
    list_of_segments: int
    by_months: Mapping[int, int]
    """by rearchive_reports_in_past_last_n_months"""
    without_segments: int
    """with rearchive_reports_in_past_exclude_segments"""
    by_entry_left_out: tuple[int, ...]
    """without the first entry of ReArchiveList, without the second, and so on"""

    def most_sites(self, limit: int) -> int:
        """How many sites may have a segment for the expansion to fit this memory_limit."""
        without_lists = self.now - self.lists * self.list_of_segments
        return max(0, (memory.exhausted(limit) - 1 - without_lists) // self.list_of_segments)


def expansion_choices(
    entries: Sequence[ReArchiving],
    instance: Instance,
    reach: Reach,
    costs: Costs,
    *,
    keeps_statements: bool,
) -> ExpansionChoices:
    """Of all entries, as Matomo would expand them now."""

    def held(some: Sequence[ReArchiving], how: Reach) -> int:
        what = expanding([expansion(e, instance, how, digits=1) for e in some], instance)
        if what is None:
            return 0
        return memory.expanding(costs, what, keeps_statements=keeps_statements)

    what = expanding([expansion(e, instance, reach, digits=1) for e in entries], instance)
    return ExpansionChoices(
        now=held(entries, reach),
        lists=0 if what is None else what.lists,
        list_of_segments=costs.list_of_segments,
        by_months={n: held(entries, replace(reach, last_n_months=n)) for n in (1, 0)},
        without_segments=held(entries, replace(reach, exclude_segments=True)),
        by_entry_left_out=tuple(
            held([e for e in entries if e is not left_out], reach) for left_out in entries
        ),
    )
