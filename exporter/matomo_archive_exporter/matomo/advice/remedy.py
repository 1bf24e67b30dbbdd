"""A remedy: the commands to run and their effect. The exporter prints it and never runs it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedy:
    """`run` are lines to copy, `afterwards` lines that may follow one day.

    `key` stays the same when the words change. SQL ends in a semicolon; other lines are commands.
    """

    key: str
    title: str
    run: tuple[str, ...]
    effect: str
    notes: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()
