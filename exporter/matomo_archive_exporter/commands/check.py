"""`check`: what works, what does not, why, and what to do about it."""

from matomo_archive_exporter.check.examine import examine
from matomo_archive_exporter.check.report import as_json, as_text
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings


def check(settings: Settings, invocation: Invocation) -> int:
    """0 when every collector can work, else 1."""
    report = examine(settings)
    print(as_json(report) if invocation.own.get("json") else as_text(report))
    return 0 if report.all_work else 1
