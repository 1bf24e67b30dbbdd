"""What the chart makes is what Kubernetes and the Prometheus operator take."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.helm import CASES, CHART, NEWEST, OLDEST, conform, of_kind, parse, template, tool

VERSIONS = (OLDEST, NEWEST)
# Where a field that nobody knows is put, as it happens with a line that is indented wrongly.
MISPLACED = {
    "Deployment": ("spec", "template", "spec"),
    "Service": ("spec",),
    "NetworkPolicy": ("spec",),
    "ServiceMonitor": ("spec",),
    "PrometheusRule": ("spec", "groups", 0),
}


def test_there_are_examples_of_values() -> None:
    assert len(CASES) > 2


@pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
def test_helm_finds_nothing_to_complain_of(values: Path) -> None:
    linted = tool("helm", "lint", "--strict", CHART, f"--values={values}")
    assert (linted.status, "[WARNING]" in linted.out) == (0, False), linted.out + linted.err


@pytest.mark.parametrize("kubernetes", VERSIONS)
@pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
def test_the_oldest_and_the_newest_kubernetes_know_every_field(
    values: Path, kubernetes: str
) -> None:
    rendered = template(values, kubernetes=kubernetes)
    assert rendered.status == 0, rendered.err
    judged = conform(rendered.out, kubernetes)
    assert judged.status == 0, judged.out
    assert f"{len(parse(rendered.out))} resources found" in judged.out
    assert "Skipped: 0" in judged.out


def test_an_older_kubernetes_is_refused() -> None:
    refused = template(CASES[0], kubernetes="1.24.0")
    assert refused.status != 0
    assert "incompatible with Kubernetes v1.24.0" in refused.err


def everything() -> list[Any]:
    """Objects of each kind, from the examples."""
    return [one for values in CASES for one in parse(template(values).out)]


@pytest.mark.parametrize("kubernetes", VERSIONS)
@pytest.mark.parametrize("kind", MISPLACED)
def test_a_field_that_nobody_knows_would_be_found(kind: str, kubernetes: str) -> None:
    manifest = of_kind(everything(), kind)[0]
    assert conform(yaml.safe_dump(manifest), kubernetes).status == 0
    key_path: Any = manifest
    for step in MISPLACED[kind]:
        key_path = key_path[step]
    key_path["misplaced"] = 1
    judged = conform(yaml.safe_dump(manifest), kubernetes)
    assert judged.status != 0
    assert "'misplaced' not allowed" in judged.out
