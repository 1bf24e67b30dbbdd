"""The check of plain English, `python -m tests.prose`."""

from pathlib import Path

import pytest

from tests.prose.rules import banned, lengths
from tests.prose.texts import Text, texts_of


def found(path: Path, source: str) -> list[tuple[int, str]]:
    """(line, word) of each finding."""
    path.write_text(source)
    return [(line, word) for line, word, _ in banned(texts_of(path))]


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("A test mends it.", "mends"),
        ("Memory is told.", "is told"),
        ("The page stands in docs.", "stands"),
        ("It ran. There are two.", "There are"),
        ("What reads it is the exporter.", "What"),
    ],
)
def test_banned_words_are_found(tmp_path: Path, sentence: str, word: str) -> None:
    assert found(tmp_path / "page.md", sentence) == [(1, word)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The user `nobody` owns it.",
        'It logs "nobody listens".',
        "> Nobody was here.\n",
        "What does it cost?",
        "# What it costs",
        "```\nmend\n```",
        "REL stands for release.",
    ],
)
def test_code_quotations_and_headings_are_free(tmp_path: Path, sentence: str) -> None:
    assert not found(tmp_path / "page.md", sentence)


def test_comments_and_texts_of_python_are_read(tmp_path: Path) -> None:
    source = '"""Is told."""\nmend = 1\n# Sent\n# anew.\nx = f"nobody at {mend}"\n'
    assert found(tmp_path / "a.py", source) == [(3, "anew"), (1, "Is told"), (5, "nobody")]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("test_it_is_made_anew", "anew"),
        ("test_there_is_none", "There is"),
        ("test_what_is_new_is_read", "What"),
    ],
)
def test_names_of_tests_are_read_as_sentences(tmp_path: Path, name: str, word: str) -> None:
    assert found(tmp_path / "a.py", f"\n\ndef {name}():\n    mend()\n") == [(3, word)]


def test_comments_of_yaml_are_joined(tmp_path: Path) -> None:
    assert found(tmp_path / "a.yaml", "a: 1\n# Come to\n# its end.\n") == [(2, "Come to its end")]


def test_lengths_are_those_of_whole_sentences() -> None:
    page = lengths([Text(1, "One two. One two three four."), Text(2, "One", whole=False)])
    assert (page.sentences, page.median, page.longest) == (2, 3, "One two three four.")
