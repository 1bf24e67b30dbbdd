"""Every query of every dashboard, rule and runbook, asked of a Prometheus that watches the demo."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from grafana.alerts.recordings import FINISHED_RUN
from grafana.alerts.rules import rule_file
from grafana.boards.not_shown import NOT_SHOWN
from grafana.stack.monitoring import Watch, prometheus
from matomo_archive_exporter.demo.private_server import free_port
from tests.support.catalogue import every_family
from tests.support.dashboards import BOARDS, annotations, filled, queries
from tests.support.process import REPOSITORY, Exporter, wait_until
from tests.support.prometheus import Prometheus
from tests.support.tools import prometheus_tool

WITHOUT_AN_ANSWER = {
    "increase(matomo_archive_exporter_collector_errors_total[1h]) > 0",
    'increase(matomo_archive_exporter_collector_errors_total{collector="queue"}[1h]) > 0',
    "matomo_archive_exporter_collector_success == 0",
    "matomo_archive_memory_limit_assumed == 1",
    "time() - matomo_archive_log_last_memory_exhausted_timestamp_seconds",
}
"""queries of runbooks about what is not so in the demo"""
WATCHED = 120.0  # seconds for which Prometheus has scraped the demo before it is asked
EVERY = "2s"
OF_PROMETHEUS = {"up", "ALERTS"}
NAME = re.compile(r"\b(?:matomo_\w+|up|ALERTS)\b(?!\s*=)")
PROMQL = re.compile(r"```promql\n(.*?)```", re.DOTALL)
SUFFIXES = ("_bucket", "_sum", "_count")

every_board = pytest.mark.parametrize("name", BOARDS)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, str]]:
    """A Prometheus with the rules that has scraped the demo for two minutes; and its instance."""
    folder = tmp_path_factory.mktemp("prometheus")
    prometheus_tool("prometheus")  # installs what is missing
    # With 256M its run would be dead before all is asked.
    options = ("--archiver.memory-limit=512M", "--collect.interval=2s")
    with Exporter(*options, waits=False, command="demo") as demo:
        instance = f"127.0.0.1:{demo.port}"
        watch = Watch(
            {"matomo": [instance]}, EVERY, {"memoryPredictedFor": "10s", "runDyingFor": "10s"}
        )
        closed_port = f"127.0.0.1:{free_port()}"
        with prometheus(folder, f"127.0.0.1:{free_port()}", watch, closed_port) as server:
            running = Prometheus(server.url, server.log)
            wait_until(lambda: running.values("matomo_up == 1"), "the demo is watched", 60)
            time.sleep(WATCHED)
            yield running, instance


def asked(watched: tuple[Prometheus, str], query: str, seconds: float = 60) -> list[object]:
    """The results of a query over the time until now, step by step as in a graph."""
    running, instance = watched
    values = dict.fromkeys(("cluster", "namespace", "job"), ".*") | {
        "instance": instance,
        "__rate_interval": "1m",
        "__range": f"{seconds:.0f}s",
    }
    text = filled(query, values)
    now = time.time()
    times = {"start": str(now - seconds), "end": str(now), "step": "5"}
    found: list[object] = running.api("query_range", query=text, **times)["result"]
    return found


# On a real Prometheus


@every_board
def test_every_panel_of_the_demo_shows_something(
    watched: tuple[Prometheus, str], name: str
) -> None:
    assert [title for title, query in queries(name) if not asked(watched, query)] == []


@every_board
def test_the_start_of_the_run_is_marked_and_no_death(
    watched: tuple[Prometheus, str], name: str
) -> None:
    found = {title: asked(watched, query, 2 * WATCHED) for title, query in annotations(name)}
    assert found["Run started"]
    assert found["Run died of memory"] == []  # none did


def test_every_rule_is_evaluated_without_an_error(watched: tuple[Prometheus, str]) -> None:
    groups = watched[0].api("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == sum(len(group["rules"]) for group in written_groups())
    assert {rule["health"] for rule in rules} == {"ok"}
    assert [rule["lastError"] for rule in rules if rule.get("lastError")] == []


def test_every_recorded_query_gives_what_its_name_says(watched: tuple[Prometheus, str]) -> None:
    found = {name: bool(asked(watched, name)) for name in recorded_names()}
    assert found.pop(FINISHED_RUN) is False  # the demo's first run is still open
    assert len(found) == 5
    assert all(found.values())


def test_the_demo_is_paged_for_its_memory_and_for_nothing_else(
    watched: tuple[Prometheus, str],
) -> None:
    predicted, dying = "MatomoArchiveMemoryExhaustionPredicted", "MatomoArchiveRunDying"
    assert watched[0].firing() == {
        f"{predicted} (page)",
        f"{predicted} (warning)",
        f"{dying} (page)",
    }


def test_every_query_of_a_runbook_can_be_asked_and_most_are_answered(
    watched: tuple[Prometheus, str],
) -> None:
    found = {query: asked(watched, query) for query in in_runbooks()}
    assert len(found) > 50
    assert {query for query, answer in found.items() if not answer} == WITHOUT_AN_ANSWER


# Names


def test_queries_use_metrics_that_there_are_and_leave_none_out_without_a_reason() -> None:
    there = {name for family in every_family() for name in names_of(family.name, family.type)}
    recorded = {bare(name.split(":")[1]) for name in recorded_names()}
    used = {bare(name) for text in every_query() for name in names_in(text)}
    assert used - there - recorded - OF_PROMETHEUS == set()
    assert there - used == set()


def test_metrics_on_no_board_have_a_reason_and_exist() -> None:
    own = {name for name in golden_names() if not name.startswith("matomo_")}
    assert set(NOT_SHOWN) == own
    assert all(NOT_SHOWN.values())


def test_runbooks_use_metrics_that_there_are() -> None:
    there = {name for family in every_family() for name in names_of(family.name, family.type)}
    used = {bare(name) for query in in_runbooks() for name in names_in(query)}
    assert used - there - OF_PROMETHEUS == set()


def written_groups() -> list[dict[str, list[dict[str, str]]]]:
    groups: list[dict[str, list[dict[str, str]]]] = yaml.safe_load(rule_file())["groups"]
    return groups


def recorded_names() -> list[str]:
    rules = [rule for group in written_groups() for rule in group["rules"]]
    return [rule["record"] for rule in rules if "record" in rule]


def every_query() -> Iterator[str]:
    """Of dashboards, annotations, rules and their texts."""
    for name in BOARDS:
        yield from (query for _, query in (*queries(name), *annotations(name)))
    yield rule_file()


def in_runbooks() -> set[str]:
    """The queries in all runbooks, one a line."""
    paths = (REPOSITORY / "docs" / "alerts").glob("*.md")
    blocks = (block for path in paths for block in PROMQL.findall(path.read_text("utf-8")))
    return {line.strip() for block in blocks for line in block.splitlines() if line.strip()}


def golden_names() -> set[str]:
    """Every name on the page as users see it."""
    page = Path(__file__).parents[1] / "golden" / "metrics.txt"
    lines = page.read_text(encoding="utf-8").splitlines()
    return {line.split()[2] for line in lines if line.startswith("# TYPE ")}


def names_in(text: str) -> set[str]:
    """The metrics in a query."""
    return set(NAME.findall(text)) - {"matomo"}


def names_of(name: str, kind: str) -> set[str]:
    return {f"{name}_total" if kind == "counter" else name}


def bare(name: str) -> str:
    """A metric without what a histogram adds to its name."""
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name
