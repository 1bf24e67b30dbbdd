"""The statement that counts the queue's intervals, in the order of the index that leads with sites.

Only site, `date1` and `period` are in that index. The server looks up every row for the rest, which
is most of the cost of any such statement, so one statement asks for all of it. Each site's
intervals come as one text, because the driver is slow with many rows. Texts are the same where the
collation of their column says so, as in Matomo's own statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from matomo_archive_exporter.matomo.instance import Instance
from matomo_archive_exporter.matomo.overlaps import overlap_intervals as packed

STATE = f"""IF(status <> 1 AND ts_invalidated <= %(now)s, {packed.SELECTABLE},
    IF(status = 1, IF(ts_started IS NULL, {packed.NEVER_STARTED}, {packed.STARTED}),
       {packed.UNSELECTABLE}))"""

_HEAD = "SUBSTRING_INDEX(name, '.', 1)"
_STARTS_WITH = 16
"""characters that tell segments apart: two hashes with the same first 12 digits are never met"""
_START = f"LEFT(name, {_STARTS_WITH})"
_OF_SEGMENT = 36
"""characters of `done` and a hash; all-visits names are shorter, but for plugins with long names"""


@dataclass(frozen=True, slots=True)
class StatementVariant:
    """What differs between the variants. `{known}` says: of an archived segment."""

    flag: str
    """the part of a name by which segments are known, of `characters` at most"""
    characters: int
    is_segment: str
    more: str
    """what else is counted, for the last two figures of an interval"""
    figures: str
    needs_rows: str
    """of an interval: whether it will have to be read by itself, or would have in the other form"""


# Enough for most queues: a name is that of an archived segment or of all visits, or else it is odd.
_WITHOUT_SEGMENTS = StatementVariant(
    flag=_START,
    characters=_STARTS_WITH,
    is_segment="{known}",
    more="",
    figures="",
    needs_rows=f"kinds & {packed.ODD_NAME} OR kinds & {packed.ALL_VISITS} = 0 AND row_count > 1",
)
# For many rows of segments that are not archived, or without rows for all visits beside them. It
# costs half as much again.
_WITH_SEGMENTS = StatementVariant(
    flag=_HEAD,
    characters=255,
    is_segment=f"LENGTH({_HEAD}) = {_OF_SEGMENT} AND name LIKE 'done%%'",
    more=f""",
             COUNT(DISTINCT {_HEAD}) AS segments,
             SUM(NOT ({{known}} OR {_HEAD} = 'done')) AS unarchived""",
    figures=", segments, unarchived",
    needs_rows=f"unarchived > 0 OR kinds & {packed.ALL_VISITS} = 0 AND row_count > 1",
)
_KIND = (
    f"IF({{is_segment}}, {packed.SEGMENT},"
    f" IF({_HEAD} = 'done' AND LENGTH(name) < {_OF_SEGMENT},"
    f" {packed.ALL_VISITS}, {packed.ODD_NAME}))"
)

_AFTER_SITE = "idsite > %(site)s AND idsite <= %(last)s"
_WITHIN_SITE = """idsite = %(site)s
            AND (date1 > %(day)s OR date1 = %(day)s AND period > %(period)s)"""

_INTERVALS = """
SELECT idsite, COUNT(*), SUM({needs_rows}), GROUP_CONCAT(
    CONCAT_WS(' ', first_day * {periods} + period, IF(ends_or = ends_and, ends_or, 0) - first_day,
              row_count * {kinds} + kinds, row_count - texts{figures}) SEPARATOR '{separator}')
FROM (SELECT idsite, date1 + 0 AS first_day, period, COUNT(*) AS row_count,
             BIT_OR(date2) AS ends_or, BIT_AND(date2) AS ends_and,
             BIT_OR({state} | {kind}) AS kinds,
             COUNT(DISTINCT name, COALESCE(report, '')) AS texts{more}
      FROM {table}
      WHERE {where}
      GROUP BY idsite, date1, period ORDER BY idsite, date1, period LIMIT {limit}) intervals
GROUP BY idsite ORDER BY idsite"""


@dataclass(frozen=True, slots=True)
class ScanPosition:
    """The place where a statement continues: after a site, or with a `day` after its interval.

    It goes no further than to site `last`.
    """

    site: int
    last: int
    day: str = ""
    period: int = 0


def date_text(day: int) -> str:
    """20241231 as a date of SQL."""
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}"


@dataclass(frozen=True, slots=True)
class ArchivedSegments:
    """Done flags of the segments that are archived, without plugin."""

    everywhere: Sequence[str]
    own: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """those of one site only"""


def archived_segments(instance: Instance) -> ArchivedSegments:
    """The parameters of an instance."""
    own: dict[int, list[str]] = {}
    for segment in instance.segments:
        if segment.site is not None:
            own.setdefault(segment.site, []).append(f"done{segment.hash}")
    everywhere = [f"done{segment.hash}" for segment in instance.segments if segment.site is None]
    return ArchivedSegments(everywhere, own)


def interval_query(
    table: str,
    position: ScanPosition,
    limit: int,
    now: str,
    segments: ArchivedSegments,
    *,
    with_segments: bool,
) -> tuple[str, dict[str, object]]:
    """A statement and its parameters, for up to `limit` intervals from a position on.

    `segments.own` are those of the sites ahead, `table` is the queue with its index by site. A row
    is idsite, intervals, those of them that need their rows, and the text of all.
    """
    variant = _WITH_SEGMENTS if with_segments else _WITHOUT_SEGMENTS
    known, flags = _known(variant, segments)
    text = _INTERVALS.format(
        table=table,
        where=_WITHIN_SITE if position.day else _AFTER_SITE,
        limit=limit,
        state=STATE,
        kind=_KIND.format(is_segment=variant.is_segment.format(known=known)),
        more=variant.more.format(known=known),
        figures=variant.figures,
        needs_rows=variant.needs_rows,
        separator=packed.SEPARATOR,
        periods=packed.PERIODS,
        kinds=packed.KINDS,
    )
    return text, {"now": now, **asdict(position), **flags}


def _known(variant: StatementVariant, segments: ArchivedSegments) -> tuple[str, dict[str, str]]:
    """The condition that a row is of an archived segment, and its parameters."""
    everywhere = [flag[: variant.characters] for flag in segments.everywhere]
    own = [
        f"{idsite} {flag[: variant.characters]}"
        for idsite, flags in segments.own.items()
        for flag in flags
    ]
    conditions: list[str] = []
    values: dict[str, str] = {}
    for text, flags in ((variant.flag, everywhere), (f"CONCAT(idsite, ' ', {variant.flag})", own)):
        if flags:
            named = {f"flag{len(values) + n}": flag for n, flag in enumerate(flags)}
            conditions.append(f"{text} IN ({', '.join(f'%({name})s' for name in named)})")
            values.update(named)
    return f"({' OR '.join(conditions) or 'FALSE'})", values
