"""What is in each recording: figures that were worked out without any SQL."""

import tomllib
from dataclasses import dataclass
from typing import Any

from tests.support.recordings import RECORDINGS


@dataclass(frozen=True, slots=True)
class Queue:
    """The table archive_invalidations; only counts above zero are listed, times are Unix seconds.

    `invalidations` goes by status, period and scope, `reports` by status, plugin and report. Times
    of started rows hold on a server whose time zone is UTC.
    """

    rows: int
    queue_sites: int
    hits_backfill: int
    never_started: int
    oldest_queued: int | None
    oldest_started: int | None
    newest_started: int | None
    invalidations: dict[tuple[str, str, str], int]
    reports: dict[tuple[str, str, str], int]


@dataclass(frozen=True, slots=True)
class Runs:
    """What the table option says of runs; times are Unix seconds."""

    last_run_started: int | None
    last_run_completed: int | None
    sites_remaining: int
    pending_rearchivings: int
    remembered_invalidations: int
    version_core: str


def queue(name: str) -> Queue:
    """Give what is known of a recording's queue."""
    figures = _figures(name, "queue")
    times = ("oldest_queued", "oldest_started", "newest_started")
    return Queue(
        **{time: figures.pop(time, None) for time in times},
        invalidations={
            (status, period, scope): rows
            for status, scope, period, rows in _leaves(figures.pop("invalidations", {}))
        },
        reports={
            (status, plugin, report): rows
            for status, plugin, report, rows in _leaves(figures.pop("reports", {}))
        },
        **figures,
    )


def runs(name: str) -> Runs:
    """Give what is known of a recording's runs."""
    figures = _figures(name, "runs")
    times = ("last_run_started", "last_run_completed")
    return Runs(**{time: figures.pop(time, None) for time in times}, **figures)


def _figures(name: str, part: str) -> dict[str, Any]:
    everything = tomllib.loads((RECORDINGS / "expected.toml").read_text(encoding="utf-8"))
    figures: dict[str, Any] = everything[name][part]
    return figures


def _leaves(tree: dict[str, dict[str, dict[str, int]]]) -> list[tuple[str, str, str, int]]:
    return [
        (outer, middle, inner, count)
        for outer, middles in tree.items()
        for middle, inners in middles.items()
        for inner, count in inners.items()
    ]
