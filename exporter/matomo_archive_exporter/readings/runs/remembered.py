"""Days that Matomo remembers to invalidate because visits were tracked late, from names of options.

`<random>_report_to_invalidate_<idsite>_<day>_<pid>`, one for each process that tracked such a visit
(Matomo 4.0.0 and later; before, without the random part, and at first without the pid).
"""

from matomo_archive_exporter.readings.database.connection import Connection

_AT_ONCE = 50_000

_LAST = f"""
SELECT MAX(option_name), COUNT(*) FROM (SELECT option_name FROM {{option}} WHERE option_name > %s
                                        ORDER BY option_name LIMIT {_AT_ONCE}) names"""  # noqa: S608

_SITES_AND_DAYS = r"""
SELECT DISTINCT SUBSTRING_INDEX(SUBSTRING_INDEX(
           option_name, 'report_to_invalidate_', -1), '_', 2)
FROM {option} WHERE option_name > %s AND option_name <= %s
AND option_name LIKE '%%report\_to\_invalidate\_%%'
AND SUBSTRING_INDEX(option_name, 'report_to_invalidate_', -1)
    REGEXP '^[0-9]+_[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9](_|$)'"""


def read(connection: Connection) -> frozenset[tuple[int, str]]:
    """Different sites and days; the table may be large, so it is read in pieces."""
    option = connection.table("option")
    found: set[str] = set()
    after, names = "", _AT_ONCE
    while names == _AT_ONCE:
        last, names = connection.row(_LAST.format(option=option), (after,))
        if names:
            rows = connection.rows(_SITES_AND_DAYS.format(option=option), (after, last))
            found.update(row[0] for row in rows)
            after = last
    pairs = (name.split("_") for name in found)
    return frozenset((int(site), day) for site, day in pairs)
