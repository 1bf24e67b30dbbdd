"""Matomo's periods as intervals of days. Days are ordinals, as `date.toordinal` counts them."""

from datetime import date

DAY, WEEK, MONTH, YEAR, RANGE = 1, 2, 3, 4, 5


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
