"""Real tools that render the chart and check it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.delivery import delivery_tool
from tests.support.process import REPOSITORY, Finished, finish

CHART = REPOSITORY / "helm" / "matomo-archive-exporter"
CASES = sorted((CHART / "ci").glob("*.yaml"))
RELEASE, NAMESPACE = "archive", "matomo-metrics"
OLDEST, NEWEST = "1.25.0", "1.37.0"
# Kinds that a cluster with the operator reports, and `helm template` does not.
OPERATOR = (
    "v1/Pod",
    "monitoring.coreos.com/v1",
    "monitoring.coreos.com/v1/ServiceMonitor",
    "monitoring.coreos.com/v1/PrometheusRule",
)

Manifest = Mapping[str, Any]
Values = Mapping[str, Any]


def tool(name: str, *arguments: str | Path, stdin: str = "") -> Finished:
    """One of the tools, run to its end."""
    return finish([delivery_tool(name), *arguments], stdin, seconds=60)


def template(
    *values: Path | Values, chart: Path = CHART, kubernetes: str = NEWEST, more: Sequence[str] = ()
) -> Finished:
    """`helm template` with values files, or values as they are."""
    given = [one if isinstance(one, Path) else json.dumps(one) for one in values]
    return _template(chart, kubernetes, tuple(more), *given)


@cache
def _template(chart: Path, kubernetes: str, more: Sequence[str], *values: Path | str) -> Finished:
    piped = [one for one in values if isinstance(one, str)]
    assert len(piped) <= 1, "only one can come through the pipe"
    return tool(
        "helm",
        *("template", RELEASE, chart, f"--namespace={NAMESPACE}", f"--kube-version={kubernetes}"),
        *(f"--api-versions={one}" for one in OPERATOR),
        *(f"--values={'/dev/stdin' if isinstance(one, str) else one}" for one in values),
        *more,
        stdin="".join(piped),
    )


def render(
    *values: Path | Values, chart: Path = CHART, kubernetes: str = NEWEST, more: Sequence[str] = ()
) -> list[Manifest]:
    """The objects that the chart makes of these values."""
    done = template(*values, chart=chart, kubernetes=kubernetes, more=more)
    assert done.status == 0, done.err
    return parse(done.out)


def parse(text: str) -> list[Manifest]:
    """The objects in a YAML text."""
    return [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    """Those of some kinds."""
    return [one for one in manifests if one["kind"] in kinds]


def schemas() -> Path:
    """The folder with schemas of each version of Kubernetes, and of the operator's resources."""
    return delivery_tool("kubeconform").parents[1] / "schemas"


def conform(manifests: str, kubernetes: str) -> Finished:
    """Check manifests against the schemas of Kubernetes and of the operator."""
    name = "{{.ResourceKind}}{{.KindSuffix}}.json"
    return tool(
        "kubeconform",
        *("-strict", "-verbose", "-summary", "-kubernetes-version", kubernetes),
        *("-schema-location", schemas() / "{{.NormalizedKubernetesVersion}}" / name),
        *("-schema-location", schemas() / "operator" / name),
        stdin=manifests,
    )
