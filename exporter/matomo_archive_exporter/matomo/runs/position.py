"""The position of a run that is going on: the work and memory of its process so far."""

from dataclasses import dataclass, replace

from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.runs import process_memory
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange
from matomo_archive_exporter.matomo.runs.shared_list import Sites, sites_of
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.matomo.simulation.run_plan import Start
from matomo_archive_exporter.matomo.simulation.starting_state import Past, Process, Share

_HALF_A_SITE = 0.5


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
    unseen: float = 1.0
    """rows that all have done, for each that was seen to go; those that a turn queues itself may
    come and go between two readings"""

    def per_hour(self, run: FollowedRun) -> float | None:
        """Rows an hour of the process that counts."""
        each = run.per_hour_each
        return None if each is None else each * self.unseen


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
        start = replace(found.start, has_all_lists=sites.has_all_lists)
        return replace(found, start=start, unseen=_unseen(run, past, self.share))

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


def past_of(run: FollowedRun, sites: Sites, share: Share, ground: Ground) -> Past:
    """What the process that counts has done."""
    begun, own = sites.begun or 0.0, run.own
    # Deleted rows are not logged.
    rows = (
        own.rows / (share.taken or 1.0)
        if own
        else _rows(run, begun * run.count, share, ground.before) / run.count
    )
    lists = sites.listed
    # Before 5.4.0 only sites at which something is to be done are asked for their segments.
    if not sites.has_all_lists and not ground.process.behaviour.works_unvisited_days:
        lists = min(lists, begun * share.lists)
    return Past(rows, begun, lists, run.dropped)


def _rows(run: FollowedRun, begun: float, share: Share, before: Forecast | None) -> float:
    """That all processes have handled, at so many sites."""
    if not run.is_followed:
        return max(run.handled, share.rows * max(0.0, begun - _HALF_A_SITE))
    if run.began is None or before is None:
        return run.handled
    return max(run.handled, run.began.rows + _own(begun, before) - run.now.rows)


def _unseen(run: FollowedRun, past: Past, share: Share) -> float:
    if run.own is not None or not run.handled:
        return 1.0
    since = past.rows * run.count
    if not run.is_followed:
        since = share.rows * len(run.first.sites_left - run.now.sites_left)
    return max(1.0, since / run.handled)


def _own(begun: float, before: Forecast) -> float:
    """Rows that the turns so far have queued themselves: they may come and go unseen."""
    sites = before.configured.totals.sites
    return before.daily * begun / sites if sites else 0.0


def position(
    run: FollowedRun, past: Past, process: Process, share: Share, build: ByteRange | None
) -> Position:
    """The position of its fullest process; `build` is the offset of its PHP, as far as known."""
    start = process.start(past, share)
    model = process.bytes(start)
    data = run.fullest_data
    if data is None:
        return Position(start, model, None, run.is_counted)
    chunks = data.held(build)
    is_proof = _proves_usage(run, process)
    # Rows that were not counted are a guess. Where each costs much, its chunks tell more, if they
    # are known or its build is the usual one.
    is_guess = is_proof and not run.is_counted and process.behaviour.keeps_statements
    likely = data.likely_held(build) if is_guess else chunks
    is_better_known = is_guess and likely.is_close
    used = process_memory.usage(likely)
    if not is_better_known and (used.lowest if is_proof else 0) <= model <= used.highest:
        return Position(start, model, chunks, run.is_counted)
    usual = max(0, likely.lowest - process_memory.USUALLY_UNUSED)
    if model > used.highest and not is_better_known:
        usual = used.highest
    if not run.is_counted and process.behaviour.keeps_statements:
        start = process.start(replace(past, rows=process.rows_for(usual, past, share)), share)
    more = usual - process.bytes(start)
    start = replace(start, held=replace(start.held, more=more), peak=max(usual, 0))
    return Position(start, usual, chunks, run.is_counted)


def usage_of(run: FollowedRun, build: ByteRange | None) -> ByteRange | None:
    """Bytes that may be in use by its fullest process, if nothing was freed; None if not seen."""
    data = run.fullest_data
    return None if data is None else process_memory.usage(data.held(build))


def _proves_usage(run: FollowedRun, process: Process) -> bool:
    """Chunks stay once they were taken: after a drop of the connection they may be empty."""
    return not process.behaviour.keeps_statements or run.has_outgrown_drop
