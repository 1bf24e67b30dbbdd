"""What `check` says of Matomo's version, and of the rules by which it is forecast."""

from collections.abc import Iterator

from matomo_archive_exporter.check.report import CheckResult
from matomo_archive_exporter.matomo.rules_basis import assumption, rules_basis
from matomo_archive_exporter.matomo.version import UnknownMatomoError
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.errors import ReadingError

_VERSION = "SELECT LEFT(option_value, 40) FROM {option} WHERE option_name = 'version_core'"
_NEED_RULES = ("overlaps", "forecast")


def examine(connection: Connection) -> Iterator[CheckResult]:
    """The version, and which collectors cannot work without rules for it."""
    try:
        rows = connection.rows(_VERSION.format(option=connection.table("option")))
    except ReadingError:
        yield CheckResult("matomo", "note", "its version cannot be read from table option")
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
