"""A new pod continues the series of the old one, so alerts continue too."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.helm import NAMESPACE, RELEASE, Manifest, of_kind, render
from tests.support.rule_tests import promtool

DATABASE = {"host": "db", "username": "matomo", "existingSecret": "matomo"}
SERVICE = f"{RELEASE}-matomo-archive-exporter"
DAYS = range(6)  # each with a pod of its own
# How Prometheus makes `instance` by default.
OF_THE_ADDRESS = {"sourceLabels": ["__address__"], "targetLabel": "instance"}
Labels = Mapping[str, str]


def made(**monitor: object) -> list[Manifest]:
    """The chart's objects, with this in the ServiceMonitor."""
    return render({"database": DATABASE, "serviceMonitor": {"enabled": True, **monitor}})


def pod(day: int) -> dict[str, Any]:
    """The pod of a day as the operator has Prometheus find it, before `relabelings`."""
    known = {"namespace": NAMESPACE, "service": SERVICE, "pod": f"{SERVICE}-{day}"}
    found = {f"__meta_kubernetes_{name}_name": known[name] for name in ("service", "pod")}
    found["__meta_kubernetes_namespace"] = NAMESPACE
    return {"targets": [f"10.0.0.{day}:16286"], "labels": {"job": "exporter", **known, **found}}


def relabel_config(relabeling: Mapping[str, object]) -> dict[str, object]:
    """A relabeling of the operator as Prometheus writes it."""
    return {re.sub("[A-Z]", r"_\g<0>", name).lower(): one for name, one in relabeling.items()}


def targets(manifests: Iterable[Manifest], folder: Path) -> list[Labels]:
    """The labels of each day's pod: Prometheus itself says."""
    (monitor,) = of_kind(manifests, "ServiceMonitor")
    relabelings = monitor["spec"]["endpoints"][0].get("relabelings", [])
    job = {
        "job_name": "exporter",
        "static_configs": [pod(day) for day in DAYS],
        "relabel_configs": [relabel_config(one) for one in relabelings],
    }
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump({"scrape_configs": [job]}), encoding="utf-8")
    done = promtool("check", "service-discovery", "--timeout=2s", file, "exporter")
    assert done.returncode == 0, done.stderr
    found = sorted(
        (target["labels"] for target in json.loads(done.stdout)),
        key=lambda labels: str(labels["__address__"]),
    )
    return [{n: value for n, value in one.items() if not n.startswith("__")} for one in found]


def test_every_pod_gets_the_same_labels(tmp_path: Path) -> None:
    one = {
        "instance": f"{NAMESPACE}/{SERVICE}",
        "job": "exporter",
        "namespace": NAMESPACE,
        "service": SERVICE,
    }
    assert targets(made(), tmp_path) == [one for _ in DAYS]


def test_relabelings_of_ones_own_have_the_last_word(tmp_path: Path) -> None:
    cluster = {"targetLabel": "cluster", "replacement": "one"}
    found = targets(made(relabelings=[OF_THE_ADDRESS, cluster]), tmp_path)
    assert [one["instance"] for one in found] == [f"10.0.0.{day}:16286" for day in DAYS]
    assert {one["cluster"] for one in found} == {"one"}
