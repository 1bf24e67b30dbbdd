"""The dashboards as Grafana finds them."""

from itertools import combinations, pairwise

import pytest

from grafana.boards.board import TAG
from tests.support.dashboards import BOARDS, Panel, annotations, board, panels, queries, variables

COLUMNS = 24
ONE_SCREEN = 24  # rows of 38 pixels that a screen of 1080 shows below Grafana's own bar
GRAFANA_11 = 39  # the first schema in which tables have cell options, as they do here
KNOWN = {"instance", "__rate_interval", "__range"}
# What Grafana shows of a title at 16 pixels a column and 8 a letter; a w of 4 is 300 pixels.
LETTERS_A_COLUMN = 8
UNITS = {"short", "none", "s", "bytes", "percentunit"}

every_board = pytest.mark.parametrize("name", BOARDS)


def every_panel() -> list[Panel]:
    return [panel for name in BOARDS for panel in panels(name)]


every_panel_of_all = pytest.mark.parametrize("panel", every_panel(), ids=lambda each: each["title"])


def test_there_are_three_with_fixed_uids() -> None:
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
    source, instance = board(name)["templating"]["list"]
    assert (source["type"], source["name"], source["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert instance["name"] == "instance"
    assert instance["datasource"]["uid"] == "${datasource}"
    is_overview = name == "matomo-archive-overview"
    assert bool(instance.get("multi")) is bool(instance.get("includeAll")) is is_overview


@every_board
def test_boards_lead_to_one_another_and_to_the_runbooks(name: str) -> None:
    boards, runbooks = board(name)["links"]
    assert (boards["type"], boards["tags"], boards["keepTime"]) == ("dashboards", [TAG], True)
    assert boards["includeVars"]
    assert runbooks["url"].endswith("/docs/alerts.md")


@every_board
def test_starts_and_deaths_of_runs_are_marked_when_they_happened(name: str) -> None:
    assert [found for found, _ in annotations(name)] == ["Run began", "Run died of memory"]
    for each in board(name)["annotations"]["list"]:
        assert each["useValueForTime"]
        assert each["datasource"]["uid"] == "${datasource}"


@every_board
def test_panels_are_numbered_once_each_and_do_not_overlap(name: str) -> None:
    found = board(name)["panels"]
    assert [panel["id"] for panel in found] == list(range(1, len(found) + 1))
    for a, b in combinations([panel["gridPos"] for panel in found], 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above, f"{a} overlaps {b}"
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= COLUMNS for panel in found)


@every_board
def test_panels_leave_no_hole(name: str) -> None:
    covered = {
        (x, y)
        for panel in board(name)["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    }
    height = max(y for _, y in covered) + 1
    assert len(covered) == COLUMNS * height


def test_the_overview_fits_one_screen() -> None:
    places = [panel["gridPos"] for panel in panels("matomo-archive-overview")]
    assert max(place["y"] + place["h"] for place in places) <= ONE_SCREEN


def test_the_overview_begins_with_the_traffic_lights() -> None:
    found = panels("matomo-archive-overview")
    kinds = [panel["type"] for panel in found]
    assert kinds == ["stat"] * 6 + ["timeseries"] * 4 + ["table"] * 2
    assert found[0]["title"] == "Will the next run die?"
    assert all(a["gridPos"]["y"] <= b["gridPos"]["y"] for a, b in pairwise(found))


@every_panel_of_all
def test_a_panel_says_what_it_shows_in_which_unit_and_what_if_there_is_nothing(
    panel: Panel,
) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert len(panel["description"]) > 15
    assert panel["description"].endswith(".")
    assert defaults["unit"] in UNITS
    assert defaults["noValue"]
    assert panel["datasource"]["uid"] == "${datasource}"


@every_panel_of_all
def test_a_title_is_not_cut_off(panel: Panel) -> None:
    assert len(panel["title"]) <= panel["gridPos"]["w"] * LETTERS_A_COLUMN


@every_board
def test_queries_ask_for_the_chosen_instances_and_nothing_unknown(name: str) -> None:
    is_overview = name == "matomo-archive-overview"
    chosen = 'instance=~"$instance"' if is_overview else 'instance="$instance"'
    for title, query in (*queries(name), *annotations(name)):
        assert variables(query) <= KNOWN, title
        assert chosen in query, title


@every_board
def test_rates_follow_the_interval_of_the_graph_or_a_time_that_the_text_names(name: str) -> None:
    for title, query in queries(name):
        assert "$__interval" not in query, title
        assert "[5m]" not in query, title


def test_a_graph_of_many_instances_shows_the_same_ten_all_along() -> None:
    """`topk` alone picks anew at every step: a legend has all that were ever picked."""
    for panel in panels("matomo-archive-overview"):
        for target in panel["targets"] if panel["type"] == "timeseries" else []:
            query = target["expr"]
            assert "topk(10, max_over_time(" in query or query.startswith("60 * sum(")
            assert ("topk" in query) is ("[$__range:] @ end())" in query)
