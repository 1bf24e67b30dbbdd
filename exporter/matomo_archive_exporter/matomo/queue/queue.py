"""The queue in figures: groups of like rows, summed up.

A row of `archive_invalidations` has status 0 (queued) or 1 (in progress) and no other; a finished
row is deleted (Matomo 4.0.0 and later). Status NULL, which the column allows, is neither: the
archiver's SELECT never returns such a row.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from matomo_archive_exporter.matomo.calendar import LABELS, PeriodLabel
from matomo_archive_exporter.matomo.done_flag import SCOPES, Scope, parse
from matomo_archive_exporter.matomo.queue.owner import OwnedRows, Owner

Status = Literal["queued", "in_progress"]
STATUSES: tuple[Status, ...] = ("queued", "in_progress")

ALL = "all"
HITS_BACKFILL_REPORT = "Actions_hits"
_MOST_OWNED = 1000


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """Rows alike in status, period, name and report. Times are Unix seconds."""

    status: int | None
    period: int
    name: str
    report: str | None
    rows: int
    without_time: int = 0
    """rows with NULL `ts_invalidated`"""
    in_future: int = 0
    """rows with `ts_invalidated` later than now"""
    without_start: int = 0
    """rows with NULL `ts_started`"""
    past_recovery: int = 0
    """rows started longer ago than the recovery timeout"""
    oldest_invalidated: int | None = None
    """of the rows with a time that is not in the future"""
    oldest_started: int | None = None
    newest_started: int | None = None
    owner: Owner | None = None
    """of rows in progress that have one and are not past the recovery timeout; then all of them
    started at the same second"""

    @property
    def state(self) -> Status:
        """Queued is every status but 1."""
        return "in_progress" if self.status == 1 else "queued"


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """The queue in figures. Counts are rows; times are Unix seconds, None where there is none."""

    rows: Mapping[tuple[Status, PeriodLabel, Scope], int]
    reports: Mapping[tuple[str, str], Mapping[Status, int]]
    """by plugin and report, `all` where a row names none"""
    total: int
    hits_backfill: int
    never_started: int
    past_recovery: int
    no_status: int
    no_time: int
    future_time: int
    oldest_queued: int | None
    oldest_started: int | None
    newest_started: int | None
    unknown_periods: Mapping[int, int]
    """rows by a period number that Matomo does not have; counted under no label"""
    owned: tuple[OwnedRows, ...] = ()
    """rows in progress not past the recovery timeout by owner and start, the latest first: as many
    as _MOST_OWNED; empty unless the reading asks for owners"""


@dataclass(slots=True)
class _Sums:
    rows: Counter[tuple[Status, PeriodLabel, Scope]] = field(default_factory=Counter)
    reports: dict[tuple[str, str], Counter[Status]] = field(default_factory=dict)
    single: Counter[str] = field(default_factory=Counter)
    unknown_periods: Counter[int] = field(default_factory=Counter)
    queued_times: list[int] = field(default_factory=list)
    started_times: list[int] = field(default_factory=list)
    owned: Counter[tuple[int, Owner]] = field(default_factory=Counter)


def summarise(groups: Iterable[QueueGroup]) -> QueueFacts:
    """The figures of a whole queue from its groups; a group may come in several parts."""
    sums = _Sums()
    for group in groups:
        _add(sums, group)
    single, latest = sums.single, sorted(sums.owned.items(), reverse=True)
    return QueueFacts(
        rows={key: sums.rows[key] for key in product(STATUSES, LABELS.values(), SCOPES)},
        reports=sums.reports,
        oldest_queued=min(sums.queued_times, default=None),
        oldest_started=min(sums.started_times, default=None),
        newest_started=max(sums.started_times, default=None),
        unknown_periods=dict(sums.unknown_periods),
        owned=tuple(OwnedRows(*key, rows) for key, rows in latest[:_MOST_OWNED]),
        total=single["total"],
        hits_backfill=single["hits_backfill"],
        never_started=single["never_started"],
        past_recovery=single["past_recovery"],
        no_status=single["no_status"],
        no_time=single["no_time"],
        future_time=single["future_time"],
    )


def _add(sums: _Sums, group: QueueGroup) -> None:
    flag = parse(group.name)
    label = LABELS.get(group.period)
    if label is None:
        sums.unknown_periods[group.period] += group.rows
    else:
        sums.rows[group.state, label, flag.scope] += group.rows
    report = (flag.plugin or ALL, group.report or ALL)
    sums.reports.setdefault(report, Counter())[group.state] += group.rows
    sums.single["total"] += group.rows
    if group.state == "in_progress":
        _add_in_progress(sums, group)
    else:
        _add_queued(sums, group)


def _add_in_progress(sums: _Sums, group: QueueGroup) -> None:
    sums.single["never_started"] += group.without_start
    sums.single["past_recovery"] += group.past_recovery
    sums.started_times += [
        time for time in (group.oldest_started, group.newest_started) if time is not None
    ]
    if group.owner is not None and group.newest_started is not None and not group.past_recovery:
        sums.owned[group.newest_started, group.owner] += group.rows


def _add_queued(sums: _Sums, group: QueueGroup) -> None:
    if group.status == 0 and group.report == HITS_BACKFILL_REPORT:
        sums.single["hits_backfill"] += group.without_start
    if group.status is None:
        sums.single["no_status"] += group.rows
        return
    sums.single["no_time"] += group.without_time
    sums.single["future_time"] += group.in_future
    if group.oldest_invalidated is not None:
        sums.queued_times.append(group.oldest_invalidated)
