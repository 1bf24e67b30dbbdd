"""What a running Prometheus says."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.scrape import fetch


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


def _fires(alert: dict[str, Any]) -> bool:
    return bool(alert["state"] == "firing")
