"""The rows that a mass re-archiving queues for every site and done flag, computed.

Modelled on the hits backfill of Matomo 5.2.0 as run on 2024-12-20: every day from 2024-06-01 to
2024-12-19 with the weeks, months and the year around them, 240 periods in all.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from benchmarks.instance import Site

DAY, WEEK, MONTH, YEAR = 1, 2, 3, 4  # Matomo's numbers of the periods
FIRST_DAY, LAST_DAY = date(2024, 6, 1), date(2024, 12, 19)
QUEUED_AT = datetime(2024, 12, 20, 6, 53, 48, tzinfo=UTC)
STARTED_AT = datetime(2024, 12, 21, 5, 54, 0, tzinfo=UTC)

ID_STEP = 250  # ids per flag: 240 periods and a small gap
HUGE_GAP = 5_000_000_000  # in the middle of the ids, and before the rows queued a second time

# Out of 100 flags these many rebuild this plugin and report; {} stands for the number of a report.
BUILDS: Sequence[tuple[int, str, str | None]] = (
    (70, ".Actions", "Actions_hits"),
    (6, "", None),
    (5, ".Goals", None),
    (5, ".CustomReports", "{}"),
    (5, ".Funnels", "Funnels_{}"),
    (3, ".VisitFrequency", ""),
    (2, ".UsersFlow", None),
    (2, ".Referrers", "Referrers_urlByWebsite"),
    (2, ".FormAnalytics", "FormAnalytics_{}"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """One period: Matomo's number of its kind, its first and last day."""

    number: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Flag:
    """The rows of one site with one done flag.

    A row's id is `first_id` plus the place of its period in the list. The newest `repeats`
    periods are queued a second time, with ids from `repeat_id` on.
    """

    number: int
    idsite: int
    created: date
    name: str
    report: str | None
    first_id: int
    repeats: int = 0
    repeat_id: int = 0

    @property
    def missing(self) -> frozenset[int]:
        """Places of the days that were never queued: three with every tenth flag."""
        return _some_days(self.number) if self.number % 10 == 3 else frozenset()

    @property
    def rows(self) -> int:
        return _present(self.created, self.missing) + self.repeats

    @property
    def queued(self) -> datetime:
        return QUEUED_AT + timedelta(seconds=self.number // 10)

    @property
    def newest_status(self) -> int:
        """In progress with every 50th flag; all other rows are queued."""
        return int(self.number % 50 == 17)

    @property
    def newest_started(self) -> datetime | None:
        """None for every fifth row in progress; some queued rows have one: they were retried."""
        if self.number % 50 not in (17, 18) or self.number % 250 == 17:
            return None
        return STARTED_AT + timedelta(seconds=self.number // 50)


@cache
def periods() -> tuple[Period, ...]:
    """Give all periods, by first day and then from day to year."""
    days = [FIRST_DAY + timedelta(n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    mondays = {day - timedelta(day.weekday()) for day in days}
    months = {day.replace(day=1) for day in days}
    found = [
        *(Period(DAY, day, day) for day in days),
        *(Period(WEEK, monday, monday + timedelta(6)) for monday in mondays),
        *(Period(MONTH, month, _month_end(month)) for month in months),
        Period(YEAR, date(2024, 1, 1), date(2024, 12, 31)),
    ]
    return tuple(sorted(found, key=lambda period: (period.first, period.number)))


def flags(sites: Sequence[Site], rows: int, seed: int) -> list[Flag]:
    """Give the flags of all sites, in order, with that many rows in all.

    A site's flag for all visits comes before those of its segments. Every tenth flag has rows
    twice, so many that the sum comes out.
    """
    plain = list(_plain(sites, seed))
    return _with_repeats(plain, rows - sum(flag.rows for flag in plain))


def _plain(sites: Sequence[Site], seed: int) -> Iterator[Flag]:
    pairs = [(site, segment) for site in sites for segment in ("", *site.segments)]
    for number, (site, segment) in enumerate(pairs):
        plugin, report = _build(zlib.crc32(f"{seed}|{number}".encode()))
        gap = HUGE_GAP if number * 2 >= len(pairs) else 0
        yield Flag(
            number=number,
            idsite=site.idsite,
            created=site.created,
            name=f"done{segment}{plugin}",
            report=report,
            first_id=number * ID_STEP + 1 + gap,
        )


def _with_repeats(plain: list[Flag], total: int) -> list[Flag]:
    share, rest = divmod(total, len(plain[7::10]))
    found, repeat_id = list(plain), HUGE_GAP * 2
    for n, flag in enumerate(plain[7::10]):
        repeats = share + (n < rest)
        found[flag.number] = replace(flag, repeats=repeats, repeat_id=repeat_id)
        repeat_id += repeats
    return found


def _build(draw: int) -> tuple[str, str | None]:
    plugin, report = _hundred_builds()[draw % 100]
    return plugin, report and report.format(draw // 100 % 40)


@cache
def _hundred_builds() -> tuple[tuple[str, str | None], ...]:
    return tuple((plugin, report) for share, plugin, report in BUILDS for _ in range(share))


def _month_end(month: date) -> date:
    return (month + timedelta(31)).replace(day=1) - timedelta(1)


@cache
def _some_days(number: int) -> frozenset[int]:
    days = [place for place, period in enumerate(periods()) if period.number == DAY][:-1]
    return frozenset(days[(number * 37 + k * 61) % len(days)] for k in range(3))


@cache
def _present(created: date, missing: frozenset[int]) -> int:
    return sum(
        place not in missing and period.last >= created for place, period in enumerate(periods())
    )
