"""`python -m matomo_archive_exporter`."""

from matomo_archive_exporter.cli import run

run()
