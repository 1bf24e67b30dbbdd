"""Matomo's periods, by the numbers that it stores (`Piwik::$idPeriods`), as intervals of days, and
its times. Days are ordinals, as `date.toordinal` counts them.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

DAY, WEEK, MONTH, YEAR, RANGE = 1, 2, 3, 4, 5
PeriodLabel = Literal["day", "week", "month", "year", "range"]
LABELS: Mapping[int, PeriodLabel] = {1: "day", 2: "week", 3: "month", 4: "year", 5: "range"}


def covering(period: int, day: int) -> tuple[int, int]:
    """First and last day of the day, week, month or year (by Matomo's number) that holds a day.

    Weeks begin on Monday.
    """
    if period == DAY:
        return day, day
    if period == WEEK:
        monday = day - (day - 1) % 7
        return monday, monday + 6
    at = date.fromordinal(day)
    if period == MONTH:
        first = at.replace(day=1)
        return first.toordinal(), _next_month(first).toordinal() - 1
    return date(at.year, 1, 1).toordinal(), date(at.year, 12, 31).toordinal()


def _next_month(first: date) -> date:
    year, month = divmod(first.year * 12 + first.month, 12)
    return date(year, month + 1, 1)


def unix_seconds(text: str) -> int | None:
    """Unix seconds of a DATETIME text in UTC; None for an impossible date ("2024-00-15").

    Matomo writes all times but `ts_started` in UTC, in every zone of the server (4.0.0 and later).
    """
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
