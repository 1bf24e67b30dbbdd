"""The committed dashboards, and the queries in them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grafana.__main__ import DASHBOARDS

Panel = dict[str, Any]
Board = dict[str, Any]

BOARDS = sorted(path.stem for path in DASHBOARDS.glob("*.json"))
_VARIABLE = re.compile(r"\$([a-z_]\w*)|\$\{(\w+)(?::\w+)?\}")


def board(name: str) -> Board:
    """A dashboard as Grafana loads it."""
    loaded: Board = json.loads((DASHBOARDS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def panels(name: str) -> list[Panel]:
    """Its panels, without the headings between them, also those below a folded heading."""
    return [panel for panel in every(board(name)["panels"]) if panel["type"] != "row"]


def every(found: Iterable[Panel]) -> Iterator[Panel]:
    """Panels and headings, each heading before what it holds."""
    for panel in found:
        yield panel
        yield from panel.get("panels", ())


def queries(name: str) -> Iterator[tuple[str, str]]:
    """Every query in it, with its variables, and the title of its panel."""
    for panel in panels(name):
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def annotations(name: str) -> Iterator[tuple[str, str]]:
    """Every query for annotations, with its name."""
    for each in board(name)["annotations"]["list"]:
        yield each["name"], each["expr"]


def filled(query: str, values: Mapping[str, str]) -> str:
    """A query with Grafana's variables replaced. Raises KeyError for one that is not known."""
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], query)


def variables(query: str) -> set[str]:
    """The variables that a query asks for."""
    return {one or other for one, other in _VARIABLE.findall(query)}
