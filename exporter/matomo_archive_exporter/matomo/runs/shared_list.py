"""The list of sites that archivers share: what of it the process that counts took and will take."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun

_TOLERANCE = 5
"""seconds by which the clocks of archiver and database may differ"""


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites that the process which counts has begun, and how many of them are listed: their
    segments were asked for. `begun` is None where it cannot be told; `left` are those that anyone
    may yet take.
    """

    begun: float | None
    listed: float
    left: tuple[int, ...]
    takes: float = 1.0
    """the part of these that it will take"""
    has_all_lists: bool = False
    """whether the run expanded re-archivings, for which it asked for the segments of all sites"""


def sites_of(run: FollowedRun, instance: Instance) -> Sites:
    """From the list, what it was when the run began, and the log."""
    left = tuple(sorted(run.now.sites_left & instance.sites.keys()))
    takes = _takes(run, sorted(instance.sites), left)
    gone = _gone(run, instance, left)
    if gone is None:
        return Sites(None, 0, left, takes)
    own = 1 if run.own else 1 / run.count
    begun = len(gone) * own
    if run.began is not None and run.began.is_expanding:
        return Sites(begun, instance.sites_with_segment, left, takes, has_all_lists=True)
    return Sites(begun, sum(bool(instance.hashes_of(site)) for site in gone) * own, left, takes)


def _gone(run: FollowedRun, instance: Instance, left: Collection[int]) -> list[int] | None:
    """The sites that all took from the list, in order; by the log as many as its process took, the
    last ones: those of the others are like them.
    """
    all_gone = sorted(instance.sites.keys() - set(left))
    if run.own is not None:
        return all_gone[max(0, len(all_gone) - run.own.sites) :]
    if run.began is not None and run.began.sites_left:
        return sorted(run.began.sites_left & set(all_gone))
    return all_gone if run.began is not None or _made_its_list(run) else None


def _made_its_list(run: FollowedRun) -> bool:
    """Whether the list was made when the run began, and is not what another left."""
    made, started = run.now.list_began, run.started
    return made is not None and started is not None and made >= started - _TOLERANCE


def _takes(run: FollowedRun, every: Sequence[int], left: Sequence[int]) -> float:
    """The part of the sites left that the process which counts will take: as of those before.

    Each takes the next site of the list. So between two that the log names, others took those that
    it does not name, but for sites that are not in the list at all.
    """
    own = run.own
    if own is None or run.now.processes:
        return 1 / run.count
    places = [bisect_left(every, site) for site in own.last_sites]
    steps = sorted(after - before for before, after in pairwise(places) if after > before)[:-1]
    listed = _listed(every, left)
    return min(1.0, (len(steps) + 1) / (sum(steps) * listed + run.count))


def _listed(every: Sequence[int], left: Sequence[int]) -> float:
    """The part of the sites that is in the list, by those that are left (--skip-idsites)."""
    if not left:
        return 1.0
    return len(left) / (bisect_right(every, left[-1]) - bisect_left(every, left[0]))
