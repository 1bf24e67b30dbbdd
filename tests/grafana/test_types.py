"""The boards against the types that Grafana publishes, of the oldest version and the newest."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grafana.render.look import NEWEST, NODE, PACKAGES, install
from tests.support.dashboards import BOARDS, board, panels
from tests.support.shown import VERSIONS

OPTIONS = {"stat": "Stat", "bargauge": "BarGauge", "table": "Table", "timeseries": "TimeSeries"}
RAW = "@grafana/schema/dist/esm/raw/composable"
COMPILER = {
    "noEmit": True,
    "strict": True,
    "skipLibCheck": True,
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],
}
OF_THE_DATA_SOURCE = ("expr", "step", "useValueForTime", "titleFormat", "textFormat")
"""what Prometheus' own part of Grafana reads of an annotation"""
# The types name words by enumerations, of which JSON has the words.
HEAD = "\n".join(
    [
        'import type { Dashboard, GraphFieldConfig } from "@grafana/schema";',
        *(
            f"import type {{ Options as {name} }} from"
            f' "{RAW}/{kind}/panelcfg/x/{name}PanelCfg_types.gen";'
            for kind, name in OPTIONS.items()
        ),
        "type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[]"
        " : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;",
        "",
    ]
)


def stated(name: str) -> Iterator[str]:
    """A board, the options of its panels, and how its graphs are drawn, each with its type."""
    whole = board(name)
    for annotation in whole["annotations"]["list"]:
        for key in OF_THE_DATA_SOURCE:
            del annotation[key]
    yield f"export const board: Plain<Dashboard> = {json.dumps(whole)};"
    for panel in panels(name):
        kind, number = panel["type"], panel["id"]
        options = json.dumps(panel.get("options", {}))
        yield f"export const options{number}: Plain<Partial<{OPTIONS[kind]}>> = {options};"
        if kind == "timeseries":
            custom = json.dumps(panel["fieldConfig"]["defaults"]["custom"])
            yield f"export const custom{number}: Plain<GraphFieldConfig> = {custom};"


def warnings(version: str, text: str, folder: Path) -> str:
    """What TypeScript has against it."""
    install("check")
    file = folder / "board.ts"
    file.write_text(HEAD + text, encoding="utf-8")
    (folder / "node_modules").symlink_to(PACKAGES / version / "node_modules")
    (folder / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": COMPILER, "files": ["board.ts"]})
    )
    tsc = PACKAGES / NEWEST / "node_modules" / "typescript" / "bin" / "tsc"
    command = [str(NODE), str(tsc), "--project", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bool(done.returncode) is bool(done.stdout)
    return done.stdout


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_board_is_what_grafana_says_that_a_board_is(
    version: str, name: str, tmp_path: Path
) -> None:
    assert warnings(version, "\n".join(stated(name)), tmp_path) == ""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("graphTooltip",), 7),
        (("panels", 0, "gridPos", "w"), "4"),
        (("panels", 0, "fieldConfig", "defaults", "mappings", 0, "type"), "ranges"),
        (("panels", 0, "fieldConfig", "defaults", "thresholds", "mode"), "relative"),
        (("timezones",), "browser"),
    ],
    ids=str,
)
def test_a_slip_is_noticed(
    version: str, path: tuple[str | int, ...], value: object, tmp_path: Path
) -> None:
    wrong: Any = board(BOARDS[0])
    holder = wrong
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    text = f"export const board: Plain<Dashboard> = {json.dumps(wrong)};"
    assert "error TS" in warnings(version, text, tmp_path)
