"""The tables in the docs that follow from the code."""

import re
from collections.abc import Iterator
from dataclasses import fields

from grafana.alerts.rules import alerts
from grafana.alerts.settings import SETTINGS, chosen, fill
from grafana.boards.not_shown import NOT_SHOWN
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.table import Option, option_groups
from matomo_archive_exporter.web.serving.limits import Limits
from tests.support.catalogue import every_family


def metrics_table() -> str:
    """A row for each metric: name, type, labels and HELP."""
    rows = ["| Metric | Type | Labels | Meaning |", "|---|---|---|---|"]
    for family in every_family():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(family.samples[0].labels)
        rows.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(rows)


def alerts_table() -> str:
    """A row for each alert: name and runbook, severity, how long it must hold, summary."""
    rows = ["| Alert | Severity | After | Says |", "|---|---|---|---|"]
    for alert in alerts():
        hold = fill(alert.hold, chosen({})) or "at once"
        link = f"[{alert.name}](alerts/{alert.name}.md)"
        rows.append(f"| {link} | {alert.severity} | {hold} | {plain(alert.summary)} |")
    return "\n".join(rows)


def plain(summary: str) -> str:
    """The text of a template, with … for the figures."""
    return fill(re.sub(r"{{ if .*?{{ end }}|{{.*?}}", "…", summary), chosen({}))


def settings_table() -> str:
    """A row for each setting of the rules."""
    rows = ["| Setting | Default | Meaning |", "|---|---|---|"]
    rows += [f"| `{name}` | `{each.default}` | {each.meaning} |" for name, each in SETTINGS.items()]
    return "\n".join(rows)


def not_shown_table() -> str:
    """A row for each metric that no dashboard and no rule asks for."""
    rows = ["| Metric | Why not |", "|---|---|"]
    rows += [f"| `{name}` | {reason} |" for name, reason in NOT_SHOWN.items()]
    return "\n".join(rows)


def limits_table() -> str:
    """A row for each limit of the HTTP side."""
    rows = ["| Limit | At most | |", "|---|---|---|"]
    for each in fields(Limits):
        rows.append(f"| {each.name} | {each.default:g} | {each.metadata['meaning']} |")
    return "\n".join(rows)


def options_table() -> str:
    """A table for each group of options."""
    groups = option_groups(Settings)
    return "\n\n".join("\n".join(_group(group.title, group.options)) for group in groups)


def _group(title: str, options: tuple[Option, ...]) -> Iterator[str]:
    yield f"### {title}\n"
    yield "| Option | Variable | Default | Meaning |"
    yield "|---|---|---|---|"
    for option in options:
        flag = f"`{option.flag}`" if option.flag else "none"
        default = f"`{option.default}`" if option.default else ""
        meaning = option.help or "file that holds the value"
        yield f"| {flag} | `{option.variable}` | {default} | {meaning} |"
