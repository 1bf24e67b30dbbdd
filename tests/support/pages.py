"""A watched exporter: Prometheus with the rules, Alertmanager with the example, and its pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grafana.stack.monitoring import Watch, alertmanager, prometheus
from grafana.stack.receiver import Receiver, chat_text
from matomo_archive_exporter.demo.private_server import free_port
from tests.support.process import wait_until
from tests.support.prometheus import Prometheus
from tests.support.tools import prometheus_tool

_SCRAPES = "1s"
# The waits of the rules and of the example, made short; a page still outlives a quick restart.
_QUICK = {"memoryPredictedFor": "2s", "diedFor": "2s", "keepFiringFor": "15s"}
_WAITS = ("group_wait: 15s", "group_wait: 2m", "group_interval: 5m")


@dataclass(slots=True)
class Pages:
    """All messages so far, in order: where each was sent, and its JSON."""

    prometheus: Prometheus | None = None
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def pager(self, alert: str, status: str) -> list[dict[str, Any]]:
        """The alerts of that name and status that reached the pager."""
        return [
            each
            for path, message in self.received
            for each in message.get("alerts", [])
            if path == "/webhook" and each["labels"]["alertname"] == alert
            if each["status"] == status
        ]

    def chat(self, place: str) -> list[str]:
        """The messages in the chat of those on call (`page`) or of the team (`warning`)."""
        return [chat_text(message) for path, message in self.received if path == f"/{place}"]

    def wait_for(self, alert: str, status: str, count: int = 1) -> dict[str, Any]:
        """The newest such alert at the pager, once there are as many."""
        wait_until(
            lambda: len(self.pager(alert, status)) >= count, f"{alert} is {status}, {count} times"
        )
        return self.pager(alert, status)[-1]


@contextmanager
def watching(folder: Path, exporter_port: int) -> Iterator[Pages]:
    """Prometheus and Alertmanager over an exporter that may come and go on that port."""
    prometheus_tool("prometheus")  # installs what is missing
    pages = Pages()
    targets = {"matomo": [f"127.0.0.1:{exporter_port}"]}
    with Receiver(0, lambda path, message: pages.received.append((path, message))) as receiver:
        changes = dict.fromkeys(_WAITS, "group_wait: 1s") | {_WAITS[-1]: "group_interval: 1s"}
        changes["http://localhost:16289"] = f"http://127.0.0.1:{receiver.port}"
        address = f"127.0.0.1:{free_port()}"
        with alertmanager(folder, address, changes):
            watch = Watch(targets, _SCRAPES, _QUICK)
            with prometheus(folder, f"127.0.0.1:{free_port()}", watch, address) as server:
                pages.prometheus = Prometheus(server.url, server.log)
                yield pages
