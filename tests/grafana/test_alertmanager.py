"""The example for Alertmanager: receivers of each alert, and which alerts it mutes."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from grafana.stack.monitoring import EXAMPLE, alertmanager
from grafana.stack.server import Server
from matomo_archive_exporter.demo.private_server import free_port
from tests.support.process import wait_until
from tests.support.scrape import fetch
from tests.support.tools import prometheus_tool

CONFIGURATION = EXAMPLE / "alertmanager.yml"
ONE, OTHER = "a:16286", "b:16286"


def amtool(*arguments: str) -> str:
    command = [str(prometheus_tool("amtool")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_valid() -> None:
    assert "SUCCESS" in amtool("check-config", str(CONFIGURATION))


@pytest.mark.parametrize(
    ("alert", "severity", "receiver"),
    [
        ("MatomoArchiveMemoryExhaustionPredicted", "page", "on-call"),
        ("MatomoArchiveMemoryExhaustionPredicted", "warning", "team"),
        ("MatomoArchiveMassRearchivingScheduled", "info", "none"),
        ("SomebodyElsesAlert", "page", "none"),
    ],
)
def test_each_alert_goes_to_its_receiver(alert: str, severity: str, receiver: str) -> None:
    labels = (f"alertname={alert}", f"severity={severity}")
    reported = amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", *labels)
    assert reported.split() == [receiver]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    prometheus_tool("alertmanager")  # installs what is missing
    folder = tmp_path_factory.mktemp("alertmanager")
    nowhere = {"http://localhost:16289": f"http://127.0.0.1:{free_port()}"}
    with alertmanager(folder, f"127.0.0.1:{free_port()}", nowhere) as server:
        yield server


def raised(running: Server, alert: str, severity: str, instance: str) -> None:
    labels = (f"alertname={alert}", f"severity={severity}", f"instance={instance}", "job=matomo")
    amtool(f"--alertmanager.url={running.url}", "alert", "add", *labels)


def states(running: Server) -> dict[tuple[str, str, str], str]:
    """The state of each alert by name, severity and instance."""
    found: list[dict[str, Any]] = json.loads(fetch(f"{running.url}/api/v2/alerts").body)
    return {
        (
            each["labels"]["alertname"],
            each["labels"]["severity"],
            each["labels"]["instance"],
        ): each["status"]["state"]
        for each in found
    }


def test_a_page_silences_the_warnings_of_its_instance_and_of_no_other(running: Server) -> None:
    raised(running, "MatomoArchiveStalled", "page", ONE)
    raised(running, "MatomoArchiveQueueNotDraining", "warning", ONE)
    raised(running, "MatomoArchiveQueueNotDraining", "warning", OTHER)
    expected = {
        ("MatomoArchiveStalled", "page", ONE): "active",
        ("MatomoArchiveQueueNotDraining", "warning", ONE): "suppressed",
        ("MatomoArchiveQueueNotDraining", "warning", OTHER): "active",
    }
    wait_until(lambda: expected.items() <= states(running).items(), str(expected))


def test_of_the_run_that_is_going_on_and_the_next_one_there_is_one_page(running: Server) -> None:
    dying, predicted = "MatomoArchiveRunDying", "MatomoArchiveMemoryExhaustionPredicted"
    for severity, instance in (("page", "e:16286"), ("warning", "f:16286")):
        raised(running, dying, severity, instance)
        raised(running, predicted, "page", instance)
    expected = {
        (dying, "page", "e:16286"): "active",
        (predicted, "page", "e:16286"): "suppressed",
        (dying, "warning", "f:16286"): "suppressed",
        (predicted, "page", "f:16286"): "active",
    }
    wait_until(lambda: expected.items() <= states(running).items(), str(expected))


def test_an_exporter_that_is_down_silences_all_else_of_its_instance(running: Server) -> None:
    gone = "c:16286"
    raised(running, "MatomoArchiveExporterDown", "warning", gone)
    raised(running, "MatomoArchiveStalled", "page", gone)
    raised(running, "MatomoArchiveStalled", "page", OTHER)
    expected = {
        ("MatomoArchiveExporterDown", "warning", gone): "active",
        ("MatomoArchiveStalled", "page", gone): "suppressed",
        ("MatomoArchiveStalled", "page", OTHER): "active",
    }
    wait_until(lambda: expected.items() <= states(running).items(), str(expected))


def test_an_unreadable_database_silences_its_failing_collectors(running: Server) -> None:
    raised(running, "MatomoArchiveDatabaseUnreadable", "warning", "d:16286")
    raised(running, "MatomoArchiveCollectorFailing", "warning", "d:16286")
    silent = ("MatomoArchiveCollectorFailing", "warning", "d:16286")
    wait_until(lambda: states(running).get(silent) == "suppressed", "it is silenced")


def test_the_example_sends_nothing_anywhere_but_to_this_machine() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    hosts = re.findall(r"https?://([^:/]+)", text)
    assert set(hosts) == {"localhost"}
    assert re.findall(r"(?:password|key|token|secret): *\S", text) == []
