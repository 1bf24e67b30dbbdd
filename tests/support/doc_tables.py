"""The tables in the docs that follow from the code."""

from collections.abc import Iterator

from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.table import Option, option_groups
from tests.support.catalogue import every_family


def metrics_table() -> str:
    """A row for each metric: name, type, labels and HELP."""
    rows = ["| Metric | Type | Labels | Meaning |", "|---|---|---|---|"]
    for family in every_family():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(family.samples[0].labels)
        rows.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
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
