"""Every link in the docs, and every link from the code to them, leads to a page and a heading."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.doc_commands import DOCS, README
from tests.support.process import REPOSITORY

HOME = "https://github.com/matomo-archive-exporter/matomo-archive-exporter"
_OURS = re.compile(
    rf"{re.escape(HOME)}(?:/(?:blob|tree)/main/([\w./-]*[\w/-]))?(#[\w-]+)?(?![\w/.-])"
)
_TRACKED = subprocess.check_output(["git", "ls-files"], cwd=REPOSITORY, text=True).splitlines()
PAGES = [REPOSITORY / name for name in _TRACKED if name.endswith(".md")]
_PARSER = MarkdownIt("commonmark").enable("table")


def links(page: Path) -> Iterator[str]:
    """Where the links and pictures of a page lead."""
    for token in _PARSER.parse(page.read_text(encoding="utf-8")):
        for part in token.children or ():
            yield from (str(part.attrs[key]) for key in ("href", "src") if key in part.attrs)
            if part.type == "html_inline":
                yield from re.findall(r'(?:href|src)="([^"]*)"', part.content)


@cache
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    tokens = _PARSER.parse(page.read_text(encoding="utf-8"))
    heads = [
        "".join(part.content for part in text.children or ())
        for head, text in pairwise(tokens)
        if head.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def leads_nowhere(page: Path, link: str) -> bool:
    """Whether a link within the repository has no target."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or (bool(anchor) and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    inside = [link for link in links(page) if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in inside if leads_nowhere(page, link)] == []


def test_every_link_to_the_docs_leads_somewhere() -> None:
    """Those in the chart, the rules, the boards, the units and the image."""
    texts = {name: (REPOSITORY / name).read_bytes().decode("utf-8", "replace") for name in _TRACKED}
    found = {
        (name, f"{path or README.name}{anchor or ''}")
        for name, text in texts.items()
        for path, anchor in _OURS.findall(text)
    }
    assert len(found) > 20
    assert {(name, link) for name, link in found if leads_nowhere(README, link)} == set()


def test_the_index_lists_every_page() -> None:
    index = DOCS / "README.md"
    listed = {(DOCS / link).resolve() for link in links(index)}
    assert {page for page in DOCS.glob("*.md") if page != index} - listed == set()
