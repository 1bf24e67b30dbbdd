"""What `check` asks a database: nothing but metadata and SELECT ... LIMIT 0."""

from collections.abc import Iterator, Mapping

from matomo_archive_exporter.check import matomo_version
from matomo_archive_exporter.check.report import CheckResult
from matomo_archive_exporter.readings.database import indexes, server
from matomo_archive_exporter.readings.database.connection import Connection, negotiated_tls
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.indexes import MissingIndexError
from matomo_archive_exporter.readings.database.privileges import (
    METRICS,
    MONTHLY,
    REQUIRED_TABLES,
    VISITS,
    RequiredTable,
)
from matomo_archive_exporter.readings.durations import durations
from matomo_archive_exporter.readings.runs.archives import numeric_tables

_SOURCES: Mapping[durations.Source, str] = {
    "archiving_metrics": "table archiving_metrics",
    "log": "the log",
    "database": "rows seen in progress: sampled, in whole seconds",
}
_PROBE = "SELECT {columns} FROM {table} {index} LIMIT 0"
_QUEUE_TABLES = """
SELECT table_schema, table_name, table_schema = %s FROM information_schema.tables
WHERE table_name LIKE '%%archive\\_invalidations' ORDER BY table_schema, table_name LIMIT 20"""
_TABLES = """
SELECT COUNT(*), COALESCE(SUM(table_name IN (%s, %s) OR table_name LIKE %s), 0)
FROM information_schema.tables WHERE table_schema = %s"""
_QUEUE = "archive_invalidations"
_NOTHING_ARCHIVED = "this Matomo has not archived anything yet"
_MONTHS = "SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y_%m'), DATE_FORMAT(UTC_TIMESTAMP(), '%Y_01')"


def examine(connection: Connection, dbname: str) -> Iterator[CheckResult]:
    """Server, tables and privileges; a line each."""
    yield from _server(connection)
    elsewhere = _where_the_queue_is(connection, dbname)
    if elsewhere:
        yield CheckResult("tables", "missing", elsewhere)
        return
    for required in REQUIRED_TABLES:
        yield _required_table(connection, required, dbname)


def durations_source(connection: Connection, *, has_log: bool) -> CheckResult:
    """Where durations of archives come from."""
    try:
        serves = durations.source(connection, server.read(connection), has_log=has_log)
    except ReadingError as error:
        return CheckResult("archiver", "note", f"durations: {error}")
    return CheckResult("archiver", "ok", f"durations come from {_SOURCES[serves]}")


def examine_from_outside(connection: Connection, dbname: str, why: str) -> Iterator[CheckResult]:
    """The same for a user who may log in but not enter the database, and `why` not."""
    yield from _server(connection)
    elsewhere = _where_the_queue_is(connection, dbname)
    needed = [required for required in REQUIRED_TABLES if required.table != METRICS]
    grants = [grant for required in needed for grant in _grants(connection, required, dbname)]
    yield CheckResult("tables", "missing", elsewhere or why, () if elsewhere else tuple(grants))


def _server(connection: Connection) -> Iterator[CheckResult]:
    facts = server.read(connection)
    cipher = negotiated_tls(connection)
    yield CheckResult("connection", "ok", f"TLS {cipher}" if cipher else "no TLS")
    yield CheckResult("server", "ok", f"{facts.kind} {facts.version}")
    if facts.utc_offset:
        skew = f"{facts.utc_offset:+d} s off UTC: Matomo's recovery timeout is off by as much"
        yield CheckResult("server", "note", f"its clock is {skew}")
    yield from matomo_version.examine(connection)


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
            return CheckResult("tables", "note", ": ".join(filter(None, (text, required.fallback))))
        # Who may not see a table is not told that it does not exist, as before Matomo 5.7.
        is_surely_there = lacks_grant and required.table != METRICS
        remedies = _grants(connection, required, dbname) if is_surely_there else ()
        if required.index and isinstance(error, MissingIndexError):
            remedies = (indexes.made(name, required.index),)
        if required.fallback:
            return CheckResult("tables", "note", f"{error}: {required.fallback}", remedies)
        return CheckResult("tables", "missing", str(error), remedies, required.collectors)
    if table is not None and table not in _names_of_now(connection):
        text = f"{name}: {columns}; of this month none can be seen: not made yet, or not granted"
        return CheckResult("tables", "note", text, _grants(connection, required, dbname))
    return CheckResult("tables", "ok", f"{name}: {columns}")


def _is_new(connection: Connection) -> bool:
    """Whether Matomo has made no archive table yet, as it does with its first archive.

    A server says that a table does not exist only to those who could read it if it did.
    """
    name = _names_of_now(connection)[0]
    try:
        connection.rows(_PROBE.format(columns="1", table=f"`{name}`", index=""))
    except ReadingError as error:
        return error.reason == "missing_table"
    return False


def _names_of_now(connection: Connection) -> list[str]:
    """Of the archive tables that Matomo writes now, the month's before the year's."""
    months = sorted(set(connection.row(_MONTHS)), reverse=True)
    return [f"{connection.prefix}archive_numeric_{month}" for month in months]


def _grants(connection: Connection, required: RequiredTable, dbname: str) -> tuple[str, ...]:
    """The GRANT statements that a need asks for, as least privilege has them."""
    user, _, host = str(connection.row("SELECT CURRENT_USER()")[0]).rpartition("@")
    to = f"TO {_quoted(user)}@{_quoted(host)};"
    if required.table == MONTHLY:
        return _monthly_grants(connection, dbname, to)
    grant = f"GRANT SELECT ON {_quoted(dbname)}.`{connection.prefix}{required.table}` {to}"
    if required.table == VISITS:
        columns = f"({', '.join(required.columns)})"
        return (
            "-- optional, two columns of a large table, read by its index only:",
            grant.replace("SELECT", f"SELECT {columns}"),
        )
    if required.table == "option":
        return ("-- table option also holds the salts of visitors' fingerprints", grant)
    return (grant,)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _monthly_grants(connection: Connection, dbname: str, to: str) -> tuple[str, ...]:
    # Without a table's name, _ and % in that of the database stand for other characters.
    whole = _quoted(dbname.replace("_", "\\_").replace("%", "\\%"))
    return (
        "-- each month, for days, weeks and months, and each January's for years:",
        *(f"GRANT SELECT ON {_quoted(dbname)}.`{n}` {to}" for n in _names_of_now(connection)),
        "-- or once and for all, at a price: this also opens table user (password hashes), log_*",
        "-- (visits) and option (the salts of visitors' fingerprints) to the exporter:",
        f"-- GRANT SELECT ON {whole}.* {to}",
    )


def _where_the_queue_is(connection: Connection, dbname: str) -> str:
    """Where to look, when this user sees none of Matomo's tables under our prefix; else ""."""
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
            f"{prefix}{_QUEUE} cannot be seen, but {database}.{name} can:"
            f" set {elsewhere}--database.tables-prefix={other}"
        )
    return f"none of the {tables} tables that this user sees is Matomo's" if tables else ""
