"""What each collector reads: the one list behind `check`, its GRANT statements and the docs."""

from dataclasses import dataclass

from matomo_archive_exporter.readings.database.indexes import (
    ARCHIVES_BY_PERIOD,
    ARCHIVES_BY_SITE,
    QUEUE_BY_ID,
    QUEUE_BY_SITE,
    VISITS_BY_TIME,
    Index,
)

MONTHLY = "archive_numeric_YYYY_MM"
VISITS = "log_visit"
METRICS = "archiving_metrics"


@dataclass(frozen=True, slots=True)
class RequiredTable:
    """A table that collectors read, by its name without prefix, and the columns they read.

    `index` is one that their statements name. `fallback` is what becomes of a collector that works
    without it, "" where none does.
    """

    collectors: tuple[str, ...]
    table: str
    columns: tuple[str, ...]
    fallback: str = ""
    index: Index | None = None


REQUIRED_TABLES = (
    RequiredTable(
        ("queue",),
        "archive_invalidations",
        (
            "idinvalidation",
            "idsite",
            "name",
            "period",
            "report",
            "status",
            "ts_invalidated",
            "ts_started",
        ),
        index=QUEUE_BY_ID,
    ),
    RequiredTable(
        ("runs", "overlaps", "forecast", "current_run"), "option", ("option_name", "option_value")
    ),
    RequiredTable(
        ("archives",),
        MONTHLY,
        ("name", "period", "ts_archived", "value"),
        index=ARCHIVES_BY_PERIOD,
    ),
    RequiredTable(("forecast", "current_run"), "archive_invalidations", ("date1", "date2")),
    RequiredTable(("overlaps",), "archive_invalidations", ("date1", "date2"), index=QUEUE_BY_SITE),
    RequiredTable(
        ("overlaps", "forecast", "current_run"), "site", ("idsite", "timezone", "ts_created")
    ),
    RequiredTable(
        ("overlaps", "forecast", "current_run"),
        "segment",
        ("auto_archive", "definition", "deleted", "enable_only_idsite"),
    ),
    RequiredTable(
        ("forecast", "current_run"),
        MONTHLY,
        ("date1", "date2", "idarchive", "idsite"),
        fallback="today and yesterday count as not archived yet",
        index=ARCHIVES_BY_SITE,
    ),
    RequiredTable(
        ("durations",),
        METRICS,
        ("archive_name", "metadataid", "period", "total_time", "ts_finished"),
        fallback="durations come from the log, or are sampled (Matomo 5.7 and later has it)",
    ),
    RequiredTable(
        ("forecast", "current_run"),
        VISITS,
        ("idsite", "visit_last_action_time"),
        fallback="which rows have visits is not known, and the forecast is its upper end",
        index=VISITS_BY_TIME,
    ),
)
