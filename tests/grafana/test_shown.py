"""The boards as Grafana's own code, oldest and newest, shows the answers of Prometheus."""

from collections.abc import Iterator

import pytest

from grafana import uids
from grafana.render.look import Look
from grafana.render.scenes import END, MINUTE
from tests.support.dashboards import BOARDS
from tests.support.shown import (
    FLEET,
    MEMORY,
    NO_EXPORTER,
    OVERVIEW,
    QUEUE,
    VERSIONS,
    Shown,
    colour,
    documented,
    scraped,
    shown,
)

WITHOUT_DATA = ("away", "database-away", "fresh-start", NO_EXPORTER)
LIGHTS = sorted({light for light, _ in documented()})
INSTANCES, ALERTS = "Instances, worst first", "Firing alerts"
DYING, HEALTHY, AWAY = (f"{name}.example.com:16286" for name in ("matomo-eu", "matomo-us", "shop"))

DIES_AT = "after 3,720 of 179,185 archives (2 %), at site 16 of 700"

both = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture(scope="module")
def grafana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with scraped(tmp_path_factory.mktemp("history")) as running:
        yield shown(running)


def texts(found: list[dict[str, dict[str, str]]], *columns: str) -> list[tuple[str, ...]]:
    """Some columns of a table."""
    return [tuple(row[column]["text"] for column in columns) for row in found]


# Lights


@both
@pytest.mark.parametrize("light", LIGHTS)
def test_a_light_shows_in_each_state_what_the_docs_say(
    grafana: Shown, version: str, light: str
) -> None:
    expected = {scene: cell for (name, scene), cell in documented().items() if name == light}
    assert {scene: grafana.light(version, OVERVIEW, scene, light) for scene in expected} == expected


def test_the_docs_tell_of_every_light(grafana: Shown) -> None:
    looks = grafana.looks[VERSIONS[0], OVERVIEW, NO_EXPORTER]
    grey = {title for title, look in looks.items() if "grey" in colours(look)}
    assert grey == set(LIGHTS)


@both
@pytest.mark.parametrize("scene", WITHOUT_DATA)
@pytest.mark.parametrize("name", BOARDS)
def test_nothing_is_green_without_data(grafana: Shown, version: str, name: str, scene: str) -> None:
    looks = grafana.looks[version, name, scene]
    assert [title for title, look in looks.items() if "green" in colours(look)] == []


@both
@pytest.mark.parametrize("name", BOARDS)
def test_nothing_but_grey_where_nothing_was_ever_scraped(
    grafana: Shown, version: str, name: str
) -> None:
    plain = {"grey", "#ccccdc", "rgb(204, 204, 220)"}
    for title, look in grafana.looks[version, name, NO_EXPORTER].items():
        assert colours(look) <= plain, title


def colours(look: Look) -> set[str]:
    """Of all that a light or a table shows."""
    cells = [cell for column in look.get("columns", ()) for cell in column["cells"]]
    return {colour(each["colour"]) for each in (*look.get("values", ()), *cells)}


@both
def test_a_dying_run_shows_the_place_where_it_dies(grafana: Shown, version: str) -> None:
    after = grafana.light(version, OVERVIEW, "dying", "It dies after")
    assert after == "red: 3720 archives"
    command = grafana.light(version, OVERVIEW, "dying", "Run core:archive with")
    assert command == "orange: ./console core:archive --max-archives-to-process=2743"


@both
def test_a_run_that_is_going_on_and_dies_is_red_while_the_next_one_survives(
    grafana: Shown, version: str
) -> None:
    assert grafana.light(version, OVERVIEW, "run-dies", "This run") == "red: dies"
    assert grafana.light(version, OVERVIEW, "run-dies", "The next run") == "green: survives"
    shown = grafana.looks[version, MEMORY, "run-dies"]["Started, and ends in"]["values"]
    assert [value["text"] for value in shown] == ["2.33 hours", "40 mins"]


@both
@pytest.mark.parametrize(
    ("scene", "sentence"),
    [
        ("dying", f"red: {DIES_AT}, about 40 minutes after its start"),
        ("no-rate", f"red: {DIES_AT}"),
        ("healthy", "green: it survives"),
        ("three", "#ccccdc: see the table"),
        ("away", "#ccccdc: see the table"),
    ],
)
def test_the_place_of_a_death_is_a_sentence(
    grafana: Shown, version: str, scene: str, sentence: str
) -> None:
    assert grafana.light(version, OVERVIEW, scene, "Where the next run dies") == sentence


@both
def test_beyond_ten_times_the_limit_the_need_is_no_number(grafana: Shown, version: str) -> None:
    needs = grafana.looks[version, OVERVIEW, "dying"]["Memory of the next run"]["values"]
    assert [value["text"] for value in needs] == [
        "more than 10 x",
        "2.40 x",
        "256.00 MiB",
    ]


@both
def test_a_light_leads_to_the_instance_that_it_is_about(grafana: Shown, version: str) -> None:
    (value,) = grafana.looks[version, OVERVIEW, "three"]["The next run"]["values"]
    (link,) = value["links"]
    assert link.startswith(f"/d/{uids.MEMORY}?var-datasource=prometheus&")
    assert f"&var-instance={DYING}&" in link
    assert link.endswith("&from=now-24h&to=now")


# Tables


@both
def test_the_worst_of_three_instances_comes_first(grafana: Shown, version: str) -> None:
    rows = grafana.table(version, "three", INSTANCES)
    assert texts(rows, "State", "Instance") == [
        ("exporter down", AWAY),
        ("next run dies", DYING),
        ("survives", HEALTHY),
    ]


@both
@pytest.mark.parametrize(
    ("scene", "state"),
    [
        ("away", "red: exporter down"),
        ("database-away", "red: database down"),
        ("dying", "red: next run dies"),
        ("no-forecast", "grey: no forecast"),
        ("fresh-start", "grey: not read yet"),
        ("healthy", "green: survives"),
    ],
)
def test_each_instance_has_its_state(grafana: Shown, version: str, scene: str, state: str) -> None:
    (row,) = grafana.table(version, scene, INSTANCES)
    assert f"{colour(row['State']['colour'])}: {row['State']['text']}" == state


@both
def test_an_instance_shows_names_and_units(grafana: Shown, version: str) -> None:
    _, dying, healthy = grafana.table(version, "three", INSTANCES)
    assert {name: cell["text"] for name, cell in dying.items()} == {
        "State": "next run dies",
        "Instance": DYING,
        "Dies after": "3,720",
        "Memory": "more than 10 x",
        "Queued": "140,011",
        "Waits": "1.13 days",
        "Empty in": "4.05 days",
        "Last sign": "30 s",
        "Completed": "1.17 days",
        "Safe limit": "2,743",
        "Failing": "0",
        "Job": "three",
    }
    assert healthy["Memory"]["text"] == "0.20 x"
    assert healthy["Safe limit"]["text"] == "no limit"


@both
def test_an_exporter_that_is_away_has_empty_cells(grafana: Shown, version: str) -> None:
    away, *_ = grafana.table(version, "three", INSTANCES)
    known = {"State", "Instance", "Job"}
    assert {cell["text"] for name, cell in away.items() if name not in known} == {"-"}
    assert colour(away["State"]["colour"]) == "red"


@both
def test_an_instance_leads_to_its_own_board(grafana: Shown, version: str) -> None:
    for row in grafana.table(version, "three", INSTANCES):
        (link,) = row["Instance"]["links"]
        assert f"var-instance={row['Instance']['text']}&" in link
        assert link.startswith(f"/d/{uids.MEMORY}?")


@both
def test_alerts_come_by_their_severity_and_lead_to_their_runbooks(
    grafana: Shown, version: str
) -> None:
    rows = grafana.table(version, "three", ALERTS)
    assert texts(rows, "Severity", "Alert", "Instance") == [
        ("page", "MatomoArchiveMemoryExhaustionPredicted", DYING),
        ("warning", "MatomoArchiveExporterDown", AWAY),
        ("warning", "MatomoArchiveQueueNotDraining", DYING),
    ]
    for row in rows:
        (link,) = row["Alert"]["links"]
        assert link.endswith(f"/docs/alerts/{row['Alert']['text']}.md")


@both
def test_no_alert_is_news_only_where_rules_are_loaded(grafana: Shown, version: str) -> None:
    assert texts(grafana.table(version, "healthy", ALERTS), "Severity") == [("none",)]
    assert grafana.table(version, "no-rules", ALERTS) == []


@both
def test_a_fleet_of_fifty_is_one_table_with_the_worst_on_top(grafana: Shown, version: str) -> None:
    rows = grafana.table(version, FLEET, INSTANCES)
    assert len(rows) == 50
    assert [row["State"]["text"] for row in rows[:3]] == [
        "exporter down",
        "next run dies",
        "survives",
    ]
    curves = grafana.looks[version, OVERVIEW, FLEET]["Queued rows"]["series"]
    assert len(curves) == 10


@both
def test_a_version_is_text_and_no_number(grafana: Shown, version: str) -> None:
    columns = grafana.looks[version, QUEUE, "healthy"]["Versions"]["columns"]
    found = {column["name"]: column["cells"][0]["text"] for column in columns}
    assert (found["Matomo"], found["version"]) == ("5.2.0", "10.11")


# Graphs


@both
@pytest.mark.parametrize("scene", ["healthy", "dying"])
def test_rates_have_values_although_the_data_source_expects_more_scrapes(
    grafana: Shown, version: str, scene: str
) -> None:
    look = grafana.looks[version, OVERVIEW, scene]["Rows added and removed per minute"]
    assert [(each["name"], each["last"]) for each in look["series"]] == [
        ("added", "3.00"),
        ("removed", "27.0"),
    ]


@pytest.mark.parametrize("name", BOARDS)
def test_each_start_of_a_run_is_marked_once_although_scrapes_are_a_minute_apart(
    grafana: Shown, name: str
) -> None:
    marks = grafana.marks[name, "healthy", "Run started"]
    assert [END - time for time in marks] == [128 * MINUTE, 68 * MINUTE, 8 * MINUTE]
    assert grafana.marks[name, "healthy", "Run died of memory"] == []


@pytest.mark.parametrize("name", BOARDS)
def test_both_versions_show_the_same(grafana: Shown, name: str) -> None:
    oldest, newest = (
        {
            scene: looks
            for (v, board, scene), looks in grafana.looks.items()
            if (v, board) == (version, name)
        }
        for version in VERSIONS
    )
    assert oldest == newest
