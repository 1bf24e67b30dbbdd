"""Overlaps, duplicates and orphans written a second time, slowly: each row against each other.

After QueueConsumer of Matomo 5.2.0, and the rows in progress of 5.3.0. It shares nothing with the
product but the rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from tests.support.queue_rows import Row

PERIODS = {1: "day", 2: "week", 3: "month", 4: "year", 5: "range"}


@dataclass(frozen=True, slots=True)
class Version:
    exempts_other_segments: bool = True
    in_progress_blocks: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A site: when it was made, and the segments that are archived for it."""

    created: str | None
    segments: Set[str]


@dataclass(frozen=True, slots=True)
class Figures:
    blocked: Mapping[str, int]
    duplicates: int
    orphans: Mapping[str, int]


def figures(
    rows: Sequence[Row], now: str, version: Version, places: Mapping[int, Place]
) -> Figures:
    """Of a queue of any number of sites, with ids."""
    blocked: Counter[str] = Counter(dict.fromkeys(PERIODS.values(), 0))
    orphans = Counter(site_deleted=0, segment_not_archived=0, before_site_creation=0)
    repeated = 0
    for site in _by_site(rows):
        queue = [row for row in site if _is_selectable(row, now)]
        blocked.update(PERIODS[r.period] for r in queue if _is_blocked(r, queue, site, version))
        repeated += sum(_is_repeated(row, site) for row in site)
        orphans.update(filter(None, (_reason(row, places) for row in site if row.status != 1)))
    return Figures(dict(blocked), repeated, dict(orphans))


def _by_site(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for idsite in {row.idsite for row in rows}:
        yield [row for row in rows if row.idsite == idsite]


def segment(row: Row) -> str:
    return row.name.split(".")[0][len("done") :]


def _is_selectable(row: Row, now: str) -> bool:
    is_queued = row.status is not None and row.status != 1
    return is_queued and row.ts_invalidated is not None and row.ts_invalidated <= now


def _is_blocked(row: Row, queue: Sequence[Row], site: Sequence[Row], version: Version) -> bool:
    return any(_conflict(u, row, version) and _precedes(u, row) for u in queue) or any(
        _holds_back(u, row) for u in site if version.in_progress_blocks
    )


def _conflict(u: Row, row: Row, version: Version) -> bool:
    return _overlap(u, row) and not (
        version.exempts_other_segments
        and _are_different_segments(u, row)
        and (u.period, u.date1, u.date2) == (row.period, row.date1, row.date2)
    )


def _overlap(u: Row, row: Row) -> bool:
    return u.date1 <= row.date2 and u.date2 >= row.date1


def _are_different_segments(u: Row, row: Row) -> bool:
    return segment(u) != "" and segment(row) != "" and segment(u) != segment(row)


def _precedes(u: Row, row: Row) -> bool:
    """Newest first day first, then short periods, short names, newest ids."""
    if u.date1 != row.date1:
        return u.date1 > row.date1
    return _rest(u) < _rest(row)


def _rest(row: Row) -> tuple[int, int, int]:
    assert row.idinvalidation is not None
    return (row.period, len(row.name), -row.idinvalidation)


def _holds_back(u: Row, row: Row) -> bool:
    is_in_progress = u.status == 1 and u.ts_started is not None
    return (
        is_in_progress
        and u.period <= row.period
        and _overlap(u, row)
        and not _are_different_segments(u, row)
    )


def _is_repeated(row: Row, site: Sequence[Row]) -> bool:
    """Of identical rows the oldest is the first, or one in progress."""
    if row.status == 1:
        return False
    likes = [u for u in site if u is not row and _identity(u) == _identity(row)]
    return any(u.status == 1 or _rest(u) > _rest(row) for u in likes)


def _identity(row: Row) -> tuple[object, ...]:
    return (row.date1, row.date2, row.period, row.name, row.report or "")


def _reason(row: Row, places: Mapping[int, Place]) -> str | None:
    place = places.get(row.idsite)
    if place is None:
        return "site_deleted"
    if segment(row) and segment(row) not in place.segments:
        return "segment_not_archived"
    ends = datetime.fromisoformat(row.date2)
    if place.created is not None and ends < datetime.fromisoformat(place.created):
        return "before_site_creation"
    return None
