"""A pod that takes the place of another goes on with its series, so alerts go on too."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.helm import NAMESPACE, RELEASE, Manifest, of_kind, render
from tests.support.rule_tests import failures, promtool

DATABASE = {"host": "db", "username": "matomo", "existingSecret": "matomo"}
SERVICE = f"{RELEASE}-matomo-archive-exporter"
DAYS = range(6)  # each with a pod of its own
DAY = 24 * 12  # samples
# How Prometheus makes `instance` where nobody says otherwise.
OF_THE_ADDRESS = {"sourceLabels": ["__address__"], "targetLabel": "instance"}
# A queue of 5000 rows that never drains, and a run that will die of it.
SICK: Mapping[str, tuple[Mapping[str, str], float]] = {
    "matomo_archive_invalidations": ({"status": "queued", "period": "day", "scope": "all"}, 5000),
    "matomo_archive_unselectable_invalidations": ({"reason": "no_status"}, 0),
    "matomo_archive_oldest_queued_timestamp_seconds": ({}, -500_000),
    "matomo_archive_memory_predicted_ratio": ({"run": "configured"}, 1.5),
    "matomo_archive_memory_limit_assumed": ({}, 0),
}
GROUPS = ("matomo-archive-recordings", "matomo-archive-memory", "matomo-archive-queue")
DRAINING = 'alertname="MatomoArchiveQueueNotDraining"'
PAGE = 'alertname="MatomoArchiveMemoryExhaustionPredicted",severity="page"'

Labels = Mapping[str, str]


def made(**monitor: object) -> list[Manifest]:
    """The chart's objects, with this in the ServiceMonitor."""
    return render(
        {
            "database": DATABASE,
            "serviceMonitor": {"enabled": True, **monitor},
            "prometheusRule": {"enabled": True},
        }
    )


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


def unhealthy_days(pods: Sequence[Labels]) -> list[dict[str, str]]:
    """Series of a sick Matomo over days, each scraped from another pod."""
    series = []
    for labels in {tuple(sorted(one.items())): one for one in pods}.values():
        for name, (more, value) in SICK.items():
            texts = ",".join(f'{key}="{text}"' for key, text in {**labels, **more}.items())
            days = [f"{value}x{DAY - 1}" if one == labels else f"stale _x{DAY - 1}" for one in pods]
            series.append({"series": f"{name}{{{texts}}}", "values": " ".join(days)})
    return series


def wrong(counts: Mapping[tuple[str, str], int], more: object, folder: Path) -> dict[str, str]:
    """Where not so many alerts with some labels fire at a time."""
    manifests = made(relabelings=more)
    (rule,) = of_kind(manifests, "PrometheusRule")
    groups = [group for group in rule["spec"]["groups"] if group["name"] in GROUPS]
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
    asked = [
        {
            "expr": f'count(ALERTS{{{alert},alertstate="firing"}}) or vector(0)',
            "eval_time": time,
            "exp_samples": [{"labels": "{}", "value": count}],
        }
        for (alert, time), count in counts.items()
    ]
    test = {
        "name": "replaced daily",
        "interval": "5m",
        "input_series": unhealthy_days(targets(manifests, folder)),
        "promql_expr_test": asked,
    }
    whole = {"rule_files": ["rules.yml"], "evaluation_interval": "5m", "tests": [test]}
    whole["group_eval_order"] = list(GROUPS)
    (folder / "tests.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    return failures(folder / "tests.yml", folder)


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


@pytest.mark.parametrize(
    ("more", "draining", "pages"),
    [([], 1, 1), ([OF_THE_ADDRESS], 0, 2)],
    ids=["the chart's labels", "labels of each pod"],
)
def test_a_queue_that_never_drains_is_told_of_although_the_pod_is_replaced_every_day(
    more: Sequence[object], draining: int, pages: int, tmp_path: Path
) -> None:
    counts = {
        **{(DRAINING, time): draining for time in ("2d12h", "4d5m", "5d12h")},
        **{(PAGE, time): pages for time in ("3d5m", "5d5m")},
        (PAGE, "5d12h"): 1,
    }
    assert wrong(counts, more, tmp_path) == {}
