"""`check`: what works, what does not, why, and what to do about it."""

from matomo_archive_exporter.check.examine import examine
from matomo_archive_exporter.check.report import as_json, as_lines
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.terminal import show, show_json


def check(settings: Settings, invocation: Invocation) -> int:
    """0 when every collector can work, else 1."""
    report = examine(settings)
    if invocation.own.get("json"):
        show_json(as_json(report))
    else:
        show(*as_lines(report))
    return 0 if report.all_work else 1
