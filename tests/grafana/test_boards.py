"""The dashboards as files for Grafana."""

import json
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

import pytest

from grafana.boards.board import TAG
from grafana.boards.panels import GREY
from tests.support.dashboards import (
    BOARDS,
    Panel,
    annotations,
    board,
    every,
    panels,
    queries,
    variables,
)

COLUMNS = 24
ONE_SCREEN = 24  # rows of 38 pixels that a screen of 1080 shows below Grafana's own bar
WHAT_TO_DO = 18  # rows down to the end of lights, tables and commands; graphs come below
GRAFANA_11 = 39  # the first schema in which tables have cell options, as they do here
LABELS = ["cluster", "namespace", "job", "instance"]
KNOWN = {*LABELS, "__rate_interval", "__range"}
# On a screen of 1280 pixels a column has 52, and a letter 8; each side of a title takes 12.
COLUMN, LETTER, SIDES = 52, 8, 24
UNITS = {"short", "none", "s", "bytes", "percentunit", "string"}
WORDS = re.compile(r"(?:prefix|suffix):\S.*")

every_board = pytest.mark.parametrize("name", BOARDS)


def every_panel() -> list[Panel]:
    return [panel for name in BOARDS for panel in panels(name)]


every_panel_of_all = pytest.mark.parametrize("panel", every_panel(), ids=lambda each: each["title"])


def test_the_three_boards_have_fixed_uids() -> None:
    assert {board(name)["uid"] for name in BOARDS} == set(BOARDS)
    assert BOARDS == ["matomo-archive-memory", "matomo-archive-overview", "matomo-archive-queue"]


@every_board
def test_a_board_is_of_a_current_schema_and_can_be_imported_anywhere(name: str) -> None:
    found = board(name)
    assert found["schemaVersion"] >= GRAFANA_11
    assert "id" not in found or found["id"] is None
    assert found["tags"] == [TAG]
    assert found["refresh"] == "1m"


@every_board
def test_data_source_and_instance_are_chosen_on_the_board(name: str) -> None:
    source, *labels = board(name)["templating"]["list"]
    assert (source["type"], source["name"], source["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert [label["name"] for label in labels] == LABELS
    assert {label["datasource"]["uid"] for label in labels} == {"${datasource}"}
    is_overview = name == "matomo-archive-overview"
    of_many = [bool(label.get("multi")) and bool(label.get("includeAll")) for label in labels]
    assert of_many == [True, True, True, is_overview]


@every_board
def test_each_choice_narrows_down_those_below_it(name: str) -> None:
    _, *labels = board(name)["templating"]["list"]
    for number, label in enumerate(labels):
        assert variables(label["query"]["query"]) == set(LABELS[:number])


@every_board
def test_boards_lead_to_one_another_and_to_the_runbooks(name: str) -> None:
    *boards, runbooks = board(name)["links"]
    uids = [link["url"].split("?")[0].removeprefix("/d/") for link in boards]
    assert sorted(uids) == BOARDS
    assert all(link["keepTime"] and "${datasource:queryparam}" in link["url"] for link in boards)
    assert runbooks["url"].endswith("/docs/alerts.md")


@every_board
def test_a_board_of_one_instance_is_never_given_several(name: str) -> None:
    is_overview = name == "matomo-archive-overview"
    for link in board(name)["links"]:
        assert not link["includeVars"]
        assert ("${instance:queryparam}" in link["url"]) is (
            not is_overview and "/d/" in link["url"]
        )
    if is_overview:
        assert "${instance" not in json.dumps(board(name)["panels"])


@every_board
def test_starts_and_deaths_of_runs_are_marked_when_they_happened(name: str) -> None:
    assert [found for found, _ in annotations(name)] == ["Run started", "Run died of memory"]
    for each in board(name)["annotations"]["list"]:
        assert each["useValueForTime"]
        assert each["datasource"]["uid"] == "${datasource}"
        assert each["step"] == "1m"


@every_board
def test_panels_are_numbered_once_each(name: str) -> None:
    found = list(every(board(name)["panels"]))
    assert [panel["id"] for panel in found] == list(range(1, len(found) + 1))


@every_board
def test_panels_do_not_overlap_and_leave_no_hole(name: str) -> None:
    for places in (grid for grid in grids(name) if grid):
        for a, b in combinations(places, 2):
            beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
            above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
            assert beside or above, f"{a} overlaps {b}"
        height = max(each["y"] + each["h"] for each in places) - min(e["y"] for e in places)
        assert sum(each["w"] * each["h"] for each in places) == COLUMNS * height


def grids(name: str) -> Iterator[list[dict[str, int]]]:
    """The places of the panels that are seen at once, and of those in each folded row."""
    found = board(name)["panels"]
    yield [panel["gridPos"] for panel in found]
    for panel in found:
        yield [each["gridPos"] for each in panel.get("panels", ())]


@pytest.mark.parametrize("name", ["matomo-archive-queue", "matomo-archive-memory"])
def test_the_first_row_is_open_and_the_others_are_folded(name: str) -> None:
    rows = [panel for panel in board(name)["panels"] if panel["type"] == "row"]
    assert [row.get("collapsed", False) for row in rows] == [False] + [True] * (len(rows) - 1)
    assert all(row["panels"] for row in rows[1:])


def test_the_overview_says_on_one_screen_how_it_is_and_what_to_do() -> None:
    found = panels("matomo-archive-overview")
    first = [panel for panel in found if panel["type"] != "timeseries"]
    assert max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in first) == WHAT_TO_DO < ONE_SCREEN


def test_the_overview_goes_from_lights_to_instances_to_what_to_do_to_why() -> None:
    found = panels("matomo-archive-overview")
    kinds = [panel["type"] for panel in found]
    assert kinds == [
        *["stat"] * 7,
        "table",
        *["stat"] * 3,
        "table",
        "stat",
        "stat",
        *["timeseries"] * 4,
    ]
    assert [panel["title"] for panel in found[:2]] == ["This run", "The next run"]
    assert all(a["gridPos"]["y"] <= b["gridPos"]["y"] for a, b in pairwise(found))


@every_panel_of_all
def test_a_panel_says_what_it_shows_in_which_unit_and_what_if_there_is_nothing(
    panel: Panel,
) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert len(panel["description"]) > 15
    assert panel["description"].endswith(".")
    assert defaults["unit"] in UNITS or WORDS.fullmatch(defaults["unit"])
    assert defaults["noValue"]
    assert panel["datasource"]["uid"] == "${datasource}"


@every_panel_of_all
def test_a_title_is_not_cut_off(panel: Panel) -> None:
    assert len(panel["title"]) * LETTER + SIDES <= panel["gridPos"]["w"] * COLUMN


@every_panel_of_all
def test_a_panel_without_data_is_not_green(panel: Panel) -> None:
    """Grafana shows it in the colour of the first step, and a number below all steps, too."""
    found = [each for each in walk(panel["fieldConfig"]) if "steps" in each]
    assert {each["steps"][0]["color"] for each in found} <= {GREY, "text", "transparent"}
    assert {each["steps"][0]["value"] for each in found} <= {None}


@every_panel_of_all
def test_a_mapping_has_two_ends(panel: Panel) -> None:
    """One without never matches in Grafana 11."""
    ranges = [each["options"] for each in walk(panel["fieldConfig"]) if each.get("type") == "range"]
    assert [each for each in ranges if None in (each["from"], each["to"])] == []


@every_panel_of_all
def test_a_pattern_has_slashes(panel: Panel) -> None:
    """Grafana anchors one without, so that it matches whole names only."""
    found = [*walk(panel["fieldConfig"]), *walk(panel.get("transformations", []))]
    patterns = [each["options"] for each in found if each.get("id") == "byRegexp"]
    patterns += [each["pattern"] for each in found if "pattern" in each]
    assert [each for each in patterns if not each.startswith("/")] == []


@every_panel_of_all
def test_a_light_leads_somewhere(panel: Panel) -> None:
    is_light = panel.get("options", {}).get("colorMode") == "background"
    assert bool(panel["fieldConfig"]["defaults"].get("links")) is is_light


@every_panel_of_all
def test_a_light_goes_out_with_its_exporter(panel: Panel) -> None:
    """Functions over time, and the page itself for some minutes, keep the last values."""
    is_light = panel.get("options", {}).get("colorMode") == "background"
    if is_light and panel["title"] != "Alerts that fire":
        assert all(re.search(r"\bup\{.*\} == 1", each["expr"]) for each in panel["targets"])


@every_panel_of_all
def test_bars_begin_at_nothing(panel: Panel) -> None:
    if panel["type"] == "bargauge":
        assert panel["fieldConfig"]["defaults"]["min"] == 0


@every_panel_of_all
def test_a_legend_has_the_last_and_the_highest_value(panel: Panel) -> None:
    if panel["type"] == "timeseries":
        legend = panel["options"]["legend"]
        assert (legend["displayMode"], legend["calcs"]) == ("table", ["lastNotNull", "max"])


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within."""
    if isinstance(value, dict):
        yield value
    children = value.values() if isinstance(value, dict) else value
    for child in children if isinstance(value, dict | list) else ():
        yield from walk(child)


@every_board
def test_queries_ask_for_the_chosen_instances_and_nothing_unknown(name: str) -> None:
    is_overview = name == "matomo-archive-overview"
    chosen = 'instance=~"$instance"' if is_overview else 'instance="$instance"'
    for title, query in (*queries(name), *annotations(name)):
        assert variables(query) <= KNOWN, title
        assert chosen in query, title
        assert f'job=~"$job",{chosen}' in query, title


@every_board
def test_rates_follow_the_interval_of_the_graph_or_a_time_that_the_text_names(name: str) -> None:
    for title, query in queries(name):
        assert "$__interval" not in query, title
        assert "[5m]" not in query, title


@every_board
def test_a_rate_has_two_scrapes_of_a_minute_with_any_interval_of_the_data_source(name: str) -> None:
    for panel in panels(name):
        for target in panel["targets"]:
            assert target.get("interval") == ("1m" if target["range"] else None), panel["title"]


def test_a_graph_of_many_instances_shows_the_same_ten_all_along() -> None:
    """`topk` alone picks other series at every step, and a legend lists all of them."""
    for panel in panels("matomo-archive-overview"):
        for target in panel["targets"] if panel["type"] == "timeseries" else []:
            query = target["expr"]
            assert "topk(10, max_over_time(" in query or query.startswith("60 * sum(")
            assert ("topk" in query) is ("[$__range:] @ end())" in query)
