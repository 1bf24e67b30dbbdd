"""`check`: what works, what does not, and how to repair it."""

from matomo_archive_exporter.check.examine import examine
from matomo_archive_exporter.check.report import as_json, as_lines
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.terminal import show_result


def check(settings: Settings, invocation: Invocation) -> int:
    """0 when every collector can work, else 1."""
    report = examine(settings)
    show_result(as_json(report), as_lines(report), as_json=bool(invocation.own.get("json")))
    return 0 if report.all_work else 1
