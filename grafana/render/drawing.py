"""Pictures of the boards, drawn by Grafana's components in Chromium."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grafana.boards.board import Board as Source
from grafana.render.history import History
from grafana.render.look import ALL, HERE, NODE, PACKAGES, asked, chosen
from grafana.render.scenes import END

Board = dict[str, Any]


def loaded(board: Source) -> Board:
    """A board in the form that Grafana loads."""
    found: Board = json.loads(board.as_json())
    return found


def picture(
    history: History, board: Board, scene: str, file: Path, width: int, instance: str = ALL
) -> dict[str, Any]:
    """A board to draw; `instance` is chosen on a board of one instance."""
    variables = chosen(scene, instance)
    rows = [panel for panel in board["panels"] if panel["type"] == "row"]
    return {
        "file": str(file),
        "width": width,
        "title": board["title"],
        "rows": [{**row, "panels": []} for row in rows],
        "asked": [
            asked(history, panel, variables) for panel in board["panels"] if panel["type"] != "row"
        ],
        "from": END - history.span,
        "to": END,
    }


def unfolded(board: Board) -> Board:
    """A board with every row open, one below the other."""
    opened: list[dict[str, Any]] = []
    down = 0
    for panel in board["panels"]:
        if panel["type"] == "row":
            below = max((each["gridPos"]["y"] + each["gridPos"]["h"] for each in opened), default=0)
            down = below - panel["gridPos"]["y"]
        held = panel.get("panels", [])
        opened += [_moved(each, down) for each in ({**panel, "collapsed": False}, *held)]
    return {**board, "panels": opened}


def first_rows(board: Board, rows: int) -> Board:
    """A board without the panels that reach below these rows."""
    bottoms = ((each, each["gridPos"]["y"] + each["gridPos"]["h"]) for each in board["panels"])
    return {**board, "panels": [each for each, bottom in bottoms if bottom <= rows]}


def _moved(panel: dict[str, Any], down: int) -> dict[str, Any]:
    return {**panel, "gridPos": {**panel["gridPos"], "y": panel["gridPos"]["y"] + down}}


def drawn(pictures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Draw the pictures; the texts of each, those that are cut off, and errors."""
    command = [NODE, HERE / "shoot.mjs", PACKAGES / "pictures"]
    text = json.dumps(pictures)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    made: list[dict[str, Any]] = json.loads(done.stdout)
    return made
