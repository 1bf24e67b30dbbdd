"""`python -m tests.prose [FILE...]`: is it plain English?

Prints each banned word, in names of tests too. Prints how long the sentences of README and
the pages of Start and Use are.
Exit status 1 if a word is banned, a sentence is too long, or the median is.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.prose.rules import LONGEST, MEDIAN, banned, lengths, words
from tests.prose.texts import texts_of

ROOT = Path(__file__).parents[2]
READ = re.compile(
    r".*\.(md|py|ya?ml|toml|sh|tpl|service|timer)|(.*/)?(Makefile|Dockerfile|NOTES\.txt)|scripts/[^.]*"
)
# Recordings and golden files quote programs; generated files repeat their source.
QUOTED = re.compile(
    r"tests/(prose|recordings|golden|samples)/|tests/unit/test_prose|grafana/(rules|dashboards)/|LICENSE"
)
INDEX = ROOT / "docs" / "README.md"
PARTS = ("Start", "Use")


def files(named: list[str]) -> Iterator[Path]:
    """Those named, else all that people read."""
    listed = subprocess.check_output(("git", "ls-files"), cwd=ROOT, text=True).splitlines()
    for name in named or listed:
        if named or (READ.fullmatch(name) and not QUOTED.search(name)):
            yield ROOT / name


def pages() -> Iterator[Path]:
    """README, and the pages that the index of docs/ lists under Start and Use."""
    yield ROOT / "README.md"
    for part in re.split(r"^## ", INDEX.read_text(), flags=re.MULTILINE):
        if part.partition("\n")[0] in PARTS:
            for name in dict.fromkeys(re.findall(r"\]\(([^)#:]+\.md)", part)):
                yield (INDEX.parent / name).resolve()


def complain(paths: Iterable[Path]) -> int:
    """Print the banned words; how many there were."""
    found = 0
    for path in paths:
        for line, word, sentence in banned(texts_of(path)):
            found += 1
            print(f"{path.relative_to(ROOT)}:{line}: {word!r} in: {sentence[:120]}")
    return found


def measure(paths: Iterable[Path]) -> int:
    """Print each page's lengths; how many pages are too hard to read."""
    hard = 0
    for path in paths:
        page = lengths(texts_of(path))
        longest = words(page.longest)
        bad = page.median > MEDIAN or longest > LONGEST
        hard += bad
        print(
            f"{path.relative_to(ROOT)}: {page.sentences} sentences, median {page.median:g} words, "
            f"longest {longest}" + (f"\n    too long: {page.longest[:200]}" if bad else "")
        )
    return hard


def main(named: list[str]) -> int:
    """Exit status."""
    found = complain(files(named))
    hard = measure(files(named) if named else pages())
    return 1 if found or hard else 0


sys.exit(main(sys.argv[1:]))
