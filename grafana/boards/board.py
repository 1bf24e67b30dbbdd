"""The parts that all boards share: variables, links, annotations, and the file for Grafana."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from grafana.boards import links
from grafana.boards.panels import BLUE, DATASOURCE, MINUTE, RED
from grafana.boards.queries import LABELS, of

TAG = "matomo-archive"
# A variable of one value is compared as it is: as a pattern an IPv6 address would match others.
_ANY_OF_THEM, _THIS_ONE = (json.dumps(f'instance{sign}"$instance"')[1:-1] for sign in ("=~", "="))


@dataclass(frozen=True, slots=True)
class Row:
    """A heading across the board. All but the first are folded."""

    title: str
    y: int


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. Its `uid` is stable: links and alerts use it.

    `of_many`: the board takes several instances at once, not only one.
    """

    uid: str
    title: str
    text: str
    panels: Sequence[Any]
    of_many: bool = False
    span: str = "now-24h"

    def as_json(self) -> str:
        """The file for Grafana, with numbered panels."""
        board = json.loads(json.dumps(self._built(), cls=JSONEncoder))
        board = _in_every_version(board)
        board["panels"] = _folded(board["panels"])
        board["annotations"] = {"list": list(_annotations(self.of_many))}
        text = json.dumps(board, indent=2, ensure_ascii=False) + "\n"
        return text if self.of_many else text.replace(_ANY_OF_THEM, _THIS_ONE)

    def _built(self) -> models.Dashboard:
        board = dashboard.Dashboard(self.title).uid(self.uid).description(self.text)
        board = board.tags([TAG]).timezone("browser").refresh("1m").time(self.span, "now")
        board = board.tooltip(models.DashboardCursorSync.CROSSHAIR).editable()
        board = board.variables(list(_variables(self.of_many))).links(list(_links(self.of_many)))
        for number, panel in enumerate(self.panels, start=1):
            if isinstance(panel, Row):
                place = models.GridPos(x=0, y=panel.y, w=24, h=1)
                board = board.with_row(dashboard.Row(panel.title).id(number).grid_pos(place))
            else:
                board = board.with_panel(panel.id(number))
        return board.build()


# The SDK writes properties of one Grafana version; the oldest or newest supported one lacks these.
_NOT_EVERYWHERE = {"allowCustomValue", "auto", "auto_count", "auto_min", "percentChangeColorMode"}


def _in_every_version(value: Any) -> Any:
    """The value without properties that some supported Grafana does not know."""
    if isinstance(value, list):
        return [_in_every_version(each) for each in value]
    if not isinstance(value, dict):
        return value
    lacking = _NOT_EVERYWHERE | ({"legend"} if value.get("orientation") else set())
    return {key: _in_every_version(each) for key, each in value.items() if key not in lacking}


def _folded(panels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The panels with every row but the first folded over its own."""
    shown: list[dict[str, Any]] = []
    rows = 0
    for panel in panels:
        rows += panel["type"] == "row"
        if rows < 2:
            shown.append(panel)
        elif panel["type"] == "row":
            below = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in shown)
            lifted = panel["gridPos"]["y"] - below
            panel["gridPos"]["y"] = below
            shown.append(panel | {"collapsed": True, "panels": []})
        else:
            panel["gridPos"]["y"] -= lifted
            shown[-1]["panels"].append(panel)
    return shown


def _variables(of_many: bool) -> Iterator[Any]:
    yield dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    for number, label in enumerate(LABELS):
        chosen = ",".join(f'{other}=~"${other}"' for other in LABELS[:number])
        query = f"label_values(matomo_archive_exporter_build_info{{{chosen}}}, {label})"
        variable = dashboard.QueryVariable(label).label(label.capitalize()).datasource(DATASOURCE)
        variable = variable.query({"query": query, "refId": label})
        variable = variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        variable = variable.sort(models.VariableSort.NATURAL_ASC)
        if of_many or label != "instance":
            every = models.VariableOption(selected=True, text="All", value="$__all")
            variable = variable.multi(True).include_all(True).all_value(".*").current(every)
        yield variable


def _links(of_many: bool) -> Iterator[Any]:
    for title, url in links.navigation(of_many):
        link = dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK)
        yield link.url(url).keep_time(True).icon("dashboard")
    runbooks = dashboard.DashboardLink("Alerts and runbooks").type(models.DashboardLinkType.LINK)
    yield runbooks.url(links.DOCS).icon("doc").target_blank(True)


# The value is the time of the event. Only new values count, or each step of the graph would repeat
# the mark. The SDK does not support that, so these are written in Grafana's own form. The starts of
# many instances would cover their graphs. Without a step, Grafana 12 uses the interval of the data
# source, and the window may hold only one scrape.
def _annotations(of_many: bool) -> Iterator[dict[str, object]]:
    started = of("matomo_archive_last_run_started_timestamp_seconds")
    yield _annotation("Run started", BLUE, started, not of_many)
    died = of("matomo_archive_log_last_memory_exhausted_timestamp_seconds", 'role="archiver"')
    yield _annotation("Run died of memory", RED, died, True)


def _annotation(name: str, colour: str, time: str, is_shown: bool) -> dict[str, object]:
    window = "$__rate_interval"
    is_new = f"(changes({time}[{window}]) > 0 or {time} unless {time} offset {window})"
    return {
        "name": name,
        "datasource": DATASOURCE.to_json(),
        "enable": is_shown,
        "iconColor": colour,
        "expr": f"{time} * 1000 and {is_new}",
        "step": MINUTE,
        "useValueForTime": True,
        "titleFormat": name,
        "textFormat": "{{instance}}",
    }
