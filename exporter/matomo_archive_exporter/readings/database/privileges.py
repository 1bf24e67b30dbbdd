"""The tables and columns that each collector reads: the list behind `check` and the docs."""

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
    """A table without its prefix, its columns, and the collectors that read them.

    Their statements use `index`. `fallback` says what happens without the table; it is "" where no
    collector works without it.
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
        fallback="without it the forecast overestimates",
        index=ARCHIVES_BY_SITE,
    ),
    RequiredTable(
        ("durations",),
        METRICS,
        ("archive_name", "metadataid", "period", "total_time", "ts_finished"),
        fallback="without it, as before Matomo 5.7, durations come from the log, or are sampled",
    ),
    RequiredTable(
        ("forecast", "current_run"),
        VISITS,
        ("idsite", "visit_last_action_time"),
        fallback="without it the forecast is a range; metrics show its upper bound",
        index=VISITS_BY_TIME,
    ),
)
