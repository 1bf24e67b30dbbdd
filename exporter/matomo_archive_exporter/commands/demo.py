"""`demo`: a throw-away Matomo database, an archiver at work on it, and the exporter on top."""

from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings


def demo(settings: Settings, invocation: Invocation) -> int:
    """Until SIGTERM or SIGINT."""
    raise NotImplementedError
