"""Whoever misspells a value is told so, by its name, before anything is installed."""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.support.chart_schema import (
    VALUES,
    Object,
    Place,
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
    "podSpec": "core.v1.PodSpec",
    "readinessProbe": "core.v1.Probe",
    "resources": "core.v1.ResourceRequirements",
    "securityContext": "core.v1.SecurityContext",
    "strategy": "apps.v1.DeploymentStrategy",
}
# How it is asked is the chart's business, and the image is not for Windows.
NOT_OURS = {"exec", "grpc", "httpGet", "tcpSocket", "windowsOptions"}


def places(values: Object, above: Place = ()) -> Iterator[Place]:
    """Every key that has a fixed name, with those that it is below."""
    for name, value in values.items():
        place = (*above, name)
        yield place
        if isinstance(value, Mapping) and place not in FREE:
            yield from places(value, place)


def objects() -> list[Place]:
    """Those that have keys of fixed names, from the top on."""
    every = [(), *places(VALUES)]
    return [one for one in every if one not in FREE and value_at(one) and is_object(one)]


def is_object(place: Place) -> bool:
    return isinstance(value_at(place), Mapping)


@pytest.mark.parametrize("place", objects(), ids=name_of)
def test_every_value_misspelt_is_refused_by_its_name(place: Place) -> None:
    right = value_at(place)
    wrong = {misspelt(name): value for name, value in right.items()}
    done = template(nested(place, wrong))
    assert done.status != 0
    found = re.search(
        rf"- at '/?{'/'.join(place)}': additional properties (.*) not allowed", done.err
    )
    assert found, done.err
    assert set(found[1].split(", ")) == {f"'{name}'" for name in wrong}


@pytest.mark.parametrize("place", objects(), ids=name_of)
def test_schema_and_values_have_the_same_keys(place: Place) -> None:
    values, described = set(value_at(place)), set(schema_at(place)["properties"])
    if place and place[0] in OF_KUBERNETES:
        assert values <= described
    else:
        assert values == described


@pytest.mark.parametrize(("name", "kind"), OF_KUBERNETES.items())
def test_what_kubernetes_knows_may_be_given(name: str, kind: str) -> None:
    text = (schemas() / f"v{NEWEST}" / "_definitions.json").read_text(encoding="utf-8")
    known = set(json.loads(text)["$defs"][f"io.k8s.api.{kind}"]["properties"])
    assert set(schema_at((name,))["properties"]) == known - NOT_OURS


def test_all_values_are_looked_at() -> None:
    assert len(list(places(VALUES))) > 150
    assert len(objects()) > 15
