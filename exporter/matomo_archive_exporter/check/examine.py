"""All checks of `check`, put together."""

from collections.abc import Iterator
from contextlib import ExitStack

from matomo_archive_exporter.check import configuration, database
from matomo_archive_exporter.check.report import CheckResult, Report
from matomo_archive_exporter.readings.database import server
from matomo_archive_exporter.readings.database.connection import connect, negotiated_tls
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.identity import Identity, identity, is_localhost
from matomo_archive_exporter.readings.database.privileges import REQUIRED_TABLES
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings

_OLD_TLS = (
    "-- The server may only speak TLS older than 1.2, as MySQL 5.7 before 5.7.28 does.",
    "-- Update the server, or set --database.ssl-mode=disabled if you trust the network.",
)
# OpenSSL's names for it; they depend on the side that gives up first.
_NO_COMMON_TLS = ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")


def examine(settings: Settings) -> Report:
    """Run every check once. It never raises ReadingError."""
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
            facts, cipher = server.read(connection), negotiated_tls(connection)
            yield CheckResult("connection", "ok", "connected")
            yield from _weak_points(settings, has_tls=bool(cipher))
            yield from database.examine(connection, facts, cipher, dbname)
            yield database.durations_source(connection, facts, has_log=has_log)
    except ReadingError as error:
        if error.reason not in ("access_denied", "missing_table"):
            raise
        yield from _outside(settings, dbname, error)


def _outside(settings: DatabaseSettings, dbname: str, error: ReadingError) -> Iterator[CheckResult]:
    """The checks that need no database. Raises `error` when the server refuses the login too."""
    nowhere = settings.model_copy(update={"dbname": "", "dbname_file": None})
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(connect(nowhere))
        except ReadingError:
            raise error from None
        why = f"no database {dbname}, or none of its tables is open to this user"
        facts, cipher = server.read(connection), negotiated_tls(connection)
        yield CheckResult("connection", "ok", "connected")
        yield from database.examine_from_outside(connection, facts, cipher, dbname, why)


def _weak_points(settings: DatabaseSettings, *, has_tls: bool) -> Iterator[CheckResult]:
    """Ways in which another program could answer in the server's place."""
    who = identity(settings)
    if who.has_trusted_socket:
        return
    if who.socket is not None:
        text = (
            "other users can put a socket there, so the exporter trusts it no more than a network"
        )
        yield CheckResult("connection", "note", text)
    if settings.ssl_mode != "verify" and has_tls:
        text = (
            "the server's certificate is not verified, so another server could answer in its place;"
            " set --database.ssl-mode=verify"
        )
        yield CheckResult("connection", "note", text)


def _where(settings: DatabaseSettings, who: Identity) -> Iterator[CheckResult]:
    text = f"{who.place}, database {who.dbname}, as {who.username}, ssl-mode {settings.ssl_mode}"
    yield CheckResult("connection", "note", text)
    if settings.unix_socket is None and is_localhost(settings, who.host):
        way = "by the server's socket" if who.socket else "by TCP: no usual socket of it was found"
        yield CheckResult("connection", "note", f"localhost is reached {way}")
    if settings.ssl_mode == "verify" and settings.ssl_ca is None and who.socket is None:
        text = "TLS trusts the system's certificate authorities; --database.ssl-ca sets your own"
        yield CheckResult("connection", "note", text)


def _hints(error: ReadingError) -> tuple[str, ...]:
    return _OLD_TLS if any(f"SSL: {name}" in str(error) for name in _NO_COMMON_TLS) else ()
