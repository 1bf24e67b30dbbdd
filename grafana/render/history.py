"""A Prometheus with the samples of every scene, which answers the queries of the boards."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana.render.scenes import END, Scene, samples
from grafana.stack.monitoring import TOOLS
from grafana.stack.server import Server

_SECONDS = {"15s": 15, "1m": 60}
Results = Mapping[str, list[Any]]
"""by query of a panel"""


@dataclass(frozen=True, slots=True)
class History:
    """A running Prometheus, queried as Grafana does. `span` is the time range of the boards."""

    url: str
    span: float

    def results(self, panel: Mapping[str, Any], variables: Mapping[str, str]) -> Results:
        """The results of every query of a panel."""
        targets = panel.get("targets", [])
        return {each["refId"]: self._asked(each, variables) for each in targets}

    def annotations(self, annotation: Mapping[str, Any], variables: Mapping[str, str]) -> list[Any]:
        """The results of an annotation's query."""
        target = {"expr": annotation["expr"], "interval": annotation.get("step")}
        return self._asked(target, variables)

    def _asked(self, target: Mapping[str, Any], variables: Mapping[str, str]) -> list[Any]:
        # By default a data source expects a scrape every 15 seconds.
        scrape = _SECONDS[target.get("interval") or "15s"]
        step = max(self.span / 600, scrape)
        times = {
            "__rate_interval": f"{max(step + scrape, 4 * scrape):.0f}s",
            "__range": f"{self.span:.0f}s",
        }
        query = target["expr"]
        for name, value in {**times, **variables}.items():
            query = query.replace(f"${name}", value)
        if target.get("instant"):
            return self._get("query", query=query, time=str(END))
        ends = {"start": str(END - self.span), "end": str(END), "step": str(step)}
        return self._get("query_range", query=query, **ends)

    def _get(self, path: str, **asked: str) -> list[Any]:
        body = urllib.parse.urlencode(asked).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}", body) as answer:  # noqa: S310
            data = json.load(answer)["data"]
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        found: list[Any] = data["result"]
        return found


@contextmanager
def history(
    folder: Path, address: str, scenes: Mapping[str, Iterable[Scene]], span: float, step: float
) -> Iterator[History]:
    """Run it in `folder` at `address`, with a sample every `step` seconds."""
    page = folder / "scraped.txt"
    with page.open("w", encoding="utf-8") as file:
        for job, exporters in scenes.items():
            for scene in exporters:
                for name, time, value in samples(scene, job, span, step):
                    file.write(f"{name} {value:.17g} {time:.0f}\n".replace(" inf ", " +Inf "))
        file.write("# EOF\n")
    make = ("tsdb", "create-blocks-from", "openmetrics", "--quiet", page, folder / "blocks")
    subprocess.run([TOOLS / "promtool", *make], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
    command = (
        TOOLS / "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'blocks'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}",
    )
    with Server(command, f"http://{address}", "/-/ready", folder / "prometheus.log") as server:
        yield History(server.url, span)
