"""The periods that the 5.2.0 hits backfill queues for each site. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from matomo_archive_exporter.matomo import calendar

BACKFILL_MONTHS = 6  # Matomo's default of rearchive_reports_in_past_last_n_months


@dataclass(frozen=True, slots=True)
class Period:
    """A period of Matomo with its number and its first and last day."""

    number: int
    date1: date
    date2: date

    @property
    def archive_month(self) -> str:
        """The month of the archive table that holds it: a year lives in its January."""
        return f"{self.date1:%Y_%m}"


def containing(day: date) -> list[Period]:
    """The day, its week, its month and its year."""
    return [
        Period(period, *map(date.fromordinal, calendar.covering(period, day.toordinal())))
        for period in (calendar.DAY, calendar.WEEK, calendar.MONTH, calendar.YEAR)
    ]


def covering(days: Iterator[date]) -> list[Period]:
    """The days and every week, month and year that holds one of them, each once.

    In the order in which Matomo meets them. Invalidating a day also invalidates the periods above
    it, so the week that straddles the first day is there; the month and year before it are not.
    """
    return list(dict.fromkeys(period for day in days for period in containing(day)))


def backfill(today: date) -> list[Period]:
    """The periods that a mass re-archiving on `today` (UTC) queues: the last six months or so.

    Matomo 5.2.0 asks for the time since 1 January and cuts that to the first day of the month six
    months before yesterday. The demo always takes these six months, so that it looks the same all
    year.
    """
    yesterday = today - timedelta(days=1)
    year, month = divmod(yesterday.year * 12 + yesterday.month - 1 - BACKFILL_MONTHS, 12)
    return covering(days_between(date(year, month + 1, 1), yesterday))


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from `first` to `last`, both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
