"""A recorded run of core:archive, prepared for a simulation by any set of rules."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import SiteStart
from matomo_archive_exporter.matomo.simulation.invalidation import Fate, named
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.settings.values import parse_memory
from tests.support import recordings
from tests.support.invalidations import MONTH, Queued
from tests.support.recorded_runs import RecordedRun

UNDER_OTHER_IDS = frozenset({"case-10"})
"""queues that were recorded in another run over the same rows"""


@dataclass(frozen=True, slots=True)
class Rerun:
    """Queues by site in the order of their turns, and what the rules need beside them.

    `new_digits` are those of ids that rows got during the run, `today` is the sites' day if
    children built archives, None where they only answered.
    """

    run: RecordedRun
    queues: Mapping[int, list[Queued]]
    instance: Instance
    new_digits: int
    today: int | None

    @property
    def plan(self) -> RunPlan:
        """How it was run."""
        run = self.run
        limit = parse_memory(run.memory_limit)
        return RunPlan(
            ArchiverConfig(run.adapter, run.concurrent_requests, memory_limit=limit),
            version.behaviour(run.matomo, run.adapter),
            self.new_digits,
            expanding=self._expanding(),
        )

    def start_of(self, idsite: int) -> SiteStart:
        """The cost of a site's turn before it looks at its queue.

        Its own rows are those of all plugins that hold the day of the run or the day before.
        """
        today = self.run.today.toordinal()
        rows = (q.row for q in self.queues[idsite])
        daily = sum(not r.plugin and r.date1 <= today <= r.date2 + 1 for r in rows)
        has_segments = bool(self.instance.hashes_of(idsite))
        return SiteStart(idsite, has_segments, has_segments, daily)

    def _expanding(self) -> memory.Expanding | None:
        months, sites = self._months(), self.instance.sites
        if not months:
            return None
        lists = sum(bool(self.instance.hashes_of(site)) for site in sites)
        return memory.Expanding(len(sites), lists, len(self.instance.segments), months)

    def _months(self) -> int:
        """How many the re-archiving covered."""
        rows = (q.row for queue in self.queues.values() for q in queue)
        return len({r.date1 for r in rows if r.period == MONTH and r.report == "Actions_hits"})


def rerun(run: RecordedRun, fates: Mapping[int, Fate]) -> Rerun:
    """The recorded queue, all rows queued; some with a fate that the queue does not show.

    Rows get the ids of the verdicts if the queue was recorded under other ids.
    """
    records = [*csv.DictReader(run.queue.splitlines())]
    ids = _ids(run, sorted(int(record["idinvalidation"]) for record in records))
    queues: defaultdict[int, list[Queued]] = defaultdict(list)
    for record in records:
        number = ids[int(record["idinvalidation"])]
        queues[int(record["idsite"])].append(_queued(number, record, fates))
    return Rerun(
        run,
        {site: sorted(queues[site], key=_order) for site in sorted(queues)},
        _instance(run.name),
        len(str(max(ids.values()))),
        run.today.toordinal() if run.children == "real" else None,
    )


def _ids(run: RecordedRun, recorded: list[int]) -> dict[int, int]:
    judged = sorted({v.idinvalidation for v in run.verdicts if v.idinvalidation is not None})
    same = run.name not in UNDER_OTHER_IDS
    return dict(zip(recorded, recorded if same else judged, strict=True))


def _queued(number: int, record: Mapping[str, str], fates: Mapping[int, Fate]) -> Queued:
    assert record["status"] == "0"
    report = "" if record["report"] == "NULL" else record["report"]
    first, last = (date.fromisoformat(record[name]).toordinal() for name in ("date1", "date2"))
    row = named(record["name"], report, int(record["period"]), first, last, len(str(number)))
    return Queued(number, replace(row, fate=fates.get(number, Fate.ARCHIVED)))


def _order(queued: Queued) -> tuple[int, ...]:
    return (*queued.row.rank, -queued.idinvalidation)


def _instance(name: str) -> Instance:
    """The sites and the segments that are archived, from the recorded tables."""
    sites = [Site(int(r["idsite"] or 0), None, "UTC") for r in _records(name, "site")]
    segments = [
        Segment(str(r["hash"]), str(r["definition"]), int(r["enable_only_idsite"] or 0) or None)
        for r in _records(name, "segment")
        if r["auto_archive"] == 1 and r["deleted"] == 0
    ]
    return Instance({site.idsite: site for site in sites}, tuple(segments))


def _records(name: str, table: str) -> list[dict[str, recordings.Value]]:
    content = recordings.read(name)[table]
    return [dict(zip(content.columns, values, strict=True)) for values in content.rows]
