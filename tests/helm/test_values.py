"""Whoever misspells a value is told so, by its name, before anything is installed."""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.support.chart_schema import (
    VALUES,
    KeyPath,
    Object,
    misspelt,
    name_of,
    nested,
    schema_at,
    value_at,
)
from tests.support.helm import NEWEST, schemas, template

# Below these anything may stand: whoever extends a cluster makes up resources of his own.
FREE = {("resources", "requests"), ("resources", "limits")}
# Kubernetes' own objects, of which values.yaml has only what differs from Kubernetes' defaults.
OF_KUBERNETES = {
    "livenessProbe": "core.v1.Probe",
    "podSecurityContext": "core.v1.PodSecurityContext",
    "readinessProbe": "core.v1.Probe",
    "resources": "core.v1.ResourceRequirements",
    "securityContext": "core.v1.SecurityContext",
    "strategy": "apps.v1.DeploymentStrategy",
}
# How it is asked is the chart's business, and the image is not for Windows.
NOT_OURS = {"exec", "grpc", "httpGet", "tcpSocket", "windowsOptions"}


def key_paths(values: Object, above: KeyPath = ()) -> Iterator[KeyPath]:
    """Every key that has a fixed name, with those that it is below."""
    for name, value in values.items():
        key_path = (*above, name)
        yield key_path
        if isinstance(value, Mapping) and key_path not in FREE:
            yield from key_paths(value, key_path)


def objects() -> list[KeyPath]:
    """Those that have keys of fixed names, from the top on."""
    every = [(), *key_paths(VALUES)]
    return [one for one in every if one not in FREE and value_at(one) and is_object(one)]


def is_object(key_path: KeyPath) -> bool:
    return isinstance(value_at(key_path), Mapping)


@pytest.mark.parametrize("key_path", objects(), ids=name_of)
def test_every_value_misspelt_is_refused_by_its_name(key_path: KeyPath) -> None:
    right = value_at(key_path)
    wrong = {misspelt(name): value for name, value in right.items()}
    done = template(nested(key_path, wrong))
    assert done.status != 0
    found = re.search(
        rf"- at '/?{'/'.join(key_path)}': additional properties (.*) not allowed", done.err
    )
    assert found, done.err
    assert set(found[1].split(", ")) == {f"'{name}'" for name in wrong}


@pytest.mark.parametrize("key_path", objects(), ids=name_of)
def test_schema_and_values_have_the_same_keys(key_path: KeyPath) -> None:
    values, described = set(value_at(key_path)), set(schema_at(key_path)["properties"])
    if key_path and key_path[0] in OF_KUBERNETES:
        assert values <= described
    else:
        assert values == described


@pytest.mark.parametrize(("name", "kind"), OF_KUBERNETES.items())
def test_what_kubernetes_knows_may_be_given(name: str, kind: str) -> None:
    text = (schemas() / f"v{NEWEST}" / "_definitions.json").read_text(encoding="utf-8")
    known = set(json.loads(text)["$defs"][f"io.k8s.api.{kind}"]["properties"])
    assert set(schema_at((name,))["properties"]) == known - NOT_OURS


def test_all_values_are_looked_at() -> None:
    assert len(list(key_paths(VALUES))) > 150
    assert len(objects()) > 15
