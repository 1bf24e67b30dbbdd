"""Words and turns that readers stumble over, and the length of sentences."""

import re
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.prose.texts import Text

BANNED = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?i)\bmend(?:s|ed|ing)?\b",
        r"(?i)\banew\b",
        r"(?i)\bwhatever\b",
        r"(?i)\bwhoever\b",
        r"(?i)\bnobody\b(?!:)",
        r"(?i)\beverybody\b",
        r"(?i)\bfor want of\b",
        r"(?i)\bcom(?:es?|ing) to (?:its|an) end\b",
        r"(?i)\blet(?:s|ting)? in\b",
        r"(?i)\bof ours\b",
        r"(?i)\b(?:is|are|was|were) told\b",
        r"(?i)\bstands\b(?! for\b)",
        r"(?i)\bno sooner\b",
        r"^There(?: is| are|'s)\b",
        # A free relative: "What gives it the log is ..."; a question may start so.
        r"^What\b(?!.*[?:]\"?$)",
    )
)
MEDIAN, LONGEST = 15, 35


@dataclass(frozen=True)
class Lengths:
    """Of a page: how many sentences it has, the median of their words, and the longest one."""

    sentences: int
    median: float
    longest: str


def banned(texts: Iterable[Text]) -> Iterator[tuple[int, str, str]]:
    """(line, banned words, sentence) for each sentence that has some."""
    for text in texts:
        for sentence in text.sentences():
            found = next((m for rule in BANNED if (m := rule.search(sentence))), None)
            # A heading or a cell may be "What it costs".
            if found and (text.whole or found[0] != "What" or len(sentence.split()) > 8):
                yield text.line, found[0], sentence


def words(sentence: str) -> int:
    """How many words it has; a piece of code is one."""
    return sum(any(c.isalnum() for c in word) for word in sentence.split())


def lengths(texts: Iterable[Text]) -> Lengths:
    """Of the whole sentences; headings and cells would only make the median look better."""
    sentences = [s for text in texts if text.whole for s in text.sentences()]
    counts = [words(s) for s in sentences]
    return Lengths(
        len(sentences),
        statistics.median(counts) if counts else 0,
        max(sentences, key=words, default=""),
    )
