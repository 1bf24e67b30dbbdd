"""Reasons for failed readings, from a closed set, by the error of the driver."""

import logging
from typing import Literal, get_args

from mysql.connector import Error as DriverError

log = logging.getLogger(__name__)

Reason = Literal[
    "unreachable",
    "access_denied",
    "missing_privilege",
    "missing_table",
    "timeout",
    "lost_connection",
    "unsupported_version",
    "database_error",
    "bad_data",
    "internal",
]
REASONS: tuple[Reason, ...] = get_args(Reason)

# Error numbers of MySQL, MariaDB and proxies; those of one only are marked. Any other number is
# `database_error`.
_REASONS: dict[int, Reason] = {
    1044: "access_denied",  # to the database
    1045: "access_denied",  # wrong user or password
    1130: "access_denied",  # host not allowed
    1251: "access_denied",  # authentication plugin not supported
    1698: "access_denied",  # MariaDB: the plugin refused
    1820: "access_denied",  # the password has to be changed first
    1862: "access_denied",  # password expired
    3118: "access_denied",  # MySQL: account locked
    3159: "access_denied",  # MySQL: require_secure_transport, and no TLS
    4151: "access_denied",  # MariaDB: account locked
    1142: "missing_privilege",
    1143: "missing_privilege",
    1227: "missing_privilege",
    1049: "missing_table",  # no such database
    1054: "missing_table",  # no such column
    1109: "missing_table",
    1146: "missing_table",
    1176: "missing_table",  # no such index
    1205: "timeout",  # lock wait
    1969: "timeout",  # MariaDB: max_statement_time
    3024: "timeout",  # MySQL: max_execution_time; the driver's own socket time-outs too
    1053: "lost_connection",  # server shutdown
    1317: "lost_connection",  # KILL QUERY
    1927: "lost_connection",  # MariaDB: KILL CONNECTION
    2006: "lost_connection",
    2013: "lost_connection",
    2055: "lost_connection",
    4031: "lost_connection",  # MySQL: idle too long
    1040: "unreachable",  # too many connections
    1047: "unreachable",  # Galera: the node has left its cluster
    1129: "unreachable",  # host blocked
    1203: "unreachable",  # max_user_connections
    1226: "unreachable",  # resource limit of the user
    9001: "unreachable",  # ProxySQL: no server within its time limit
    9002: "unreachable",  # ProxySQL: no server
    1064: "internal",  # our SQL is wrong
    1149: "internal",
}
_OF_A_STATEMENT: dict[int, Reason] = {1044: "missing_privilege", 1045: "missing_privilege"}
"""The reasons of these after the login."""


class ReadingError(Exception):
    """A failed reading. The message is one line and has no secret."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(" ".join(message.split()))
        self.reason = reason

    @property
    def withholds(self) -> bool:
        """Whether a grant, a table or an index is missing, or time was too short: then optional
        values are left out.
        """
        return self.reason in ("missing_privilege", "missing_table", "timeout")


class ReadingStopped(Exception):  # noqa: N818 - not an error: the exporter is being stopped
    """A stop of the exporter ended the reading."""


def connect_failure(error: Exception) -> ReadingError:
    """The reason why a connection failed; `unreachable` where nothing tells more."""
    number = getattr(error, "errno", None)
    reason = _REASONS.get(number, "unreachable") if isinstance(number, int) else "unreachable"
    if reason in ("timeout", "lost_connection"):
        reason = "unreachable"
    return ReadingError(reason, f"cannot connect: {_first_line(error)}")


def statement_failure(error: Exception) -> ReadingError:
    """The reason why a statement failed; `database_error` for an unknown number.

    It is `lost_connection` where the driver only saw the socket close.
    """
    number = getattr(error, "errno", None)
    known = _REASONS | _OF_A_STATEMENT
    # Errors that the driver makes itself, without a server that answered, have number -1.
    is_answer = isinstance(error, DriverError) and isinstance(number, int) and number > 0
    fallback: Reason = "database_error" if is_answer else "lost_connection"
    reason = known.get(number, fallback) if isinstance(number, int) else fallback
    return ReadingError(reason, _first_line(error))


def _first_line(error: Exception) -> str:
    if type(error).__name__ in ("ReadTimeoutError", "ConnectionTimeoutError", "WriteTimeoutError"):
        return "no answer within the time limit"
    return str(error).strip().partition("\n")[0] or type(error).__name__


def reading_error(error: Exception) -> ReadingError:
    """The error itself if it is a ReadingError, else an internal one, with its traceback."""
    if isinstance(error, ReadingError):
        return error
    log.debug("traceback", exc_info=error)
    return ReadingError("internal", f"{type(error).__name__}: {error}")
