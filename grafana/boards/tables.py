"""Tables: what they ask, how columns are made of it, and how these look."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import table as builders
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus

from grafana.boards.panels import GREY, About, Area, Ask, Step, described, query


def table(about: About, area: Area, *asks: Ask) -> Any:
    """Rows of labels and values; each query is a column, named as its legend says."""
    panel = described(builders.Panel(), about, area, (), instant=True)
    for number, ask in enumerate(asks):
        asked = query(ask, number, instant=True).format(prometheus.PromQueryFormat.TABLE)
        panel = panel.with_target(asked)
    return panel


def transformed(panel: Any, kind: str, **options: object) -> Any:
    """A table after one more transformation of what it shows."""
    return panel.with_transformation(models.DataTransformerConfig(id_val=kind, options=options))


def override(panel: Any, column: str, **properties: object) -> Any:
    """A table with a column shown otherwise; names of properties take `__` for a dot."""
    values = [
        models.DynamicConfigValue(id_val=name.replace("__", "."), value=value)
        for name, value in properties.items()
    ]
    return panel.override_by_name(column, values)


def narrow(panel: Any) -> Any:
    """A table with many columns, which a screen of 1280 pixels has to hold."""
    cells = [
        models.DynamicConfigValue("noValue", "-"),
        models.DynamicConfigValue("custom.minWidth", 60),
    ]
    return panel.override_by_regexp("/.*/", cells)


def thresholds(steps: Sequence[Step]) -> dict[str, object]:
    """Thresholds as an override wants them."""
    marks = [{"value": value, "color": colour} for value, colour in ((None, GREY), *steps)]
    return {"mode": "absolute", "steps": marks}
