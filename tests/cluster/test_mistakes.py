"""Mistakes that the API server refuses: the chart refuses them first, and leaves nothing behind."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.helm import CHART

LOGIN = {"database": {"host": "db", "username": "exporter", "existingSecret": "db"}}
# By what the line says.
MISTAKES: Mapping[str, Mapping[str, object]] = {
    "resources.limits.memory": {"resources": {"limits": {"memory": "32Mi"}}},
    "/resources/limits/memory": {"resources": {"limits": {"memory": "192mb"}}},
    "/extraEnv/0/value": {"extraEnv": [{"name": "A", "value": 5}]},
    "/podLabels/team": {"podLabels": {"team": "web & data"}},
    "/commonLabels/team": {"commonLabels": {"team": "web & data"}},
    "/service/nodePort": {"service": {"type": "NodePort", "nodePort": 16286}},
    "/service/loadBalancerSourceRanges/0": {
        "service": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["192.0.2.1"]}
    },
    "/networkPolicy/databasePeers/0/ipBlock/cidr": {
        "networkPolicy": {"enabled": True, "databasePeers": [{"ipBlock": {"cidr": "192.0.2.1"}}]}
    },
    "/livenessProbe/successThreshold": {"livenessProbe": {"successThreshold": 2}},
    "extraVolumes": {"extraVolumes": [{"name": "database", "emptyDir": {}}]},
    "extraVolumeMounts": {"extraVolumeMounts": [{"name": "logs", "mountPath": "/logs"}]},
    "extraContainers": {"extraContainers": [{"name": "exporter", "image": "x"}]},
    "strategy.rollingUpdate": {"strategy": {"rollingUpdate": {"maxSurge": 0}}},
}
# The server would take these; the exporter or the operator would not.
ELSEWHERE: Mapping[str, Mapping[str, object]] = {
    "web.config.basic_auth_users.alice": {
        "web": {"config": {"basic_auth_users": {"alice": "hunter2"}}}
    },
    "serviceMonitor.scrapeTimeout": {
        "serviceMonitor": {"enabled": True, "interval": "10s", "scrapeTimeout": "1m"}
    },
}


@pytest.mark.parametrize(("name", "values"), [*MISTAKES.items(), *ELSEWHERE.items()])
def test_a_mistake_is_refused_by_its_name_and_nothing_is_installed(
    server: Cluster, name: str, values: Mapping[str, object]
) -> None:
    where = server.namespace("mistakes")
    install = ("install", "archive", CHART, f"--namespace={where}", "--values=/dev/stdin")
    done = server.helm(*install, stdin=json.dumps({**LOGIN, **values}))
    assert done.status != 0
    reported = [line for line in done.err.splitlines() if line.lstrip().startswith("- ")]
    assert name in reported[-1]
    kept = ("get", "all,secrets,serviceaccounts", f"--namespace={where}", "--output=name")
    assert server.kubectl(*kept).out == ""


@pytest.fixture(scope="module")
def unchecked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart without anything that refuses values."""
    copy = Path(shutil.copytree(CHART, tmp_path_factory.mktemp("unchecked") / CHART.name))
    (copy / "values.schema.json").unlink()
    nothing = '{{ define "matomo-archive-exporter.checks" }}{{ end }}'
    (copy / "templates" / "_checks.tpl").write_text(nothing, encoding="utf-8")
    return copy


@pytest.mark.parametrize(("name", "values"), MISTAKES.items())
def test_the_server_would_refuse_it(
    server: Cluster, name: str, values: Mapping[str, object], unchecked: Path
) -> None:
    where = server.namespace("unchecked")
    install = ("install", "archive", unchecked, f"--namespace={where}", "--values=/dev/stdin")
    done = server.helm(*install, stdin=json.dumps({**LOGIN, **values}))
    server.helm("uninstall", "archive", f"--namespace={where}")
    assert done.status != 0, name
