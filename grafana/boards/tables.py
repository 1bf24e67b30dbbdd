"""Tables: their queries, their columns, and how these look."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import table as builders
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus

from grafana.boards.panels import GREY, About, Area, Ask, Step, described, query


def table(about: About, area: Area, *asks: Ask) -> Any:
    """A table of labels and values; each query is a column."""
    panel = described(builders.Panel(), about, area, (), instant=True)
    for number, ask in enumerate(asks):
        asked = query(ask, number, instant=True).format(prometheus.PromQueryFormat.TABLE)
        panel = panel.with_target(asked)
    return panel


def transformed(panel: Any, kind: str, **options: object) -> Any:
    """The table with one more transformation."""
    return panel.with_transformation(models.DataTransformerConfig(id_val=kind, options=options))


def override(panel: Any, column: str, **properties: object) -> Any:
    """The table with properties of one column; `__` in their names is a dot."""
    values = [
        models.DynamicConfigValue(id_val=name.replace("__", "."), value=value)
        for name, value in properties.items()
    ]
    return panel.override_by_name(column, values)


def narrow(panel: Any) -> Any:
    """The table with narrow columns, to fit on a screen of 1280 pixels."""
    cells = [
        models.DynamicConfigValue("noValue", "-"),
        models.DynamicConfigValue("custom.minWidth", 60),
    ]
    return panel.override_by_regexp("/.*/", cells)


def thresholds(steps: Sequence[Step]) -> dict[str, object]:
    """Thresholds for an override."""
    marks = [{"value": value, "color": colour} for value, colour in ((None, GREY), *steps)]
    return {"mode": "absolute", "steps": marks}
