"""What `check` asks a database: nothing but metadata and SELECT ... LIMIT 0."""

from collections.abc import Iterator

from matomo_archive_exporter.check.report import Finding
from matomo_archive_exporter.readings import server
from matomo_archive_exporter.readings.archives import numeric_tables
from matomo_archive_exporter.readings.connection import Connection, negotiated_tls
from matomo_archive_exporter.readings.failure import ReadingError
from matomo_archive_exporter.readings.needs import MONTHLY, NEEDS, Need

_PROBE = "SELECT {columns} FROM {table} LIMIT 0"
_ACCOUNT = "SELECT CURRENT_USER(), DATABASE()"
_QUEUE_TABLES = """
SELECT table_schema, table_name, table_schema = DATABASE() FROM information_schema.tables
WHERE table_name LIKE '%archive\\_invalidations' ORDER BY table_schema, table_name LIMIT 20"""
_OTHER_TABLES = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
_QUEUE = "archive_invalidations"


def examine(connection: Connection) -> Iterator[Finding]:
    """Server, tables and privileges; a line each."""
    yield from _server(connection)
    elsewhere = _where_the_queue_is(connection)
    if elsewhere:
        yield Finding("tables", "missing", elsewhere)
        return
    for need in NEEDS:
        yield _need(connection, need)


def _server(connection: Connection) -> Iterator[Finding]:
    facts = server.read(connection)
    cipher = negotiated_tls(connection)
    yield Finding("connection", "ok", f"TLS {cipher}" if cipher else "no TLS")
    yield Finding("server", "ok", f"{facts.kind} {facts.version}")
    if facts.utc_offset:
        skew = f"{facts.utc_offset:+d} s off UTC: Matomo's recovery timeout is off by as much"
        yield Finding("server", "note", f"its clock is {skew}")
    version = facts.matomo_version
    yield Finding(
        "matomo",
        "ok" if version else "note",
        f"Matomo {version}" if version else "its version cannot be read from table option",
    )


def _need(connection: Connection, need: Need) -> Finding:
    try:
        table = numeric_tables(connection)[0] if need.table == MONTHLY else None
        name = table or f"{connection.prefix}{need.table}"
        columns = ", ".join(need.columns)
        connection.rows(_PROBE.format(columns=columns, table=f"`{name}`"))
    except ReadingError as error:
        return _missing(connection, need, error)
    return Finding("tables", "ok", f"{name}: {columns}")


def _missing(connection: Connection, need: Need, error: ReadingError) -> Finding:
    remedies = _grants(connection, need) if error.reason == "missing_privilege" else ()
    return Finding("tables", "missing", str(error), remedies, need.collector)


def _grants(connection: Connection, need: Need) -> tuple[str, ...]:
    """The GRANT statements that a need asks for, as least privilege has them."""
    account, database = connection.row(_ACCOUNT)
    user, _, host = account.rpartition("@")
    to = f"TO `{user}`@`{host}`;"
    if need.table == MONTHLY:
        return _monthly_grants(connection, str(database), to)
    grant = f"GRANT SELECT ON `{database}`.`{connection.prefix}{need.table}` {to}"
    if need.table == "option":
        return ("-- table option also holds the salts of visitors' fingerprints", grant)
    return (grant,)


def _monthly_grants(connection: Connection, database: str, to: str) -> tuple[str, ...]:
    month, january = connection.row(
        "SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y_%m'), DATE_FORMAT(UTC_TIMESTAMP(), '%Y_01')"
    )
    table = f"`{database}`.`{connection.prefix}archive_numeric_"
    return (
        "-- each month, for days, weeks and months, and each January's for years:",
        *(
            f"GRANT SELECT ON {table}{name}` {to}"
            for name in sorted({month, january}, reverse=True)
        ),
        "-- or once and for all, at a price: this also opens table user (password hashes), log_*",
        "-- (visits) and option (the salts of visitors' fingerprints) to the exporter:",
        f"-- GRANT SELECT ON `{database}`.* {to}",
    )


def _where_the_queue_is(connection: Connection) -> str:
    """Where to look, when the only queues that this user sees are not under our prefix; else ""."""
    found = connection.rows(_QUEUE_TABLES)
    if any(is_here and name == f"{connection.prefix}{_QUEUE}" for _, name, is_here in found):
        return ""
    for database, name, is_here in sorted(found, key=lambda row: -int(row[2])):
        prefix = str(name).removesuffix(_QUEUE) or "''"
        elsewhere = "" if is_here else f"--database.dbname={database} and "
        return (
            f"{connection.prefix}{_QUEUE} cannot be seen, but {database}.{name} can:"
            f" set {elsewhere}--database.tables-prefix={prefix}"
        )
    others = connection.row(_OTHER_TABLES)[0]
    return f"none of the {others} tables that this user sees is Matomo's" if others else ""
