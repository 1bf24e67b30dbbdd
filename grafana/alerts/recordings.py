"""Queries that more than one alert asks, recorded once. None has a label of sites."""

from grafana.alerts.rule import Group, Recording

SELECTABLE = "instance:matomo_archive_selectable_invalidations:sum"
"""queued rows that the archiver can see"""
MEAN_NOW = "instance_period:matomo_archive_duration_seconds:mean6h"
MEAN_WEEK = "instance_period:matomo_archive_duration_seconds:mean1w"

_DURATION = "matomo_archive_duration_seconds"


def _mean(window: str) -> str:
    """Without archives in the window there is none (0 / 0 compares with nothing)."""
    return f"increase({_DURATION}_sum[{window}]) / increase({_DURATION}_count[{window}])"


RECORDINGS = Group(
    "matomo-archive-recordings",
    (
        Recording(
            SELECTABLE,
            'sum without (status, period, scope) (matomo_archive_invalidations{status="queued"})\n'
            "- sum without (reason) (matomo_archive_unselectable_invalidations)",
        ),
        Recording(MEAN_NOW, _mean("6h")),
        Recording(MEAN_WEEK, _mean("1w")),
    ),
)
