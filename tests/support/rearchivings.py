"""Scheduled re-archivings, as Matomo keeps them in option ReArchiveList."""

import json
from contextlib import closing

from tests.conftest import Database


def schedule(database: Database, entries: int) -> None:
    """So many reports of a plugin, for all sites and the months that Matomo allows."""
    texts = [
        json.dumps({"idSites": "all", "pluginName": "CustomReports", "report": str(number)})
        for number in range(entries)
    ]
    items = "".join(f'i:{number};s:{len(text)}:"{text}";' for number, text in enumerate(texts))
    with closing(database.connection.cursor()) as cursor:
        cursor.execute(
            "REPLACE INTO matomo_option (option_name, option_value) VALUES ('ReArchiveList', %s)",
            (f"a:{entries}:{{{items}}}",),
        )
