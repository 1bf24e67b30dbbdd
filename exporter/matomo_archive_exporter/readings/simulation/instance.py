"""Sites and segments of a Matomo instance, from tables `site` and `segment`."""

from collections.abc import Iterator
from datetime import datetime

from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation.rearchiving import segment_hash
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.indexes import has_columns

# As text: Matomo writes UTC into its TIMESTAMP columns through a session like ours.
_SITES = """
SELECT idsite, CAST(ts_created AS CHAR), timezone FROM {table}
WHERE idsite > %s ORDER BY idsite LIMIT {limit}"""
_SITES_AT_ONCE = 100_000

_SEGMENTS = """
SELECT definition, enable_only_idsite, {hash} FROM {table}
WHERE auto_archive = 1 AND deleted = 0 ORDER BY idsegment"""

_FINGERPRINTS = (
    (
        "site",
        """
SELECT COUNT(*), SUM(CRC32(CONCAT_WS(',', idsite, COALESCE(ts_created, ''), timezone)))
FROM {table}""",
    ),
    (
        "segment",
        """
SELECT COUNT(*), SUM(CRC32(CONCAT_WS(',', definition, COALESCE(enable_only_idsite, 0))))
FROM {table} WHERE auto_archive = 1 AND deleted = 0""",
    ),
)


def fingerprint(connection: Connection) -> tuple[object, ...]:
    """Equal as long as `read` finds the same, and far cheaper: one row for each table."""
    return tuple(
        connection.row(statement.format(table=connection.table(table)))
        for table, statement in _FINGERPRINTS
    )


def read(connection: Connection) -> Instance:
    """All sites, and the segments that the archiver builds."""
    sites = {site.idsite: site for site in _sites(connection)}
    return Instance(sites, tuple(_segments(connection)))


def _sites(connection: Connection) -> Iterator[Site]:
    statement = _SITES.format(table=connection.table("site"), limit=_SITES_AT_ONCE)
    after = -1
    while rows := connection.rows(statement, (after,)):
        yield from (Site(int(n), _time(created), str(zone or "")) for n, created, zone in rows)
        after = int(rows[-1][0])
        if len(rows) < _SITES_AT_ONCE:
            return


def _segments(connection: Connection) -> Iterator[Segment]:
    """The column `hash` is there since Matomo 4.3.0, and may be empty in old rows."""
    column = "hash" if has_columns(connection, "segment", ("hash",)) else "NULL"
    statement = _SEGMENTS.format(table=connection.table("segment"), hash=column)
    for definition, site, hash_ in connection.rows(statement):
        text = str(definition)
        yield Segment(str(hash_ or segment_hash(text)), text, int(site) if site else None)


def _time(text: str | None) -> datetime | None:
    """None also for a time that cannot be, such as 0000-00-00."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
