"""What each collector reads: the one list behind `check`, its GRANT statements and the docs."""

from dataclasses import dataclass

MONTHLY = "archive_numeric_YYYY_MM"


@dataclass(frozen=True, slots=True)
class Need:
    """A table that a collector reads, by its name without prefix, and the columns it reads."""

    collector: str
    table: str
    columns: tuple[str, ...]


NEEDS = (
    Need(
        "queue",
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
    ),
    Need("runs", "option", ("option_name", "option_value")),
    Need("archives", MONTHLY, ("name", "period", "ts_archived", "value")),
)
