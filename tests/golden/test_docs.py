"""Tables in the docs match the code."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from matomo_archive_exporter.matomo.archiver.log_event import EVENTS
from matomo_archive_exporter.readings.database.errors import REASONS
from tests.support.doc_tables import (
    alerts_table,
    limits_table,
    metrics_table,
    not_shown_table,
    options_table,
    settings_table,
)

DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- generated: make golden -->\n", "<!-- end -->"
TABLES = {
    "metrics.md": (metrics_table,),
    "options.md": (options_table,),
    "alerts.md": (alerts_table, settings_table),
    "dashboards.md": (not_shown_table,),
    "web.md": (limits_table,),
}


@pytest.mark.parametrize(("page", "tables"), TABLES.items())
def test_the_tables_in_the_docs_are_those_of_the_code(
    page: str, tables: tuple[Callable[[], str], ...]
) -> None:
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    written = iter(f"{BEGIN}{table()}\n{END}" for table in tables)
    expected = re.sub(f"{BEGIN}.*?{END}", lambda _: next(written), text, flags=re.DOTALL)
    assert next(written, None) is None, f"docs/{page} has too few places for its tables"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(expected, encoding="utf-8")
        text = expected
    assert text == expected, f"docs/{page} differs from the code: `make golden` updates it"


@pytest.mark.parametrize(
    ("page", "head", "words"),
    [("archiver.md", "| Event |", EVENTS), ("operations.md", "| Reason |", REASONS)],
)
def test_a_table_of_words_has_each_word_once(page: str, head: str, words: tuple[str, ...]) -> None:
    """Events of the log, and reasons of failures; what each means is written by hand."""
    text = (DOCS / page).read_text(encoding="utf-8")
    (table,) = [part for part in text.split("\n\n") if part.startswith(head)]
    named = [
        word for row in table.splitlines() for word in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert sorted(named) == sorted(words)
