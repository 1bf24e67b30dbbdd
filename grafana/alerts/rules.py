"""All groups of rules, as the file that Prometheus loads."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from grafana.alerts.current_run import CURRENT_RUN
from grafana.alerts.deaths import DEATHS
from grafana.alerts.exporter import EXPORTER
from grafana.alerts.memory import MEMORY
from grafana.alerts.queue import QUEUE
from grafana.alerts.recordings import RECORDINGS
from grafana.alerts.rule import Alert, Group
from grafana.alerts.runs import RUNS
from grafana.alerts.settings import SETTINGS, chosen, fill

GROUPS: tuple[Group, ...] = (RECORDINGS, CURRENT_RUN, MEMORY, DEATHS, RUNS, QUEUE, EXPORTER)

_HEAD = "# Made by `make boards` from grafana/alerts/. Every limit in it is a setting there.\n"
_CHART_HEAD = "# Made by `make boards` from grafana/alerts/. `<name>` is the place of a setting.\n"


def alerts() -> Iterator[Alert]:
    """Every alert, in order."""
    return (rule for group in GROUPS for rule in group.rules if isinstance(rule, Alert))


def rule_file(changes: Mapping[str, str] | None = None) -> str:
    """The rules with all settings filled in, some of them changed. Raises UnknownSetting."""
    return _HEAD + fill(_as_yaml(_content()), chosen(changes or {}))


def chart_file() -> str:
    """The rules with their places open, for a chart to fill, and the defaults of the settings."""
    defaults = {name: setting.default for name, setting in SETTINGS.items()}
    return _CHART_HEAD + _as_yaml({"settings": defaults, **_content()})


def _content() -> dict[str, Any]:
    return {
        "groups": [
            {"name": group.name, "rules": [rule.as_dict() for rule in group.rules]}
            for group in GROUPS
        ]
    }


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as such, lists indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def _as_yaml(content: dict[str, Any]) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
