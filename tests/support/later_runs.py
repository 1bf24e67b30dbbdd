"""Runs of Matomo 5.8.0 and 5.2.1: their tables, the queue that each site met, every verdict."""

import csv
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation.invalidation import named
from matomo_archive_exporter.matomo.simulation.planned_rows import State, TableRow
from tests.support.invalidations import Queued
from tests.support.recordings import RECORDINGS, Table

LATER = RECORDINGS / "5.8.0"
_SUFFIX = ".json.gz"

Verdict = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class LaterRun:
    """One run; `totals` are those of its file, None where not recorded. `now` is when it began."""

    name: str
    totals: Mapping[str, Any]
    tables: Mapping[str, Table]
    queue_text: str
    """the queue as CSV; "" where it was not recorded"""
    queue: Mapping[int, list[Queued]]
    """rows by site, in Matomo's order"""
    states: Mapping[int, State]
    """of the rows that are not queued, by id"""
    verdicts: tuple[Verdict, ...]

    @property
    def now(self) -> datetime:
        """When the run began, in UTC."""
        return datetime.fromisoformat(self.totals["now"])

    @property
    def instance(self) -> Instance:
        """Its sites, and the segments that are archived."""
        sites = [Site(int(r["idsite"]), None, str(r["timezone"])) for r in self.records("site")]
        segments = [
            Segment(str(r["hash"]), str(r["definition"]), int(r["enable_only_idsite"] or 0) or None)
            for r in self.records("segment")
            if r["auto_archive"] == 1 and r["deleted"] == 0
        ]
        return Instance({site.idsite: site for site in sites}, tuple(segments))

    def queue_file(self, folder: Path) -> Path:
        """Write the queue to a file of that folder, as it was recorded."""
        path = folder / f"{self.name}.csv"
        path.write_bytes(self.queue_text.encode())
        return path

    def records(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table by their columns."""
        content = self.tables[table]
        return [dict(zip(content.columns, values, strict=True)) for values in content.rows]

    def table_rows(self, idsite: int) -> list[TableRow]:
        """A site's rows in the table, in Matomo's order."""
        return [
            TableRow(self.states.get(q.idinvalidation, State.QUEUED), q.row)
            for q in self.queue.get(idsite, ())
        ]


def names() -> list[str]:
    """Every such run, in alphabetical order."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in LATER.glob(f"*{_SUFFIX}"))


def load(name: str) -> LaterRun:
    """Read one run."""
    with gzip.open(LATER / f"{name}{_SUFFIX}", "rt", encoding="utf-8") as file:
        content = json.load(file)
    text = content.get("queue", "")
    records = [*csv.DictReader(text.splitlines())]
    queue: dict[int, list[Queued]] = {}
    for record in records:
        queue.setdefault(int(record["idsite"]), []).append(_queued(record))
    return LaterRun(
        name,
        content["totals"],
        {
            table: Table(tuple(c["columns"]), tuple(map(tuple, c["rows"])))
            for table, c in content["tables"].items()
        },
        text,
        {site: sorted(queue[site], key=_order) for site in sorted(queue)},
        {int(r["idinvalidation"]): State.STARTED for r in records if r["status"] == "1"},
        tuple((code, number) for code, number in content.get("verdicts", ())),
    )


def _queued(record: Mapping[str, str]) -> Queued:
    report = "" if record["report"] == "NULL" else record["report"]
    first, last = (date.fromisoformat(record[name]).toordinal() for name in ("date1", "date2"))
    number = int(record["idinvalidation"])
    row = named(record["name"], report, int(record["period"]), first, last, len(str(number)))
    return Queued(number, replace(row))


def _order(queued: Queued) -> tuple[int, ...]:
    return (*queued.row.rank, -queued.idinvalidation)
