"""The contents of the tables, computed row by row and without the exporter's SQL."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any

from mysql.connector.errors import ProgrammingError

from tests.conftest import Database
from tests.support.scrape import Page

Row = dict[str, Any]
Samples = frozenset[tuple[str, frozenset[tuple[str, str]], float]]
ExpectedFigures = Mapping[str, Samples]
"""of each collector that stands for a table; nothing where the table cannot be read"""

_PERIODS = ("", "day", "week", "month", "year", "range")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "queue": (
        *("matomo_archive_invalidations", "matomo_archive_queue_sites"),
        *("matomo_archive_hits_backfill_invalidations", "matomo_archive_stuck_invalidations"),
    ),
    "runs": (
        "matomo_archive_last_run_started_timestamp_seconds",
        "matomo_archive_last_run_completed_timestamp_seconds",
        "matomo_archive_sites_remaining",
    ),
    "archives": ("matomo_archive_last_archived_timestamp_seconds",),
}


def expected_figures_of(database: Database) -> ExpectedFigures:
    """The figures that are right now."""
    found: dict[str, Samples] = {}
    for name, figures in (("queue", _queue), ("runs", _runs), ("archives", _archives)):
        found[name] = frozenset()
        with suppress(ProgrammingError, KeyError):  # no such table or column
            found[name] = frozenset(figures(lambda table: _rows(database, table)))
    return found


def shown(page: Page, collector: str) -> Samples:
    """The same figures on a page, without the zeros of a metric with labels."""
    return frozenset(
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in page.families
        for sample in family.samples
        if sample.name in _NAMES[collector] and (sample.value or not sample.labels)
    )


def _rows(database: Database, table: str) -> list[Row]:
    with (
        closing(database.server.connect(database.name)) as root,
        closing(root.cursor(dictionary=True)) as cursor,
    ):
        cursor.execute(f"SELECT * FROM matomo_{table}")
        return [dict(row) for row in cursor.fetchall()]  # type: ignore[arg-type]


def _one(name: str, value: float, **labels: str) -> tuple[str, frozenset[tuple[str, str]], float]:
    return name, frozenset(labels.items()), float(value)


def _queue(rows_of: Callable[[str], list[Row]]) -> Iterable[Any]:
    rows = rows_of("archive_invalidations")
    names = _NAMES["queue"]
    groups = Counter(
        (
            "in_progress" if row["status"] == 1 else "queued",
            _PERIODS[row["period"]],
            "all_visits" if row["name"].partition(".")[0] == "done" else "segment",
        )
        for row in rows
    )
    for (status, period, scope), count in groups.items():
        yield _one(names[0], count, status=status, period=period, scope=scope)
    yield _one(names[1], len({row["idsite"] for row in rows if row["status"] != 1}))
    yield _one(names[2], sum(_is_backfill(row) for row in rows))
    started = [row["ts_started"] for row in rows if row["status"] == 1]
    stuck = {
        "never_started": sum(at is None for at in started),
        "past_recovery_timeout": sum(_age(at) > 86400 for at in started if at is not None),
    }
    yield from (_one(names[3], count, reason=name) for name, count in stuck.items() if count)


def _is_backfill(row: Row) -> bool:
    return row["report"] == "Actions_hits" and row["status"] == 0 and row["ts_started"] is None


def _age(at: datetime) -> float:
    return (datetime.now(UTC) - at.replace(tzinfo=UTC)).total_seconds()


def _runs(rows_of: Callable[[str], list[Row]]) -> Iterable[Any]:
    options = {row["option_name"]: row["option_value"] for row in rows_of("option")}
    started, completed, remaining = _NAMES["runs"]
    yield _one(started, int(options["LastFullArchivingStartTime"]))
    yield _one(completed, int(options["LastCompletedFullArchiving"]))
    yield _one(remaining, len(options["SharedSiteIdsToArchive_AllWebsites"].split(",")))


def _archives(rows_of: Callable[[str], list[Row]]) -> Iterable[Any]:
    newest: dict[str, datetime] = {}
    for row in rows_of("archive_numeric_2024_12"):
        if row["name"].startswith("done") and "." not in row["name"] and row["value"] in (1, 4):
            period, at = _PERIODS[row["period"]], row["ts_archived"]
            newest[period] = max(newest.get(period, at), at)
    for period, at in newest.items():
        yield _one(_NAMES["archives"][0], at.replace(tzinfo=UTC).timestamp(), period=period)
