"""A site's time zone as Matomo reads it: a city ("Europe/Berlin") or an offset ("UTC+5.75").

The cities come from the system's zone files, as Python's `zoneinfo` finds them. Any other
text counts as UTC, which PHP uses for an unknown zone (Date, Matomo 5.2.0).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"UTC([+-])(\d{1,2}(?:\.\d{1,4})?)", re.ASCII)


def is_known(zone: str) -> bool:
    """Whether a site's zone can be read; its days are those of UTC where not."""
    return _find(zone) is not None


def local_date(utc: datetime, zone: str) -> date:
    """The day that a moment, UTC without a zone of its own, falls on there.

    At the ends of the calendar there is no other day than that of UTC.
    """
    try:
        return utc.replace(tzinfo=UTC).astimezone(_find(zone) or UTC).date()
    except OverflowError:
        return utc.date()


def day_begins(day: date, zone: str) -> datetime:
    """When a day begins there: UTC, without a zone of its own.

    Where clocks skip midnight the day begins at what follows; where midnight comes twice, at the
    first one. PHP's strtotime takes the same.
    """
    midnight = datetime.combine(day, time(), tzinfo=_find(zone) or UTC)
    try:
        return midnight.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # at the ends of the calendar
        return midnight.replace(tzinfo=None)


def _find(zone: str) -> tzinfo | None:
    if zone == "UTC":
        return UTC
    offset = _OFFSET.fullmatch(zone)
    if offset is not None:
        return _fixed(offset[1], float(offset[2]))
    try:
        return ZoneInfo(zone)
    except (OSError, ValueError, KeyError):  # no such file, a folder, no name at all
        return None


def _fixed(sign: str, hours: float) -> tzinfo | None:
    if hours >= 24:
        return None
    return timezone(timedelta(hours=-hours if sign == "-" else hours))
