"""Everything `check` looks at, put together."""

from collections.abc import Iterator
from contextlib import ExitStack

from matomo_archive_exporter.check import configuration, database
from matomo_archive_exporter.check.report import Finding, Report
from matomo_archive_exporter.readings.connection import connect, identity
from matomo_archive_exporter.readings.failure import ReadingError
from matomo_archive_exporter.readings.needs import NEEDS
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings

_CACHING_SHA2 = (
    "-- if this user logs in by caching_sha2_password: without TLS the server refuses even the",
    "-- right password until it has seen one login with TLS since its start. Set",
    "-- --database.ssl-mode=required, or log in once with TLS, or use another plugin.",
)
_OLD_TLS = (
    "-- the server may speak nothing but TLS older than TLS 1.2, as MySQL 5.7 before 5.7.28 does.",
    "-- Update the server, or set --database.ssl-mode=disabled where the network can be trusted.",
)
# As OpenSSL names what happens then; it depends on the side that gives up first.
_NO_COMMON_TLS = ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")


def examine(settings: Settings) -> Report:
    """Look at everything once. Never raises ReadingError."""
    findings = tuple(_all(settings))
    names = [name for need in NEEDS for name in need.collectors]
    names += ["log"] if settings.archiver.log_file else []
    names += ["processes"] if settings.archiver.proc_path else []
    collectors: dict[str, str | None] = dict.fromkeys(names)
    for finding in findings:
        if finding.verdict == "missing":
            affected = finding.collectors or tuple(collectors)
            collectors.update(dict.fromkeys(affected, finding.text))
    return Report(findings, collectors)


def _all(settings: Settings) -> Iterator[Finding]:
    yield from configuration.examine(settings)
    try:
        yield Finding("connection", "note", _where(settings.database))
        yield from _connected(settings.database, has_log=settings.archiver.log_file is not None)
    except ReadingError as error:
        yield Finding("connection", "missing", str(error), _hints(error, settings.database))


def _connected(settings: DatabaseSettings, *, has_log: bool) -> Iterator[Finding]:
    dbname = identity(settings).dbname
    try:
        with connect(settings) as connection:
            yield Finding("connection", "ok", "connected")
            yield from database.examine(connection, dbname)
            yield database.durations_source(connection, has_log=has_log)
    except ReadingError as error:
        if error.reason not in ("access_denied", "missing_table"):
            raise
        yield from _outside(settings, dbname, error)


def _outside(settings: DatabaseSettings, dbname: str, error: ReadingError) -> Iterator[Finding]:
    """Without the database: what is wrong with it. Raises `error` when the login is refused too."""
    nowhere = settings.model_copy(update={"dbname": "", "dbname_file": None})
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(connect(nowhere))
        except ReadingError:
            raise error from None
        why = f"no database {dbname}, or none of its tables is open to this user"
        yield Finding("connection", "ok", "connected")
        yield from database.examine_from_outside(connection, dbname, why)


def _where(settings: DatabaseSettings) -> str:
    who = identity(settings)
    place = str(settings.unix_socket) if settings.unix_socket else f"{who.host}:{settings.port}"
    return f"{place}, database {who.dbname}, as {who.username}, ssl-mode {settings.ssl_mode}"


def _hints(error: ReadingError, settings: DatabaseSettings) -> tuple[str, ...]:
    if any(f"SSL: {name}" in str(error) for name in _NO_COMMON_TLS):
        return _OLD_TLS
    may_lack_tls = settings.ssl_mode in ("disabled", "preferred") and not settings.unix_socket
    return _CACHING_SHA2 if error.reason == "access_denied" and may_lack_tls else ()
