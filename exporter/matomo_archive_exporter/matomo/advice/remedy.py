"""A remedy: what to run, and what that changes. It is printed, never run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedy:
    """`run` are lines to copy as they are, `afterwards` those that may follow one day.

    `key` stays the same whatever the words. Lines of SQL end in a semicolon, others are commands.
    """

    key: str
    title: str
    run: tuple[str, ...]
    effect: str
    notes: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()
