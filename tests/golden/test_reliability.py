"""`docs/reliability.md` names every test of faults, and only tests that exist."""

import ast
import re
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
END_TO_END = ROOT / "tests" / "end_to_end"
CAMPAIGN = ("test_faults*.py", "test_database_away.py", "test_*leaks.py", "test_stopping.py")


def those_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name for name in functions if name.startswith("test_")}


def named() -> list[str]:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    return re.findall(r"`(test_\w+)`", text)


def test_every_test_that_is_named_exists() -> None:
    there = set().union(*map(those_in, END_TO_END.rglob("test_*.py")))
    assert set(named()) - there == set()
    assert len(named()) > 40


def test_every_test_of_the_campaign_is_named() -> None:
    files = [*chain.from_iterable(END_TO_END.rglob(pattern) for pattern in CAMPAIGN)]
    assert len(files) >= 10
    assert set().union(*map(those_in, files)) - set(named()) == set()
