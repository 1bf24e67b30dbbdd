"""The two tables of the overview: instances, worst first, and alerts, pages first."""

from typing import Any

from grafana import uids
from grafana.alerts.recordings import SELECTABLE
from grafana.boards import links
from grafana.boards.lights import (
    AGE_STEPS,
    BATCHES,
    DEATHS,
    DRAIN_STEPS,
    DRAINS,
    MANY_TIMES,
    MEMORY_STEPS,
    SAFE_STEPS,
)
from grafana.boards.panels import (
    GREEN,
    GREY,
    ORANGE,
    RED,
    TIMES,
    About,
    Area,
    Ask,
    Shown,
    mappings,
)
from grafana.boards.queries import (
    COMPLETED,
    DIES_AFTER,
    EACH,
    FAILING,
    OLDEST_WAITS,
    QUEUED,
    RATIO,
    READABLE,
    SAFE_BATCH,
    SIGN_OF_LIFE,
    TARGETS,
    TIME_TO_DRAIN,
    each,
    now,
    of,
)
from grafana.boards.tables import narrow, override, table, thresholds, transformed

_AWAY, _UNREADABLE, _DIES, _NEARLY, _NO_FORECAST, _NOT_READ = 7, 6, 4, 3, 2, 1
_RATIO = f"max by ({EACH}) ({now(RATIO)})"
_STATE = f"""\
(({TARGETS}) == 0) + {_AWAY}
or
max by ({EACH}) ({of("matomo_up")} == 0) + {_UNREADABLE}
or
(({TARGETS}) unless on ({EACH}) {of("matomo_up")}) * 0 + {_NOT_READ}
or
{_DIES + 1} - 1 / ({_RATIO} >= 1)
or
(({_RATIO}) >= 0.8) - 0.8 + {_NEARLY}
or
{_RATIO}
or
({TARGETS}) * 0 + {_NO_FORECAST}"""
"""the state as a number to sort by; dying instances are sorted by their need"""
_STATES = (
    Shown("exporter down", RED, _AWAY),
    Shown("database down", RED, _UNREADABLE, _UNREADABLE + 0.5),
    Shown("next run dies", RED, _DIES, _DIES + 1),
    Shown("nearly dies", ORANGE, _NEARLY, _NEARLY + 0.5),
    Shown("no forecast", GREY, _NO_FORECAST, _NO_FORECAST + 0.5),
    Shown("not read yet", GREY, _NOT_READ, _NOT_READ + 0.5),
    Shown("survives", GREEN, 0, 0.8),
)

_COLUMNS = {
    "State": _STATE,
    "Dies after": DIES_AFTER,
    "Memory": RATIO,
    "Queued": QUEUED,
    "Waits": OLDEST_WAITS,
    "Empty in": TIME_TO_DRAIN,
    "Last sign": SIGN_OF_LIFE,
    "Completed": COMPLETED,
    "Safe limit": SAFE_BATCH,
}
"""each column and its query; unknown values are empty"""
_TEXT: dict[str, object] = {"custom__cellOptions": {"type": "color-text"}}
_GROUND: dict[str, object] = {
    "custom__cellOptions": {"type": "color-background", "mode": "gradient"}
}


def _asked(column: str, query: str) -> Ask:
    return Ask(query if column == "State" else each(now(query)))


def instances(area: Area) -> Any:
    """The table with a row for each expected exporter."""
    panel = table(
        About(
            "Instances, worst first",
            "Dies after: archives of the next run. Memory: its need, in multiples of its limit."
            " Waits: age of the oldest row. Last sign: time since a row was started or a run ended."
            " Completed: time since a run ended without an error. Safe limit: the"
            " --max-archives-to-process to use.",
            empty="no exporter found",
        ),
        area,
        *(_asked(column, query) for column, query in _COLUMNS.items()),
        Ask(f"{each(FAILING)} and on ({EACH}) {READABLE}"),
    )
    names = {f"Value #{chr(ord('A') + n)}": name for n, name in enumerate((*_COLUMNS, "Failing"))}
    order = ("Value #A", "instance", *list(names)[1:], "job", "namespace", "cluster")
    panel = transformed(panel, "merge")
    panel = transformed(
        panel,
        "organize",
        excludeByName={"Time": True},
        indexByName={name: place for place, name in enumerate(order)},
        renameByName=names | {"instance": "Instance", "job": "Job"},
    )
    panel = transformed(panel, "sortBy", sort=[{"field": "State", "desc": True}])
    return _formed(panel)


def _formed(panel: Any) -> Any:
    """The table with units and colours."""
    panel = narrow(panel)
    states = mappings(*_STATES)
    panel = override(
        panel,
        "State",
        unit="none",
        mappings=states,
        custom__width=115,
        custom__align="left",
        **_GROUND,
    )
    link = {"title": "Why", "url": links.of_instance(uids.MEMORY, links.OF_CELL)}
    panel = override(panel, "Instance", links=[link], custom__width=235)
    red = thresholds(((0.0, RED),))
    panel = override(
        panel, "Dies after", unit="locale", mappings=mappings(*DEATHS), thresholds=red, **_TEXT
    )
    memory = thresholds(MEMORY_STEPS)
    many = mappings(MANY_TIMES)
    panel = override(
        panel,
        "Memory",
        unit=TIMES,
        decimals=2,
        thresholds=memory,
        mappings=many,
        custom__width=115,
        **_TEXT,
    )
    panel = override(panel, "Queued", unit="locale")
    drain = thresholds(DRAIN_STEPS)
    panel = override(
        panel, "Empty in", unit="s", mappings=mappings(*DRAINS), thresholds=drain, **_TEXT
    )
    for column in ("Waits", "Last sign", "Completed"):
        panel = override(panel, column, unit="s", thresholds=thresholds(AGE_STEPS), **_TEXT)
    batches = mappings(*BATCHES)
    panel = override(
        panel,
        "Safe limit",
        unit="locale",
        mappings=batches,
        thresholds=thresholds(SAFE_STEPS),
        **_TEXT,
    )
    failing = thresholds(((0.0, GREEN), (1.0, RED)))
    return override(panel, "Failing", unit="none", thresholds=failing, **_TEXT)


_SEVERITIES = {"page": 3, "warning": 2, "info": 1}


def _firing(severity: str) -> str:
    matchers = ('alertname=~"MatomoArchive.*"', 'alertstate="firing"', f'severity="{severity}"')
    return of("ALERTS", *matchers)


# Without loaded rules nothing fires either, but then the recorded series are missing too.
_RULES = f"count({of(SELECTABLE)}) * 0"
ALERTS_FIRE = "\nor on () ".join(
    (*(f"max({_firing(name)}) * {rank}" for name, rank in _SEVERITIES.items()), _RULES)
)
"""the rank of the worst firing alert, 0 without one, nothing without rules or data"""


def alerts(area: Area) -> Any:
    """The table of firing alerts with their runbooks."""
    found = [
        f"max by (severity, alertname, instance) ({_firing(name)}) * {rank}"
        for name, rank in _SEVERITIES.items()
    ]
    panel = table(
        About(
            "Firing alerts",
            "Alerts of these instances, pages first. Click an alert to open its runbook.",
            empty="not known: no alert rules are loaded, or they have no data",
        ),
        area,
        Ask("\nor ".join(found) + f"\nor on () {_RULES}"),
    )
    panel = transformed(
        panel,
        "organize",
        excludeByName={"Time": True, "severity": True},
        indexByName={name: n for n, name in enumerate(("Value", "alertname", "instance"))},
        renameByName={"Value": "Severity", "alertname": "Alert", "instance": "Instance"},
    )
    panel = transformed(panel, "sortBy", sort=[{"field": "Severity", "desc": True}])
    ranks = (
        Shown("page", RED, 3, 3.5),
        Shown("warning", ORANGE, 2, 2.5),
        Shown("info", GREY, 1, 1.5),
        Shown("none", GREEN, 0, 0.5),
    )
    panel = override(
        panel,
        "Severity",
        mappings=mappings(*ranks),
        custom__width=80,
        custom__align="left",
        **_TEXT,
    )
    runbook = {
        "title": "Runbook",
        "url": links.runbook(links.OF_CELL),
        "targetBlank": True,
    }
    panel = override(panel, "Alert", links=[runbook])
    return override(panel, "Instance", custom__width=235)
