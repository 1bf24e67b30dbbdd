"""Times in a log: as the programs write them that Matomo's log goes through, and without a date."""

import re
from datetime import UTC, datetime, timedelta

_DATED = re.compile(
    rb"(?:[A-Z][a-z]{2} )?(\d{4})[-/](\d\d)[-/](\d\d)[T _](\d\d:\d\d:\d\d)(?:[.,]\d+)?"
    rb" ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
)
_OF_PHP = re.compile(rb"(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC")
_MONTHS = tuple(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
_EPOCH = re.compile(rb"(\d{10})(?:\.\d*|\d{3}|\d{6}|\d{9})?")
_ZERO = (b"Z", b"UTC", b"GMT")
_DAY = 86_400
_HALF_A_DAY = 43_200


def unix_of(text: bytes) -> int | None:
    """Unix seconds of a time in any such notation; None where its zone or its year is not said."""
    if epoch := _EPOCH.fullmatch(text):
        return int(epoch[1])
    try:
        if of_php := _OF_PHP.fullmatch(text):
            day, month, year, clock = of_php.groups()
            return _unix(year, b"%02d" % (_MONTHS.index(month) + 1), day, clock, b"Z")
        dated = _DATED.fullmatch(text)
        return None if dated is None or dated[5] is None else _unix(*dated.groups())
    except ValueError:
        return None


def _unix(year: bytes, month: bytes, day: bytes, clock: bytes, zone: bytes | None) -> int:
    text = b"%s-%s-%sT%s+00:00" % (year, month, day, clock)
    moment = datetime.fromisoformat(text.decode())
    if zone is None or zone in _ZERO:
        return int(moment.timestamp())
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return int((moment + offset if zone[:1] == b"-" else moment - offset).timestamp())


def stamp_of(moment: int) -> bytes:
    """A stamp as Matomo writes it, of Unix seconds."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}".encode()


def dated(clock: bytes, written: bytes, now: int | None) -> bytes:
    """The stamp of a time of day in UTC: of the day next to when the line was `written`.

    Where that says no day either, it is the last such time before `now`, which another machine's
    clock may be ahead of; without both the time of day remains.
    """
    near = _roughly(written)
    latest = near + _HALF_A_DAY if near is not None else now and now + 3600
    hours, minutes, seconds = (int(part) for part in clock.split(b":"))
    if latest is None or hours > 23:
        return clock
    time_of_day = hours * 3600 + minutes * 60 + seconds
    return stamp_of(latest - (latest - time_of_day) % _DAY)


def _roughly(written: bytes) -> int | None:
    """Unix seconds, in which a zone that is not said counts as UTC."""
    exact = unix_of(written)
    found = _DATED.match(written) if exact is None else None
    try:
        return exact if found is None else _unix(*found.groups())
    except ValueError:
        return None
