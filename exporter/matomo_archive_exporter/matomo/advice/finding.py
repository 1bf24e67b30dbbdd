"""One thing to know of a queue or a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know; `topic` stays the same whatever the words."""

    topic: str
    text: str
