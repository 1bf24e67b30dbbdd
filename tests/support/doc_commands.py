"""The commands that the docs tell people to run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.process import REPOSITORY

INSTALL = REPOSITORY / "docs" / "install.md"
_BLOCK = re.compile(
    r"^(#+ (?P<heading>[^\n]+)|```sh\n(?P<code>.*?)^```)$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of shell, and the heading above it."""

    heading: str
    code: str

    @property
    def commands(self) -> list[list[str]]:
        """Its commands, word by word."""
        joined = self.code.replace("\\\n", " ")
        return [shlex.split(line) for line in joined.splitlines() if line]


def blocks(path: Path = INSTALL) -> Iterator[Block]:
    """Every block of shell in a page, in order."""
    heading = ""
    for found in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        heading = found["heading"] or heading
        if found["code"]:
            yield Block(heading, found["code"])


def under(heading: str) -> list[Block]:
    """Those of one section of docs/install.md; it has some."""
    found = [block for block in blocks() if block.heading == heading]
    assert found, f"docs/install.md has no commands under {heading!r}"
    return found
