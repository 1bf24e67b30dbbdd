"""Moments of recorded runs that were not looked at while they went on: by verdicts and memory."""

import csv
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tests.support import recorded_runs, recordings
from tests.support.midrun import MidRun
from tests.support.recorded_runs import RecordedRun
from tests.support.recordings import Table, Value

_OFFSET = 10_309_632
"""of VmData, with Debian's PHP 8.2"""
_CHUNK = 2 * 1024 * 1024
_LASTED = 3600
"""seconds that each run is said to have lasted: its connection was never dropped"""
_DONE = "Archived website id {site}, period = day, date = 2026-11-23, segment = '', {plugin}1 visits found. Time elapsed: 0.010s"  # noqa: E501
_SKIP = "Found archive with intersecting period with others in concurrent batch, skipping"


@dataclass(frozen=True, slots=True)
class Moments:
    """A recorded run with the queue that each of its sites met."""

    run: RecordedRun
    tables: Mapping[str, Table]
    queue: Mapping[int, dict[str, str]]
    """rows by id"""

    @property
    def began(self) -> int:
        """Unix seconds; the rows are there a minute before, which a run may expand itself."""
        texts = (row["ts_invalidated"] for row in self.queue.values())
        newest = datetime.fromisoformat(max(texts)).replace(tzinfo=UTC)
        return int(newest.timestamp()) + 120

    @property
    def options(self) -> dict[str, str]:
        """By name."""
        return {str(name): str(value) for name, value, *_ in self.tables["option"].rows}

    @property
    def before(self) -> dict[str, Table]:
        """The tables before it began, as far as that is known."""
        option, written = self.tables["option"], ("LastFullArchivingStartTime", "SharedSite")
        rows = tuple(row for row in option.rows if not str(row[0]).startswith(written))
        return {**self.tables, "option": replace(option, rows=rows)}

    def seen_at(self, *shares: float) -> MidRun:
        """The run as it was seen after these parts of its rows."""
        run = self.run
        totals = {"adapter": run.adapter, "concurrent_requests": run.concurrent_requests}
        return MidRun(run.name, self.before, totals, [*map(self.at, shares)], [self.log()])

    def at(self, share: float) -> dict[str, Any]:
        """After that part of its rows, as `midrun.go_on` takes it."""
        upto = self._verdicts_until(share)
        site = self._site_of(upto)
        gone = {v.idinvalidation for v in self.run.verdicts[:upto] if v.code not in ("skip", "EX")}
        ids = [int(str(row[0])) for row in self.tables["archive_invalidations"].rows]
        now = self._clock(upto)
        options = {n: v for n, v in self.options.items() if not n.startswith("SharedSite")}
        left = [str(n) for n in self.sites if n > site]
        options["LastFullArchivingStartTime"] = str(self.began)
        options["SharedSiteIdsToArchive_AllWebsites"] = ",".join(left)
        options["SharedSiteIdsToArchive_AllWebsites_ResetQueueTime"] = str(self.began * 1000)
        return {
            "percent": round(share * 100),
            "now": now,
            "left": [*_ranges([n for n in ids if n not in gone])],
            "rows": self._rows(upto, site, gone - {None}, {*ids}, now),
            "options": options,
            "deleted": self._taken(upto) - len(self._batch(upto)),
            "archivers": [self._process(upto)],
        }

    def log(self) -> list[str]:
        """Its lines; of each verdict at most one, and one for each site that has begun."""
        return [line for _, line in self._lines()]

    @property
    def sites(self) -> list[int]:
        """All ids, in order."""
        columns = self.tables["site"].columns
        return sorted(int(str(row[columns.index("idsite")])) for row in self.tables["site"].rows)

    def _verdicts_until(self, share: float) -> int:
        """Up to the end of a batch, whose rows are then in progress."""
        wanted = share * sum(v.code == "take" for v in self.run.verdicts)
        done = batch = 0
        for number, verdict in enumerate(self.run.verdicts):
            batch += verdict.code == "take"
            if batch == self.run.concurrent_requests or verdict.code == "nonext":
                if batch and done + batch >= wanted:
                    return number + 1
                done, batch = done + batch, 0
        raise AssertionError(share)

    def _batch(self, upto: int) -> list[int]:
        """The rows that were taken last, before all others were done."""
        batch: list[int] = []
        for verdict in reversed(self.run.verdicts[:upto]):
            if len(batch) == self.run.concurrent_requests or (batch and verdict.code == "nonext"):
                break
            if verdict.code == "take" and verdict.idinvalidation is not None:
                batch.append(verdict.idinvalidation)
        return batch

    def _taken(self, upto: int) -> int:
        return sum(v.code == "take" for v in self.run.verdicts[:upto])

    def _site_of(self, upto: int) -> int:
        """Rows that a run adds while it works on a site are not in the queue that it met."""
        known = (v.idinvalidation or 0 for v in reversed(self.run.verdicts[:upto]))
        return next(int(self.queue[n]["idsite"]) for n in known if n in self.queue)

    def _clock(self, upto: int) -> int:
        return self.began + 1 + upto * _LASTED // len(self.run.verdicts)

    def _rows(
        self, upto: int, site: int, gone: set[int | None], table: set[int], now: int
    ) -> list[list[Value]]:
        """Those in progress, and those that the site's turn has added."""
        batch, found = self._batch(upto), []
        for number, row in self.queue.items():
            is_new = int(row["idsite"]) == site and number not in table and number not in gone
            if number in batch or is_new:
                started = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S}"
                changes = {"status": "1", "ts_started": started} if number in batch else {}
                found.append(_values(row | changes))
        return found

    def _process(self, upto: int) -> dict[str, Any]:
        points = self.run.memory
        after = points[min(bisect_left(points, upto, key=lambda p: p.selects), len(points) - 1)]
        real = -(-(after.peak + 300_000) // _CHUNK) * _CHUNK
        kb = (real + _OFFSET) // 1024
        status = {"VmPeak": kb + 130_000, "VmSize": kb + 130_000, "VmData": kb, "VmRSS": kb}
        lines = sum(at < upto for at, _ in self._lines())
        age = self._clock(upto) - self.began
        return {"pid": 4711, "age": age, "status": status, "lines": lines, "usage": after.used}

    def _lines(self) -> Iterator[tuple[int, str]]:
        yield 0, self._line(0, "Starting Matomo reports archiving...")
        sites, begun = self.sites, 0
        for number, verdict in enumerate(self.run.verdicts):
            row = self.queue.get(verdict.idinvalidation or 0)
            while row is not None and begun < len(sites) and sites[begun] <= int(row["idsite"]):
                text = f"Start processing archives for site {sites[begun]}."
                yield number, self._line(number, text)
                begun += 1
            if verdict.code == "skip":
                yield number, self._line(number, _SKIP, "DEBUG")
            if verdict.code == "take":
                name = row["name"] if row else ""
                plugin = f"plugin = {name.partition('.')[2]}, " if "." in name else ""
                text = _DONE.format(site=sites[begun - 1], plugin=plugin)
                yield number + 1, self._line(number, text)

    def _line(self, number: int, text: str, level: str = "INFO") -> str:
        at = datetime.fromtimestamp(self._clock(number), UTC)
        return f"{level:9} [{at:%Y-%m-%d %H:%M:%S}] 4711  {text}"


def load(name: str) -> Moments:
    """Those of one recorded run."""
    run = recorded_runs.load(name)
    queue = {int(row["idinvalidation"]): row for row in csv.DictReader(run.queue.splitlines())}
    return Moments(run, recordings.read(name), queue)


def _values(row: Mapping[str, str]) -> list[Value]:
    columns = (
        "idinvalidation", "idarchive", "name", "idsite", "date1", "date2", "period",
        "ts_invalidated", "ts_started", "status", "report",
    )  # fmt: skip
    return [None if row[name] == "NULL" else row[name] for name in columns]


def _ranges(numbers: Sequence[int]) -> Iterator[list[int]]:
    numbers = sorted(numbers)
    first = 0
    for at, number in enumerate(numbers):
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            yield [numbers[first], number]
            first = at + 1
