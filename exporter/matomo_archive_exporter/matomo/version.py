"""Which behaviour belongs to which Matomo version.

Read in the sources of 4.0.0 to 5.2.2, of 5.3.2 and of 6.0.0-b1, and held against runs of 5.2.0,
5.2.1, 5.3.0-alpha.20250123 and 5.8.0. Nothing between 5.3.2 and 5.8.0 could be run or read: what
differs between the two counts from 5.4.0 on.
"""

import re
from dataclasses import dataclass

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})(-[0-9a-zA-Z.]{1,40})?", re.ASCII)
_OLDEST, _UNKNOWN_FROM = (4, 0, 0), (7, 0, 0)

Numbers = tuple[int, int, int]


class UnknownMatomoError(ValueError):
    """No rules are known for this version; the message says why."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Differences between versions that concern the queue and its memory."""

    keeps_statements: bool
    r"""adapter PDO\MYSQL keeps every distinct statement in memory (before 5.3.0, PR #22912)"""
    exempts_other_segments: bool
    """different segments of one period do not count as overlapping (4.1.0 and later)"""
    deletes_usable_plugin_rows: bool
    """plugin rows with a usable archive are deleted, not kept (4.5.0 and later)"""
    in_progress_blocks: bool
    """rows in progress in the table block overlapping ones (5.3.0 and later)"""
    recovers_never_started: bool
    """rows in progress without a start are recovered too (before 5.2.0)"""
    recovery_is_configurable: bool
    """archive_failure_recovery_timeout exists (5.2.0 and later); before it is a day"""
    recovery_drops_duplicates: bool
    """a recovered row is deleted where an identical one is unfinished (5.3.0 and later)"""
    can_reset: bool
    """core:reset-invalidations exists (5.3.0 and later)"""
    stops_after_a_time: bool
    """--stop-processing-after exists and is 24 hours by default (5.3.0 and later)"""
    works_unvisited_days: bool
    """days without visits are worked too (5.4.0 and later, PR #23396): today and yesterday are
    queued for every site, each turn asks for its site's segments, a day row is started and gets an
    empty archive without a child, and the week, month and year around it are built; before, rows
    without visits are deleted"""
    expands_segments_at_own_sites: bool
    """a re-archiving queues a segment's rows only where the segment is archived (5.4.0 and later);
    before, at every site"""
    finds_usable_reports: bool
    """an archive of the row's own plugin and report makes the row needless too (5.4.0 and later)"""


def parse(text: str) -> tuple[Numbers, bool]:
    """The numbers of a version and whether it is a release. Raises UnknownMatomoError."""
    match = _VERSION.fullmatch(text)
    if match is None:
        fault = "has no option version_core" if not text else "has a version that is not understood"
        raise UnknownMatomoError(f"this Matomo {fault}")
    major, minor, patch, pre = match.groups()
    return (int(major), int(minor), int(patch)), pre is None


def supported(version: str) -> tuple[Numbers, bool]:
    """The same of a version whose rules are known: 4.0.0 up to, but without, 7.0.0.

    Raises UnknownMatomoError for all others, and for "".
    """
    numbers, is_release = parse(version)
    if not _OLDEST <= numbers < _UNKNOWN_FROM:
        raise UnknownMatomoError(f"the rules of Matomo {version} are not known to this exporter")
    return numbers, is_release


def behaviour(version: str, adapter: str) -> Behaviour:
    r"""The behaviour of this version with this database adapter (`PDO\MYSQL` or `MYSQLI`).

    Raises UnknownMatomoError for what is older than 4.0.0, for 7.0.0 and later, and for "".
    """
    numbers, is_release = supported(version)
    since_5_3, since_5_4 = numbers >= (5, 3, 0), numbers >= (5, 4, 0)
    # The alpha versions of 5.3.0 that could be run did not do all of it yet.
    since_5_3_release = since_5_3 and (is_release or numbers > (5, 3, 0))
    return Behaviour(
        keeps_statements=not since_5_3 and adapter != "MYSQLI",
        exempts_other_segments=numbers >= (4, 1, 0),
        deletes_usable_plugin_rows=numbers >= (4, 5, 0),
        in_progress_blocks=since_5_3_release,
        recovers_never_started=numbers < (5, 2, 0),
        recovery_is_configurable=numbers >= (5, 2, 0),
        recovery_drops_duplicates=since_5_3,
        can_reset=since_5_3,
        stops_after_a_time=since_5_3_release,
        works_unvisited_days=since_5_4,
        expands_segments_at_own_sites=since_5_4,
        finds_usable_reports=since_5_4,
    )


def behaviour_if_known(version: str, adapter: str) -> Behaviour | None:
    """The same, None where no rules are known."""
    try:
        return behaviour(version, adapter)
    except UnknownMatomoError:
        return None
