"""Small faults, put into a module one at a time: another operator, number, condition or answer."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

_COMPARED: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_CALCULATED: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
}
_JOINED: Mapping[type[ast.boolop], tuple[str, str]] = {
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
# What the type checker reads and nothing runs.
_ANNOTATIONS = {"annotation", "returns", "decorator_list"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module in which the bytes from one place to another are replaced."""

    path: Path
    start: int
    end: int
    text: str

    @property
    def source(self) -> bytes:
        """The module with the fault."""
        whole = self.path.read_bytes()
        return whole[: self.start] + self.text.encode() + whole[self.end :]

    def undone(self) -> "Mutant":
        """The same without the fault."""
        return replace(self, text=self.path.read_bytes()[self.start : self.end].decode())

    def __str__(self) -> str:
        whole = self.path.read_bytes()
        line = whole.count(b"\n", 0, self.start) + 1
        return f"{self.path.name}:{line}: {whole[self.start : self.end].decode()} -> {self.text}"


def sample(paths: list[Path], number: int, seed: int) -> list[Mutant]:
    """So many of all faults that can be put into these modules; the same for the same seed."""
    every = [mutant for path in sorted(paths) for mutant in _Module(path).mutants()]
    return Random(seed).sample(every, number)  # noqa: S311 - not for secrets


class _Module:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = path.read_bytes()
        self._lines = [0, *(found.end() for found in re.finditer(rb"\n", self._text))]

    def mutants(self) -> Iterator[Mutant]:
        for node in _run(ast.parse(self._text)):
            yield from self._of(node)

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                yield from self._between(left, right, _COMPARED[type(op)])
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _CALCULATED:
                yield from self._between(left, right, _CALCULATED[type(operator)])
            case ast.BoolOp(op=joint, values=[left, right, *_]):
                yield from self._between(left, right, _JOINED[type(joint)])
            case ast.Constant(value=int() as value) if not isinstance(value, bool):
                yield self._instead(node, str(value + 1))
            case ast.Return(value=ast.expr() as answer) if ast.unparse(answer) != "None":
                yield self._instead(answer, "None")
            case ast.If(test=test) | ast.IfExp(test=test):
                yield self._instead(test, f"not ({ast.unparse(test)})")

    def _instead(self, node: ast.expr, text: str) -> Mutant:
        return Mutant(self._path, self._start(node), self._end(node), text)

    def _between(self, left: ast.expr, right: ast.expr, words: tuple[str, str]) -> Iterator[Mutant]:
        pattern = re.compile(re.escape(words[0]).replace(r"\ ", r"\s+").encode())
        if found := pattern.search(self._text, self._end(left), self._start(right)):
            yield Mutant(self._path, found.start(), found.end(), words[1])

    def _start(self, node: ast.expr) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr) -> int:
        return self._lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name not in _ANNOTATIONS:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _run(child)
