"""Settings of the exporter's sessions, on every server and for every user.

They leave the time zone alone, and variables that a statement sets itself.
"""

import math
from typing import Final

LOCK_WAIT: Final = 1
"""Seconds after which the server ends a statement that waits for a lock. The exporter sends it
again, so it knows how long it waited, and can stop in between."""

_NO_LIMIT: Final = str(2**64 - 1)

_SETTINGS: Final = {
    # Lets both servers take a group's other columns from its first row.
    "sql_mode": "''",
    "lock_wait_timeout": str(LOCK_WAIT),
    # Cuts every answer off without a word.
    "sql_select_limit": _NO_LIMIT,
    # Refuse statements by the number of rows that the server guesses they look at (error 1104).
    "max_join_size": _NO_LIMIT,
    "sql_big_selects": "1",
    # Bytes of a text that GROUP BY, ORDER BY and DISTINCT compare: the server's default, enough for
    # every column here.
    "max_sort_length": "1024",
}
OF_EVERY_SERVER: Final = (
    f"SET {', '.join(f'SESSION {name} = {value}' for name, value in _SETTINGS.items())}",
    # Count only committed rows.
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
"""The first statements of a session: the server may refuse even its version without them."""


def time_limit(server_version: str, seconds: float) -> str:
    """Let the server end statements after `seconds`: each has its own variable and unit."""
    if "mariadb" in server_version.lower():
        return f"SET SESSION max_statement_time = {seconds:.3f}"
    return f"SET SESSION max_execution_time = {math.ceil(seconds * 1000)}"
