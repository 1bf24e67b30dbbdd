"""A finding: one fact on a queue or a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact; `topic` stays the same when the words change."""

    topic: str
    text: str
