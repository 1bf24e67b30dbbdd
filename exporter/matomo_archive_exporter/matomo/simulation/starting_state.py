"""The state of a run that is going on: the memory of its process when the simulation starts."""

from dataclasses import dataclass, replace
from math import ceil

from matomo_archive_exporter.matomo.simulation import memory, statements
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.run_plan import USUAL_PREFIX, Start
from matomo_archive_exporter.matomo.version import Behaviour

_STEPS = 32
"""into which the statements of a window are divided to be summed up"""
_MOST_ROWS = 2**24
"""rows that a search for their number ends at"""


@dataclass(frozen=True, slots=True)
class Share:
    """Averages for a handled row and a begun site, from a simulation of like rows.

    All but `rows`, `daily` and `lists` are of a row, these of a site; `excluded` are the bytes that
    it adds to the list of ids handled, `skipped` those of other ids that a text names.
    """

    rows: float
    texts: float
    archives: float
    of_plugins: float
    empty: float
    deleted: float
    daily: float
    lists: float
    excluded: float
    skipped: float = 0.0

    @property
    def taken(self) -> float:
        """Rows that were started, of all that are gone."""
        return self.archives + self.empty

    @classmethod
    def of(cls, totals: Totals) -> "Share | None":
        """Of a simulated run; None where it handles no row."""
        rows = totals.handled
        if not rows or not totals.sites:
            return None
        return cls(
            rows / totals.sites,
            totals.texts / rows,
            totals.archives / rows,
            totals.of_plugins / rows,
            totals.empty / rows,
            (totals.deleted + totals.duplicates) / rows,
            totals.daily / totals.sites,
            totals.lists / totals.sites,
            totals.excluded / rows,
            max(
                0.0,
                totals.text_bytes / max(1, totals.texts) - statements.length(totals.excluded // 2),
            ),
        )


@dataclass(frozen=True, slots=True)
class Past:
    """The past of one process: rows handled, sites begun, and those whose segments it asked for.

    `dropped` is the part of its rows that it had handled when its connection was last dropped.
    """

    rows: float
    sites: float
    lists: float
    dropped: float = 0.0


@dataclass(frozen=True, slots=True)
class Process:
    """Constants of the process."""

    behaviour: Behaviour
    prefix: int = USUAL_PREFIX

    def start(self, past: Past, share: Share) -> Start:
        """The state of a process with this past."""
        held = memory.Held(
            lists=ceil(past.lists),
            other_sites=max(0, ceil(past.sites) - ceil(past.lists)),
            archives=round(past.rows * share.archives),
            of_plugins=round(past.rows * share.of_plugins),
            empty=round(past.rows * share.empty),
            kept=round(self._statements(past, share)) if self.behaviour.keeps_statements else 0,
        )
        since_drop = round(past.rows * (1 - past.dropped) * share.archives)
        start = Start(held, round(past.rows * share.excluded), 0, since_drop)
        return replace(start, peak=self.bytes(start))

    def bytes(self, start: Start) -> int:
        """What it holds there."""
        growth = memory.Growth(self.behaviour)
        growth.hold(start.held)
        return growth.bytes

    def rows_for(self, held: int, past: Past, share: Share) -> float:
        """How many rows it has handled if it holds so many bytes, all else being as in `past`."""
        least, most = 0.0, float(_MOST_ROWS)
        while most - least > 1:
            middle = (least + most) / 2
            fits = self.bytes(self.start(replace(past, rows=middle), share)) <= held
            least, most = (middle, most) if fits else (least, middle)
        return least

    def _statements(self, past: Past, share: Share) -> float:
        """Bytes of the statements since the connection was last dropped."""
        since = past.rows * (1 - past.dropped)
        step = since / _STEPS
        texts = 0.0
        for number in range(_STEPS):
            ids = (past.rows - since + (number + 0.5) * step) * share.excluded
            length = statements.length(int(ids + share.skipped)) + self.prefix - USUAL_PREFIX
            texts += step * share.texts * memory.of_text(length)
        daily = share.daily * past.sites * (1 - past.dropped)
        others = since * memory.of_rows(share.archives, share.of_plugins, share.deleted)
        return texts + memory.of_daily_rows(daily) + others
