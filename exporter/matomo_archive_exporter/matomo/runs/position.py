"""The position of a run that is going on: the work and memory of its process so far."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.runs import process_memory
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.matomo.simulation.run_plan import Start
from matomo_archive_exporter.matomo.simulation.starting_state import Past, Process, Share

_HALF_A_SITE = 0.5
_TOLERANCE = 5
"""seconds by which the clocks of archiver and database may differ"""


@dataclass(frozen=True, slots=True)
class Position:
    """The position of the fullest process. `model` are the bytes in use by the simulation's costs,
    corrected by the process where these cannot be; `chunks` what PHP holds by the process.
    """

    start: Start
    model: int
    chunks: ByteRange | None
    is_counted: bool
    """whether its rows were counted, not taken to be like those to come"""


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites that a run has begun, those that it may yet take, and how many of the first are listed:
    their segments were asked for. Begun is None where it cannot be told.
    """

    begun: int | None
    listed: int
    left: tuple[int, ...]
    has_all_lists: bool = False
    """whether the run expanded re-archivings, for which it asked for the segments of all sites"""


@dataclass(frozen=True, slots=True)
class Ground:
    """The inputs of a position besides the run; they stay the same for a while. `before` is
    the forecast made before the run began, `share` None where no forecast tells of like rows.
    """

    instance: Instance
    process: Process
    share: Share | None
    before: Forecast | None

    def position_of(self, run: FollowedRun, build: ByteRange | None) -> Position | None:
        """The position; None while it expands re-archivings, and where it is unknown."""
        if self.share is None or run.is_expanding:
            return None
        sites = sites_of(run, self.instance)
        if not sites.has_all_lists and self._must_have_all_lists(run, sites, self.share, build):
            listed = self.instance.sites_with_segment
            sites = replace(sites, listed=listed, has_all_lists=True)
        past = past_of(run, sites, self.share, self)
        found = position(run, past, self.process, self.share, build)
        return replace(found, start=replace(found.start, has_all_lists=sites.has_all_lists))

    def _must_have_all_lists(
        self, run: FollowedRun, sites: Sites, share: Share, build: ByteRange | None
    ) -> bool:
        """Whether its process holds so much that it must have expanded re-archivings before."""
        used = usage_of(run, build)
        if used is None or not _proves_usage(run, self.process):
            return False
        every = replace(sites, listed=self.instance.sites_with_segment, has_all_lists=True)
        few, all_of_them = (
            self.process.bytes(self.process.start(past_of(run, which, share, self), share))
            for which in (sites, every)
        )
        return few < used.lowest and all_of_them <= used.highest


def sites_of(run: FollowedRun, instance: Instance) -> Sites:
    """From the list that archivers share, and what it was when the run began."""
    left = tuple(sorted(run.now.sites_left & instance.sites.keys()))
    gone = _gone(run, instance, left)
    if gone is None:
        return Sites(None, 0, left)
    if run.began is not None and run.began.is_expanding:
        return Sites(len(gone), instance.sites_with_segment, left, has_all_lists=True)
    return Sites(len(gone), sum(bool(instance.hashes_of(site)) for site in gone), left)


def _gone(run: FollowedRun, instance: Instance, left: Collection[int]) -> list[int] | None:
    """The sites that it took from the list, in order; by its log the last ones of those gone."""
    all_gone = sorted(instance.sites.keys() - set(left))
    if run.log:
        begun = sum(log.sites for log in run.log)
        return all_gone[max(0, len(all_gone) - begun) :]
    if run.began is not None and run.began.sites_left:
        return sorted(run.began.sites_left & set(all_gone))
    return all_gone if run.began is not None or _made_its_list(run) else None


def _made_its_list(run: FollowedRun) -> bool:
    """Whether the list was made when the run began, and is not what another left."""
    made, started = run.now.list_began, run.started
    return made is not None and started is not None and made >= started - _TOLERANCE


def past_of(run: FollowedRun, sites: Sites, share: Share, ground: Ground) -> Past:
    """What one of its processes has done."""
    before = ground.before
    begun = sites.begun or 0
    rows = float(run.handled)
    if not run.is_followed:
        rows = max(rows, share.rows * max(0.0, begun - _HALF_A_SITE))
    elif not run.log and run.began is not None and before is not None:
        rows = max(rows, run.began.rows + _own(begun, before) - run.now.rows)
    lists: float = sites.listed
    if not sites.has_all_lists:
        # Before 5.4.0 only sites at which something is to be done are asked for their segments.
        is_each = ground.process.behaviour.works_unvisited_days
        lists = (lists if is_each else min(lists, begun * share.lists)) / run.count
    return Past(rows / run.count, begun / run.count, lists, run.dropped)


def _own(begun: int, before: Forecast) -> float:
    """Rows that the turns so far have queued themselves: they may come and go unseen."""
    sites = before.configured.totals.sites
    return before.daily * begun / sites if sites else 0.0


def position(
    run: FollowedRun, past: Past, process: Process, share: Share, build: ByteRange | None
) -> Position:
    """The position of its fullest process; `build` is the offset of its PHP, as far as known."""
    start = process.start(past, share)
    model = process.bytes(start)
    fullest = run.fullest
    used = usage_of(run, build)
    if fullest is None or fullest.data is None or used is None:
        return Position(start, model, None, run.is_followed)
    chunks = process_memory.chunks(
        fullest.data.now, build or process_memory.offset(fullest.data.now)
    )
    lowest = used.lowest if _proves_usage(run, process) else 0
    if lowest <= model <= used.highest:
        return Position(start, model, chunks, run.is_followed)
    usual = (
        max(0, chunks.lowest - process_memory.USUALLY_UNUSED) if model < lowest else used.highest
    )
    if not run.is_followed and process.behaviour.keeps_statements:
        start = process.start(replace(past, rows=process.rows_for(usual, past, share)), share)
    more = usual - process.bytes(start)
    start = replace(start, held=replace(start.held, more=more), peak=max(usual, 0))
    return Position(start, usual, chunks, run.is_followed)


def usage_of(run: FollowedRun, build: ByteRange | None) -> ByteRange | None:
    """Bytes that may be in use by its fullest process, if nothing was freed; None if not seen."""
    fullest = run.fullest
    if fullest is None or fullest.data is None:
        return None
    build = build or process_memory.offset(fullest.data.now)
    return process_memory.usage(process_memory.chunks(fullest.data.now, build))


def _proves_usage(run: FollowedRun, process: Process) -> bool:
    """Chunks stay once they were taken: after a drop of the connection they may be empty."""
    return not process.behaviour.keeps_statements or run.has_outgrown_drop
