"""The commands that the docs tell people to run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.process import REPOSITORY

README, DOCS = REPOSITORY / "README.md", REPOSITORY / "docs"
INSTALL = DOCS / "install.md"
_BLOCK = re.compile(
    r"^(#+ (?P<heading>[^\n]+)|(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^ *```)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code, and the heading above it."""

    heading: str
    language: str
    code: str

    @property
    def commands(self) -> list[list[str]]:
        """The commands of a shell, word by word."""
        joined = self.code.replace("\\\n", " ")
        return [shlex.split(line, comments=True) for line in joined.splitlines() if line]


def blocks(path: Path = INSTALL, language: str = "sh") -> Iterator[Block]:
    """Every block of a language in a page, in order."""
    heading = ""
    for found in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        heading = found["heading"] or heading
        if found["language"] == language:
            code = re.sub(f"^{found['indent']}", "", found["code"], flags=re.MULTILINE)
            yield Block(heading, language, code)


def under(heading: str, path: Path = INSTALL, language: str = "sh") -> list[Block]:
    """Those of one section of a page; it has some."""
    found = [block for block in blocks(path, language) if block.heading == heading]
    assert found, f"{path.name} has no {language} under {heading!r}"
    return found


def pages() -> list[Path]:
    """README and every page of the docs, the runbooks too."""
    return [README, *sorted(DOCS.rglob("*.md"))]
