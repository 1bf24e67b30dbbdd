"""The tables of a Matomo database that the exporter reads, in the forms found in the field.

`5.2.0` is a fresh installation of 4.0.2 to 5.2.2, the tables of the demo. `4.x-upgraded` is what an
installation has that came from Matomo 3.x: the update to 4.0.0 created archive_invalidations with a
signed site id and a ts_invalidated that cannot be NULL, and added ts_started as the last column.
`5.3` has the two columns which the update to 5.3.0 added at the end.
"""

from collections.abc import Mapping
from typing import Literal

from mysql.connector.abstracts import MySQLConnectionAbstract

from matomo_archive_exporter.demo.schema import (
    ARCHIVE_INVALIDATIONS,
    OPTION,
    SEGMENT,
    SITE,
    named,
)

Form = Literal["4.x-upgraded", "5.2.0", "5.3"]

_CHANGES: Mapping[Form, str] = {
    "4.x-upgraded": "MODIFY idsite INT NOT NULL, MODIFY ts_invalidated DATETIME NOT NULL,"
    " MODIFY ts_started DATETIME NULL AFTER report",
    "5.2.0": "",
    "5.3": "ADD processing_host VARCHAR(100) NULL DEFAULT NULL,"
    " ADD process_id VARCHAR(15) NULL DEFAULT NULL",
}


def create_tables(
    connection: MySQLConnectionAbstract, form: Form = "5.2.0", prefix: str = "matomo_"
) -> None:
    """Create archive_invalidations, site, segment and option, empty, in place of older ones."""
    queue = f"`{prefix}archive_invalidations`"
    with connection.cursor() as cursor:
        for table in ("archive_invalidations", "site", "segment", "option"):
            cursor.execute(f"DROP TABLE IF EXISTS `{prefix}{table}`")
        for statement in (ARCHIVE_INVALIDATIONS, SITE, SEGMENT, OPTION):
            cursor.execute(named(statement, prefix))
        if _CHANGES[form]:
            cursor.execute(f"ALTER TABLE {queue} {_CHANGES[form]}")
