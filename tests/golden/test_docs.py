"""The manual says what the code says."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.doc_tables import metrics_table, options_table

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "table"), [("metrics.md", metrics_table), ("options.md", options_table)]
)
def test_the_tables_in_the_docs_are_those_of_the_code(page: str, table: Callable[[], str]) -> None:
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    begin, end = "<!-- generated: make golden -->\n", "<!-- end -->"
    expected = re.sub(
        f"{begin}.*{end}", lambda _: f"{begin}{table()}\n{end}", text, flags=re.DOTALL
    )
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(expected, encoding="utf-8")
        text = expected
    assert begin in text
    assert text == expected, f"docs/{page} differs from the code: `make golden` writes it anew"
