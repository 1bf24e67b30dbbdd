"""A running Prometheus, and its answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from grafana.stack.server import Server
from matomo_archive_exporter.demo.private_server import free_port
from tests.support.process import wait_until
from tests.support.scrape import fetch
from tests.support.tools import prometheus_tool


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    url: str
    log: Path

    def api(self, path: str, **query: str) -> Any:
        """The data of an answer of its API."""
        answer = fetch(f"{self.url}/api/v1/{path}?{urlencode(query)}")
        assert answer.status == 200, answer.text
        return json.loads(answer.body)["data"]

    def values(self, query: str) -> dict[str, float]:
        """The values of an instant query by job."""
        found = self.api("query", query=query)["result"]
        return {sample["metric"]["job"]: float(sample["value"][1]) for sample in found}

    def firing(self) -> set[str]:
        """The alerts that fire now, as "name (severity)"."""
        labels = [alert["labels"] for alert in self.api("alerts")["alerts"] if _fires(alert)]
        return {f"{each['alertname']} ({each['severity']})" for each in labels}


@contextmanager
def scraping(folder: Path, jobs: Sequence[Mapping[str, object]]) -> Iterator[Prometheus]:
    """A Prometheus that scrapes each of these jobs every second, and has done so twice."""
    configuration = folder / "prometheus.yml"
    whole = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [*jobs],
    }
    configuration.write_text(yaml.safe_dump(whole), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = [
        str(prometheus_tool("prometheus")),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with Server(command, f"http://{address}", "/-/ready", folder / "log") as server:
        running = Prometheus(server.url, server.log)

        def is_enough() -> bool:
            counts = running.values("count_over_time(up[1m])")
            return counts.keys() == {job["job_name"] for job in jobs} and min(counts.values()) >= 2

        wait_until(is_enough, "every job has been scraped twice")
        yield running


def _fires(alert: dict[str, Any]) -> bool:
    return bool(alert["state"] == "firing")
