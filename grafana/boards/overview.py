"""The board for a look in passing: is archiving alive, will it die, does it keep up, what to do."""

from typing import Any

from grafana import uids
from grafana.alerts.recordings import SELECTABLE
from grafana.alerts.settings import SETTINGS
from grafana.boards.board import Board
from grafana.boards.lights import (
    AGE_STEPS,
    BATCHES,
    MEMORY_STEPS,
    SOME_STEPS,
    batch_limit,
    empty_in,
    memory_needed,
    will_it_die,
)
from grafana.boards.panels import (
    GREEN,
    ORANGE,
    RED,
    About,
    Area,
    Ask,
    Shown,
    curves,
    light,
    mappings,
    override,
    table,
    thresholds,
    transformed,
)
from grafana.boards.queries import (
    BACKLOG,
    FAILING,
    INSTANCE,
    OLDEST_WAITS,
    QUEUED,
    RATIO,
    SAFE_BATCH,
    SIGN_OF_LIFE,
    TARGETS,
    TIME_TO_DRAIN,
    a_minute,
    age,
    each,
    most,
)

MOST = 10
"""curves of so many instances, so that a legend stays readable"""

# Nothing fires either where the rules are not loaded: then what they record is missing, too.
_RULES = f"count({SELECTABLE}{{{INSTANCE}}}) * 0"
_NOTHING = f'label_replace({_RULES}, "alertname", "nothing fires", "", "")'
_RUNBOOKS = SETTINGS["runbookUrl"].default


_LIGHTS = (
    will_it_die(0, f"max({RATIO})", ", at the instance that needs most"),
    memory_needed(
        4,
        "Memory it needs of its limit",
        "Predicted peak of the next core:archive over what PHP can use of memory_limit: at 100 % it"
        " dies.",
        f"max({RATIO})",
    ),
    light(
        About(
            "Last sign of life",
            "Since a row was last started or a run came to its end, at the instance where that is"
            " longest ago. An hourly cron stays below two hours.",
            "s",
            "never ran",
        ),
        Area(8, 0, 4, 4),
        f"max({SIGN_OF_LIFE})",
        AGE_STEPS,
    ),
    empty_in(
        12,
        f"max({TIME_TO_DRAIN})",
        f"Queued rows, from {BACKLOG} on, over what has gone more than come in the last 15 minutes,"
        " at the instance that takes longest.",
    ),
    batch_limit(16, f"min({SAFE_BATCH})", ", where it is lowest"),
    light(
        About(
            "Are the figures fresh?",
            "Collectors whose last reading failed, and exporters that cannot be scraped: what is"
            " shown may be missing or incomplete.",
            "none",
            "exporter away",
        ),
        Area(20, 0, 4, 4),
        f"sum({FAILING}) + (count(({TARGETS}) == 0) or vector(0))",
        SOME_STEPS,
        Shown("all fresh", GREEN, 0, 0.5),
    ),
)


_NAME = "{{instance}}"
_CURVES = (
    curves(
        About(
            "Memory that the next run needs, of its limit",
            f"Predicted peak over what PHP can use of memory_limit; the {MOST} instances that need"
            " most. A run that reaches 100 % dies.",
            "percentunit",
            "no forecast",
        ),
        Area(0, 4, 12, 6),
        Ask(most(RATIO, MOST), _NAME),
        steps=((None, "transparent"), (0.8, ORANGE), (1.0, RED)),
    ),
    curves(
        About(
            "Queued rows",
            f"Reports that wait to be rebuilt; the {MOST} instances with most of them.",
        ),
        Area(12, 4, 12, 6),
        Ask(most(QUEUED, MOST), _NAME),
    ),
    curves(
        About(
            "Rows that come and go, a minute",
            "All instances together. Both are lower bounds: rows that come and go between two"
            " readings are not seen.",
        ),
        Area(0, 10, 12, 6),
        Ask(a_minute("matomo_archive_added_invalidations_total"), "come"),
        Ask(a_minute("matomo_archive_removed_invalidations_total"), "go"),
    ),
    curves(
        About(
            "The oldest row waits for",
            f"Since the oldest row was queued that core:archive can take; the {MOST} instances"
            f" where"
            " that is longest.",
            "s",
        ),
        Area(12, 10, 12, 6),
        Ask(most(OLDEST_WAITS, MOST), _NAME),
    ),
)


_AWAY = 1000
"""stands for an exporter that cannot be scraped, beside numbers of collectors that fail"""
_COLUMNS = {
    "Memory": each(RATIO),
    "Queued": QUEUED,
    "Oldest waits": OLDEST_WAITS,
    "Last completed": each(age("matomo_archive_last_run_completed_timestamp_seconds")),
    "Safe limit": each(SAFE_BATCH),
    "Failing": f"{each(FAILING)}\nor ({each(TARGETS)} == 0) + {_AWAY}",
}


def _named(query: str, column: str) -> str:
    """Each row says which figure it is, wherever the rows are looked at without their table."""
    return f'label_replace({query}, "figure", "{column}", "", "")'


def _instances() -> Any:
    panel = table(
        About(
            "Instances, worst first",
            "Memory: what the next run needs of its limit. Last completed: since a run came to its"
            " end without error. Safe limit: a --max-archives-to-process that holds. Failing:"
            " collectors.",
        ),
        Area(0, 16, 15, 7),
        *(Ask(_named(query, column)) for column, query in _COLUMNS.items()),
    )
    panel = transformed(panel, "joinByField", byField="instance", mode="outer")
    panel = transformed(panel, "filterFieldsByName", include={"pattern": "^instance$|^Value"})
    names = {f"Value #{chr(ord('A') + n)}": column for n, column in enumerate(_COLUMNS)}
    panel = transformed(panel, "organize", renameByName=names | {"instance": "Instance"})
    panel = transformed(panel, "sortBy", sort=[{"field": "Memory", "desc": True}])
    coloured = {"custom__cellOptions": {"type": "color-text"}}
    board = f"/d/{uids.MEMORY}?var-instance=${{__value.raw}}"
    url = f"{board}&${{datasource:queryparam}}&${{__url_time_range}}"
    link = {"title": "Why", "url": url}
    panel = override(panel, "Instance", links=[link])
    panel = override(
        panel, "Memory", unit="percentunit", thresholds=thresholds(MEMORY_STEPS), **coloured
    )
    for column in ("Oldest waits", "Last completed"):
        panel = override(panel, column, unit="s", thresholds=thresholds(AGE_STEPS), **coloured)
    panel = override(panel, "Safe limit", unit="none", mappings=mappings(*BATCHES))
    failing = thresholds(SOME_STEPS)
    away = mappings(Shown("away", RED, _AWAY))
    return override(panel, "Failing", unit="none", thresholds=failing, mappings=away, **coloured)


def _firing() -> Any:
    firing = f'ALERTS{{alertname=~"MatomoArchive.*",alertstate="firing",{INSTANCE}}}'
    panel = table(
        About(
            "What fires, and what to do",
            "Alerts of these instances that fire now; each leads to its runbook.",
            empty="The alert rules are not loaded",
        ),
        Area(15, 16, 9, 7),
        Ask(f"max by (severity, alertname, instance) ({firing})\nor on () {_NOTHING}"),
    )
    panel = transformed(
        panel,
        "organize",
        excludeByName={"Time": True, "Value": True},
        renameByName={"severity": "Severity", "alertname": "Alert", "instance": "Instance"},
    )
    panel = transformed(panel, "sortBy", sort=[{"field": "Severity", "desc": False}])
    link = {"title": "Runbook", "url": f"{_RUNBOOKS}/${{__value.raw}}.md", "targetBlank": True}
    return override(panel, "Alert", links=[link])


OVERVIEW = Board(
    uid=uids.OVERVIEW,
    title="Matomo archiving: overview",
    text="Is archiving alive, will it die of memory, does the queue drain, and what to do.",
    panels=(*_LIGHTS, *_CURVES, _instances(), _firing()),
    of_many=True,
)
