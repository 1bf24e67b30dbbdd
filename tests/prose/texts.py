"""The prose in a file: what people read of it, without code and without quotations."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

CODE = "`code`"
TEST = "test_"
# A sentence ends before a capital, a quotation or code.
END = re.compile(r'(?<=[.!?])["”)]?\s+(?=["“(`A-Z0-9])')
QUOTATION = re.compile(r'"[^"\n]*"|“[^”]*”')
COMMENT = re.compile(r"^\s*(?:#|\{\{-? */\*|//)+ ?(.*)$")


@dataclass(frozen=True)
class Text:
    """A piece of prose: where its first line is, and whether its sentences are whole ones."""

    line: int
    words: str
    whole: bool = True

    def sentences(self) -> list[str]:
        """Its sentences, quotations left out."""
        return [s for s in END.split(QUOTATION.sub('""', self.words).strip()) if s]


def texts_of(path: Path) -> Iterator[Text]:
    """Each piece of prose in a file of Markdown, of Python or with # comments."""
    source = path.read_text()
    if path.suffix == ".md":
        return _markdown(source)
    return _python(source) if path.suffix == ".py" else _lines(source)


def _markdown(source: str) -> Iterator[Text]:
    """Paragraphs and list items are whole; headings and cells of tables need not be."""
    opened: list[Token] = []
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        opened = opened[: token.level]
        opened.append(token)
        kinds = {t.type for t in opened}
        if token.type == "inline" and "blockquote_open" not in kinds:
            words = "".join(_plain(child) for child in token.children or ())
            line = token.map[0] + 1 if token.map else 0
            yield Text(line, words, not kinds & {"heading_open", "th_open", "td_open"})


def _plain(token: Token) -> str:
    if token.type == "code_inline":
        return CODE
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _python(source: str) -> Iterator[Text]:
    """Comments, docstrings, texts and names of tests; other names and patterns are no text."""
    yield from _lines_of_comments(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith(TEST):
            words = node.name.removeprefix(TEST).replace("_", " ").capitalize()
            yield Text(node.lineno, words)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for paragraph in re.split(r"\n\s*\n", node.value):
                words = re.sub(r"`[^`]*`", CODE, paragraph)
                yield Text(node.lineno, " ".join(words.split()), whole=False)


def _lines_of_comments(source: str) -> Iterator[Text]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]
    yield from _blocks(comments)


def _lines(source: str) -> Iterator[Text]:
    """Comments by block, other lines one by one."""
    lines = list(enumerate(source.splitlines(), 1))
    yield from _blocks([(n, line) for n, line in lines if COMMENT.match(line)])
    for number, line in lines:
        if not COMMENT.match(line):
            yield Text(number, line.strip(), whole=False)


def _blocks(comments: list[tuple[int, str]]) -> Iterator[Text]:
    """Joins comments of neighbouring lines."""
    first, last, words = 0, -1, ""
    for number, comment in comments:
        text = COMMENT.sub(r"\1", comment).strip()
        if number == last + 1 and text:
            words, last = f"{words} {text}", number
            continue
        if words:
            yield Text(first, words, whole=False)
        first, last, words = number, number, text
    if words:
        yield Text(first, words, whole=False)
