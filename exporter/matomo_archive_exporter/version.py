"""The output of `--version`."""

import platform

import mysql.connector
from mysql.connector import HAVE_CEXT

from matomo_archive_exporter import __version__
from matomo_archive_exporter.readings.database.connection import DRIVER


def version_lines() -> tuple[str, str, str]:
    """Exporter, Python and driver, and which form of the driver runs."""
    use = "is there, but not used" if HAVE_CEXT else "is missing, but not needed"
    return (
        f"matomo-archive-exporter {__version__}",
        f"Python {platform.python_version()}",
        f"mysql-connector-python {mysql.connector.__version__}"
        f" ({DRIVER} Python; its C extension {use})",
    )
