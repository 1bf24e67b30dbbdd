"""An invalidation as the archiver sees it: its order, its duplicates and its overlaps."""

from dataclasses import dataclass
from enum import Enum

from matomo_archive_exporter.matomo.done_flag import DoneFlag, parse


class Fate(Enum):
    """The archiver's decision on a row that it looks at (QueueConsumer, Matomo 4.7 to 6.0).

    In the order in which Matomo asks. Those above `EMPTY` that are not `FOREIGN`,
    `BEFORE_CREATION` or `IN_PROGRESS_ALREADY` are found out only after the look for overlaps.
    """

    FOREIGN = "its segment is not archived for the site: deleted"
    BEFORE_CREATION = "its period ended before the site was created: deleted"
    IN_PROGRESS_ALREADY = "an identical row is in progress: deleted"
    HIDDEN = "it stays, unseen until the next run"
    ALREADY_ARCHIVED = "an archive of it is still usable: deleted"
    DUPLICATE = "a newer identical row is in progress without a start: deleted"
    NO_VISITS = "no visits to archive: deleted (before 5.4.0)"
    BLOCKED = "an overlapping row is in progress elsewhere: it stays, unseen until the next run"
    EMPTY = "a day without visits: started, gets an empty archive without a child (since 5.4.0)"
    ARCHIVED = "archived by a child"


@dataclass(frozen=True, slots=True, eq=False)
class Invalidation:
    """A queued row. Dates are ordinal days, the last one included; `report` is "" for none.

    `digits` is the number of decimal digits of its id, all that its memory depends on. Rows with
    the same text in `name` and `report` may stand for different ids: identity is the object's.
    """

    name: str
    segment: str
    plugin: str
    report: str
    period: int
    date1: int
    date2: int
    digits: int
    fate: Fate = Fate.ARCHIVED

    @property
    def rank(self) -> tuple[int, int, int]:
        """Sorts rows as Matomo's SELECT does, newest start first; within a rank the newest id."""
        return (-self.date1, self.period, len(self.name))


def invalidation(
    flag: DoneFlag, name: str, report: str, period: int, date1: int, date2: int, digits: int
) -> Invalidation:
    """A row whose name was parsed before."""
    return Invalidation(name, flag.segment, flag.plugin, report, period, date1, date2, digits)


def named(name: str, report: str, period: int, date1: int, date2: int, digits: int) -> Invalidation:
    """A row from its columns."""
    return invalidation(parse(name), name, report, period, date1, date2, digits)


def same(one: Invalidation, other: Invalidation) -> bool:
    """Whether two rows of one site ask for the same archive."""
    return (
        one.date1 == other.date1
        and one.period == other.period
        and one.date2 == other.date2
        and one.name == other.name
        and one.report == other.report
    )


def conflict(one: Invalidation, other: Invalidation, *, exempts_other_segments: bool) -> bool:
    """Whether two rows of one site may not be archived at the same time (hasIntersectingPeriod).

    Days overlap, plugin and report play no role. Different segments of the very same period may
    run together (Matomo 4.1.0 and later).
    """
    if one.date2 < other.date1 or one.date1 > other.date2:
        return False
    return not (
        exempts_other_segments
        and one.segment != other.segment
        and one.segment != ""
        and other.segment != ""
        and one.period == other.period
        and one.date1 == other.date1
        and one.date2 == other.date2
    )
