"""What a session of ours is set to, whatever the server's configuration and the user's are.

The time zone is left alone, and so is what a statement sets for itself.
"""

import math
from typing import Final

LOCK_WAIT: Final = 1
"""Seconds after which the server ends a statement that waits for a lock of others, which is then
sent again: so what was waited for is known, and a stop need not wait."""

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
    # Bytes that GROUP BY, ORDER BY and DISTINCT tell texts apart by: the server's default, which
    # holds every column of ours.
    "max_sort_length": "1024",
}
OF_EVERY_SERVER: Final = (
    f"SET {', '.join(f'SESSION {name} = {value}' for name, value in _SETTINGS.items())}",
    # What was never committed is never counted.
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
"""The first statements of a session: without them not even the version may come."""


def time_limit(server_version: str, seconds: float) -> str:
    """Let the server end statements after `seconds`: each has its own variable and unit."""
    if "mariadb" in server_version.lower():
        return f"SET SESSION max_statement_time = {seconds:.3f}"
    return f"SET SESSION max_execution_time = {math.ceil(seconds * 1000)}"
