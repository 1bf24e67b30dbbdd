"""Draw the boards with Grafana's components: `python -m grafana.render`, or `make pictures`.

Writes the pictures of the docs, and more in .tools/pictures, for screens of 1280 and 1900 pixels.
Exit status 1 if a picture has the wrong size, lacks a text of a panel, or cuts one off.
"""

import shutil
import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana.__main__ import BOARDS, HERE
from grafana.boards.board import Board
from grafana.boards.overview import OVERVIEW
from grafana.render.drawing import drawn, first_rows, loaded, picture, unfolded
from grafana.render.history import history
from grafana.render.look import ALL, NEWEST, Look, install, looks
from grafana.render.scenes import DAY, MINUTE, SCENES

ADDRESS = "127.0.0.1:16290"
DOCS = HERE.parent / "docs" / "pictures"
LOOKED_AT = HERE.parent / ".tools" / "pictures"
WIDTHS = (1280, 1900)
SEEN = ("three", "away", "dying", "healthy")
GLANCE = 12
"""rows of the overview that README shows: the lights, the table, and the command to run"""
ROW, GAP, HEAD, MARGIN = 30, 8, 48, 16
"""pixels of Grafana's grid, and of the page around the board"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture of a board, or of its first rows; its name in the docs, if it is there."""

    board: Board
    scene: str
    width: int
    name: str = ""
    rows: int = 0

    @property
    def file(self) -> Path:
        """Where it is looked at."""
        part = f"-{self.rows}-rows" if self.rows else ""
        return LOOKED_AT / f"{self.board.uid}-{self.scene}-{self.width}{part}.png"


def wanted() -> Iterator[Wanted]:
    """The overview in several scenes, and the other boards of the instance that dies."""
    yield Wanted(OVERVIEW, "dying", WIDTHS[0], "glance", GLANCE)
    for width in WIDTHS:
        for board in BOARDS:
            for scene in SEEN if board is OVERVIEW else ("dying",):
                in_docs = width == WIDTHS[0] and scene == (
                    "three" if board is OVERVIEW else "dying"
                )
                name = board.uid.removeprefix("matomo-archive-") if in_docs else ""
                yield Wanted(board, scene, width, name)


def main() -> int:
    """Exit status: 0, or 1 after printing a line for each fault."""
    install("pictures")
    LOOKED_AT.mkdir(parents=True, exist_ok=True)
    every = list(wanted())
    scenes = {name: SCENES[name] for name in SEEN}
    with (
        tempfile.TemporaryDirectory() as folder,
        history(Path(folder), ADDRESS, scenes, DAY, 2 * MINUTE) as running,
    ):
        asked = []
        for each in every:
            instance = ALL if each.board is OVERVIEW else SCENES[each.scene][0].instance
            board = unfolded(loaded(each.board))
            board = first_rows(board, each.rows) if each.rows else board
            asked.append(picture(running, board, each.scene, each.file, each.width, instance))
    faults = []
    for each, question, made in zip(every, asked, drawn(asked), strict=True):
        faults += [f"{each.file.name}: {fault}" for fault in faults_of(question, made)]
        if each.name and not faults:
            shutil.copy(each.file, DOCS / f"{each.name}.png")
    print("\n".join(faults) or f"drawn in {LOOKED_AT}")
    return 1 if faults else 0


def faults_of(asked: dict[str, Any], made: dict[str, Any]) -> Iterator[str]:
    """The faults of a picture."""
    yield from made["errors"]
    yield from (f"{text!r} is cut off" for text in made["cut"])
    if size_of(Path(made["file"])) != (expected := size(asked)):
        yield f"is not {expected[0]} x {expected[1]} pixels"
    for each, look in zip(asked["asked"], looks(NEWEST, asked["asked"]), strict=True):
        title = each["panel"]["title"]
        found = "".join(made["panels"].get(title, [])).replace(" ", "")
        yield from (f"{title}: lacks {text!r}" for text in texts(look) if bare(text) not in found)


def texts(look: Look) -> Iterator[str]:
    """The texts of a panel that are visible without scrolling."""
    yield from (value["text"] for value in look.get("values", ()))
    for column in look.get("columns", ()):
        yield from (column["name"], *(cell["text"] for cell in column["cells"][:2]))
    yield from (series["name"] for series in look.get("series", ()))


def bare(text: str) -> str:
    """The text without spaces and line breaks, which a browser changes."""
    return "".join(text.split())


def size(asked: dict[str, Any]) -> tuple[int, int]:
    """The expected width and height of a picture."""
    panels = [*asked["rows"], *(each["panel"] for each in asked["asked"])]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    return asked["width"], rows * (ROW + GAP) + HEAD + MARGIN


def size_of(file: Path) -> tuple[int, int]:
    """The width and height in the header of a PNG file."""
    width, height = struct.unpack(">II", file.read_bytes()[16:24])
    return width, height


if __name__ == "__main__":
    sys.exit(main())
