"""The checks on a database: only metadata and SELECT ... LIMIT 0."""

from collections.abc import Iterator, Mapping

from matomo_archive_exporter.check.report import CheckResult
from matomo_archive_exporter.matomo.rules_basis import assumption, rules_basis
from matomo_archive_exporter.matomo.version import UnknownMatomoError
from matomo_archive_exporter.readings.database import indexes
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.indexes import MissingIndexError
from matomo_archive_exporter.readings.database.privileges import (
    METRICS,
    MONTHLY,
    REQUIRED_TABLES,
    VISITS,
    RequiredTable,
)
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.durations import durations
from matomo_archive_exporter.readings.runs.archives import numeric_tables

_SOURCES: Mapping[durations.Source, str] = {
    "archiving_metrics": "table archiving_metrics",
    "log": "the log",
    "database": "rows seen in progress (sampled, in whole seconds)",
}
_VERSION = "SELECT LEFT(option_value, 40) FROM {option} WHERE option_name = 'version_core'"
_NEED_RULES = ("overlaps", "forecast")
_PROBE = "SELECT {columns} FROM {table} {index} LIMIT 0"
_QUEUE_TABLES = """
SELECT table_schema, table_name, table_schema = %s FROM information_schema.tables
WHERE table_name LIKE '%%archive\\_invalidations' ORDER BY table_schema, table_name LIMIT 20"""
_TABLES = """
SELECT COUNT(*), COALESCE(SUM(table_name IN (%s, %s) OR table_name LIKE %s), 0)
FROM information_schema.tables WHERE table_schema = %s"""
_QUEUE = "archive_invalidations"
_NOTHING_ARCHIVED = "Matomo has not archived anything yet"
_MONTHS = "SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y_%m'), DATE_FORMAT(UTC_TIMESTAMP(), '%Y_01')"


def examine(
    connection: Connection, facts: Server, cipher: str, dbname: str
) -> Iterator[CheckResult]:
    """Server, tables and privileges, one line each. `cipher` is "" without TLS."""
    yield from _server(connection, facts, cipher)
    elsewhere = _where_the_queue_is(connection, dbname)
    if elsewhere:
        yield CheckResult("tables", "missing", elsewhere)
        return
    for required in REQUIRED_TABLES:
        yield _required_table(connection, required, dbname)


def durations_source(connection: Connection, facts: Server, *, has_log: bool) -> CheckResult:
    """The source of archives' durations."""
    try:
        serves = durations.source(connection, facts, has_log=has_log)
    except ReadingError as error:
        return CheckResult("archiver", "note", f"durations: {error}")
    return CheckResult("archiver", "ok", f"durations come from {_SOURCES[serves]}")


def examine_from_outside(
    connection: Connection, facts: Server, cipher: str, dbname: str, why: str
) -> Iterator[CheckResult]:
    """The same for a user who can log in but not enter the database; `why` tells the reason."""
    yield from _server(connection, facts, cipher)
    elsewhere = _where_the_queue_is(connection, dbname)
    needed = [required for required in REQUIRED_TABLES if required.table != METRICS]
    grants = [grant for required in needed for grant in _grants(connection, required, dbname)]
    yield CheckResult("tables", "missing", elsewhere or why, () if elsewhere else tuple(grants))


def _server(connection: Connection, facts: Server, cipher: str) -> Iterator[CheckResult]:
    yield CheckResult("connection", "ok", f"TLS {cipher}" if cipher else "no TLS")
    yield CheckResult("server", "ok", f"{facts.kind} {facts.version}")
    if facts.utc_offset:
        skew = f"{facts.utc_offset:+,d} s off UTC, and so is Matomo's recovery timeout"
        yield CheckResult("server", "note", f"its clock is {skew}")
    yield from _matomo(connection)


def _matomo(connection: Connection) -> Iterator[CheckResult]:
    """The version, and which collectors cannot work without rules for it."""
    try:
        rows = connection.rows(_VERSION.format(option=connection.table("option")))
    except ReadingError:
        yield CheckResult("matomo", "note", "cannot read its version from table option")
        return
    version = str(rows[0][0]) if rows else ""
    try:
        basis = rules_basis(version)
    except UnknownMatomoError as error:
        yield CheckResult("matomo", "missing", str(error), collectors=_NEED_RULES)
        return
    yield CheckResult("matomo", "ok", f"Matomo {version}")
    if text := assumption(version, basis):
        yield CheckResult("matomo", "note", text)


def _required_table(connection: Connection, required: RequiredTable, dbname: str) -> CheckResult:
    try:
        table = numeric_tables(connection)[0] if required.table == MONTHLY else None
        name = table or f"{connection.prefix}{required.table}"
        columns = ", ".join(required.columns)
        index = indexes.forced(connection, required.index, name) if required.index else ""
        connection.rows(_PROBE.format(columns=columns, table=f"`{name}`", index=index))
    except ReadingError as error:
        lacks_grant = error.reason == "missing_privilege"
        if lacks_grant and required.table == MONTHLY and _is_new(connection):
            text = f"no table {connection.prefix}{MONTHLY} exists: {_NOTHING_ARCHIVED}"
            return CheckResult("tables", "note", "; ".join(filter(None, (text, required.fallback))))
        # The server does not say that a table is missing to a user who may not see it.
        is_surely_there = lacks_grant and required.table != METRICS
        remedies = _grants(connection, required, dbname) if is_surely_there else ()
        if required.index and isinstance(error, MissingIndexError):
            remedies = (indexes.made(name, required.index),)
        if required.fallback:
            return CheckResult("tables", "note", f"{error}; {required.fallback}", remedies)
        return CheckResult("tables", "missing", str(error), remedies, required.collectors)
    if table is not None and table not in _names_of_now(connection):
        text = f"{name}: {columns}; this month's table does not exist yet, or lacks a grant"
        return CheckResult("tables", "note", text, _grants(connection, required, dbname))
    return CheckResult("tables", "ok", f"{name}: {columns}")


def _is_new(connection: Connection) -> bool:
    """Whether Matomo has made no archive table yet; it makes one with its first archive.

    A server says that a table is missing only to users who could read it.
    """
    name = _names_of_now(connection)[0]
    try:
        connection.rows(_PROBE.format(columns="1", table=f"`{name}`", index=""))
    except ReadingError as error:
        return error.reason == "missing_table"
    return False


def _names_of_now(connection: Connection) -> list[str]:
    """The archive tables that Matomo writes now: first the month's, then the year's."""
    months = sorted(set(connection.row(_MONTHS)), reverse=True)
    return [f"{connection.prefix}archive_numeric_{month}" for month in months]


def _grants(connection: Connection, required: RequiredTable, dbname: str) -> tuple[str, ...]:
    """The GRANT statements for a table, with the least privilege."""
    user, _, host = str(connection.row("SELECT CURRENT_USER()")[0]).rpartition("@")
    to = f"TO {_quoted(user)}@{_quoted(host)};"
    if required.table == MONTHLY:
        return _monthly_grants(connection, dbname, to)
    grant = f"GRANT SELECT ON {_quoted(dbname)}.`{connection.prefix}{required.table}` {to}"
    if required.table == VISITS:
        columns = f"({', '.join(required.columns)})"
        return (
            "-- Optional: two columns of a large table, read by its index only.",
            grant.replace("SELECT", f"SELECT {columns}"),
        )
    if required.table == "option":
        return ("-- Table option also holds the salts of visitors' fingerprints.", grant)
    return (grant,)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _monthly_grants(connection: Connection, dbname: str, to: str) -> tuple[str, ...]:
    # In a grant on a whole database, _ and % in its name are wildcards.
    whole = _quoted(dbname.replace("_", "\\_").replace("%", "\\%"))
    return (
        "-- Each month for days, weeks and months; each January for years:",
        *(f"GRANT SELECT ON {_quoted(dbname)}.`{n}` {to}" for n in _names_of_now(connection)),
        "-- Or once for all tables. This also opens user (password hashes), log_* (visits) and",
        "-- option (the salts of visitors' fingerprints) to the exporter:",
        f"-- GRANT SELECT ON {whole}.* {to}",
    )


def _where_the_queue_is(connection: Connection, dbname: str) -> str:
    """Which prefix or database to set, if the user sees no table with this prefix; else ""."""
    prefix = connection.prefix
    names = (f"{prefix}option", f"{prefix}site", f"{prefix}archive\\_%")
    tables, of_matomo = connection.row(_TABLES, (*names, dbname))
    if of_matomo:
        return ""
    found = connection.rows(_QUEUE_TABLES, (dbname,))
    for database, name, is_here in sorted(found, key=lambda row: -int(row[2])):
        other = str(name).removesuffix(_QUEUE) or "''"
        elsewhere = "" if is_here else f"--database.dbname={database} and "
        return (
            f"no table {prefix}{_QUEUE} is visible, but {database}.{name} is:"
            f" set {elsewhere}--database.tables-prefix={other}"
        )
    return f"this user sees {tables:,} tables, and none is Matomo's" if tables else ""
