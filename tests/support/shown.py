"""The boards in every scene, as the oldest Grafana and the newest show them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana.render.history import History, history
from grafana.render.look import ALL, NEWEST, OLDEST, Look, asked, chosen, install, looks, panels
from grafana.render.scenes import HOUR, MINUTE, SCENES, fifty
from matomo_archive_exporter.demo.private_server import free_port
from tests.support.dashboards import BOARDS, board
from tests.support.process import REPOSITORY
from tests.support.tools import prometheus_tool

VERSIONS = (OLDEST, NEWEST)
OVERVIEW, QUEUE, MEMORY = "matomo-archive-overview", "matomo-archive-queue", "matomo-archive-memory"
COLOURS = {
    "#73BF69": "green",
    "#FF9830": "orange",
    "#F2495C": "red",
    "#6e7280": "grey",
    "#5794F2": "blue",
}
"""of Grafana's dark theme"""
SCENE_OF = {
    "Exporter away": "away",
    "No rules loaded": "no-rules",
    "Three instances": "three",
}
"""scenes that the docs call otherwise"""
FLEET, NO_EXPORTER = "fifty", "nobody"
_LIGHTS = REPOSITORY / "tests" / "grafana" / "lights.md"


@dataclass(frozen=True, slots=True)
class Shown:
    """The look of each panel in Grafana, by version, board, scene and title."""

    looks: Mapping[tuple[str, str, str], Mapping[str, Look]]
    marks: Mapping[tuple[str, str, str], Sequence[float]]
    """times that an annotation marks, by board, scene and name of the annotation"""

    def light(self, version: str, name: str, scene: str, title: str) -> str:
        """Colour and text of a light."""
        (value,) = self.looks[version, name, scene][title]["values"]
        return f"{colour(value['colour'])}: {value['text']}"

    def table(self, version: str, scene: str, title: str) -> list[dict[str, dict[str, Any]]]:
        """The rows of a table on the overview, with their cells by column."""
        columns = self.looks[version, OVERVIEW, scene][title]["columns"]
        rows = len(columns[0]["cells"]) if columns else 0
        return [{each["name"]: each["cells"][row] for each in columns} for row in range(rows)]


def colour(value: str | None) -> str:
    """The name of a colour."""
    return COLOURS.get(value or "", str(value))


def scenes() -> Mapping[str, Any]:
    """All of them, with a fleet and one in which nothing was ever scraped."""
    return {**SCENES, FLEET: fifty(), NO_EXPORTER: ()}


@contextmanager
def scraped(folder: Path) -> Iterator[History]:
    """A Prometheus that has scraped all scenes for an hour and a half."""
    prometheus_tool("prometheus")
    address = f"127.0.0.1:{free_port()}"
    with history(folder, address, scenes(), 1.5 * HOUR, MINUTE) as running:
        yield running


def shown(running: History) -> Shown:
    """Everything that Grafana shows of it."""
    install("check")
    questions, places = [], []
    for name in BOARDS:
        for scene, exporters in scenes().items():
            instance = ALL if name == OVERVIEW or not exporters else exporters[0].instance
            for panel in panels(board(name)):
                questions.append(asked(running, panel, chosen(scene, instance)))
                places.append((name, scene, panel["title"]))
    found: dict[tuple[str, str, str], dict[str, Look]] = {}
    for version in VERSIONS:
        for (name, scene, title), look in zip(places, looks(version, questions), strict=True):
            found.setdefault((version, name, scene), {})[title] = look
    return Shown(found, dict(_marks(running)))


def _marks(running: History) -> Iterator[tuple[tuple[str, str, str], list[float]]]:
    for name in BOARDS:
        for annotation in board(name)["annotations"]["list"]:
            for scene, exporters in SCENES.items():
                found = running.annotations(annotation, chosen(scene, exporters[0].instance))
                times = {float(value) / 1000 for each in found for _, value in each["values"]}
                yield (name, scene, annotation["name"]), sorted(times)


def documented() -> Mapping[tuple[str, str], str]:
    """The lights of the overview as documented, by light and scene."""
    lines = _LIGHTS.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if "|" in line]
    head, _, *lights = rows
    names = [SCENE_OF.get(scene, scene.lower().replace(" ", "-")) for scene in head]
    return {
        (light[0], name): cell
        for light in lights
        for name, cell in zip(names[1:], light[1:], strict=True)
    }
