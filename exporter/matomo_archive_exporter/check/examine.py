"""Everything `check` looks at, put together."""

from collections.abc import Iterator
from contextlib import ExitStack

from matomo_archive_exporter.check import configuration, database
from matomo_archive_exporter.check.report import CheckResult, Report
from matomo_archive_exporter.readings.database.connection import (
    Connection,
    connect,
    negotiated_tls,
)
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.identity import Identity, identity, is_localhost
from matomo_archive_exporter.readings.database.privileges import REQUIRED_TABLES
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings

_OLD_TLS = (
    "-- the server may speak nothing but TLS older than TLS 1.2, as MySQL 5.7 before 5.7.28 does.",
    "-- Update the server, or set --database.ssl-mode=disabled where the network can be trusted.",
)
# As OpenSSL names what happens then; it depends on the side that gives up first.
_NO_COMMON_TLS = ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")


def examine(settings: Settings) -> Report:
    """Look at everything once. Never raises ReadingError."""
    results = tuple(_all(settings))
    of_database = [name for required in REQUIRED_TABLES for name in required.collectors]
    names = [*of_database]
    names += ["log"] if settings.archiver.log_file else []
    names += ["processes"] if settings.archiver.proc_path else []
    collectors: dict[str, str | None] = dict.fromkeys(names)
    for result in results:
        if result.verdict == "missing":
            affected = result.collectors or of_database
            collectors.update(dict.fromkeys(affected, result.text))
    return Report(results, collectors)


def _all(settings: Settings) -> Iterator[CheckResult]:
    yield from configuration.examine(settings)
    try:
        yield from _where(settings.database, identity(settings.database))
        yield from _connected(settings.database, has_log=settings.archiver.log_file is not None)
    except ReadingError as error:
        yield CheckResult("connection", "missing", str(error), _hints(error))


def _connected(settings: DatabaseSettings, *, has_log: bool) -> Iterator[CheckResult]:
    dbname = identity(settings).dbname
    try:
        with connect(settings) as connection:
            yield CheckResult("connection", "ok", "connected")
            yield from _weak_points(connection, settings)
            yield from database.examine(connection, dbname)
            yield database.durations_source(connection, has_log=has_log)
    except ReadingError as error:
        if error.reason not in ("access_denied", "missing_table"):
            raise
        yield from _outside(settings, dbname, error)


def _outside(settings: DatabaseSettings, dbname: str, error: ReadingError) -> Iterator[CheckResult]:
    """Without the database: what is wrong with it. Raises `error` when the login is refused too."""
    nowhere = settings.model_copy(update={"dbname": "", "dbname_file": None})
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(connect(nowhere))
        except ReadingError:
            raise error from None
        why = f"no database {dbname}, or none of its tables is open to this user"
        yield CheckResult("connection", "ok", "connected")
        yield from database.examine_from_outside(connection, dbname, why)


def _weak_points(connection: Connection, settings: DatabaseSettings) -> Iterator[CheckResult]:
    """Where somebody else could answer in the server's place."""
    who = identity(settings)
    if who.has_trusted_socket:
        return
    if who.socket is not None:
        text = "others can put a socket there, so it counts as a network"
        yield CheckResult("connection", "note", text)
    if settings.ssl_mode != "verify" and negotiated_tls(connection):
        text = (
            "the server's certificate is not verified: TLS stops those who listen, but not"
            " those who answer in its place; --database.ssl-mode=verify stops both"
        )
        yield CheckResult("connection", "note", text)


def _where(settings: DatabaseSettings, who: Identity) -> Iterator[CheckResult]:
    text = f"{who.place}, database {who.dbname}, as {who.username}, ssl-mode {settings.ssl_mode}"
    yield CheckResult("connection", "note", text)
    if settings.unix_socket is None and is_localhost(settings, who.host):
        way = (
            "by the server's socket" if who.socket else "by TCP: none of its usual sockets is there"
        )
        yield CheckResult("connection", "note", f"localhost is reached {way}")
    if settings.ssl_mode == "verify" and settings.ssl_ca is None and who.socket is None:
        text = "trusted are the certificate authorities of the system; --database.ssl-ca names one"
        yield CheckResult("connection", "note", text)


def _hints(error: ReadingError) -> tuple[str, ...]:
    return _OLD_TLS if any(f"SSL: {name}" in str(error) for name in _NO_COMMON_TLS) else ()
