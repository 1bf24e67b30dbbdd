"""Whoever misspells a value is told so, by its name, before anything is installed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.support.helm import CHART, NEWEST, schemas, template

Place = tuple[str, ...]
Object = Mapping[str, Any]

VALUES: Object = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
SCHEMA: Object = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
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


def places(values: Object, above: Place = ()) -> Iterator[Place]:
    """Every key that has a fixed name, with those that it is below."""
    for name, value in values.items():
        place = (*above, name)
        yield place
        if isinstance(value, Mapping) and place not in FREE:
            yield from places(value, place)


def name_of(place: Place) -> str:
    return ".".join(place) or "the top"


def value_at(place: Place) -> Any:
    value: Any = VALUES
    for name in place:
        value = value[name]
    return value


def objects() -> list[Place]:
    """Those that have keys of fixed names, from the top on."""
    every = [(), *places(VALUES)]
    return [one for one in every if one not in FREE and value_at(one) and is_object(one)]


def is_object(place: Place) -> bool:
    return isinstance(value_at(place), Mapping)


def nested(place: Place, value: dict[str, Any]) -> dict[str, Any]:
    """A value below its keys."""
    for name in reversed(place):
        value = {name: value}
    return value


def misspelt(name: str) -> str:
    """With the last two letters swapped, as fingers do, or one too many."""
    swapped = f"{name[:-2]}{name[-1]}{name[-2]}"
    return swapped if swapped != name else f"{name}s"


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


def resolved(schema: Object) -> Object:
    """A schema with what it refers to."""
    whole = dict(schema)
    parts = [*schema.get("allOf", []), *([schema] if "$ref" in schema else [])]
    for part in parts:
        if "$ref" in part:
            whole |= SCHEMA["definitions"][part["$ref"].removeprefix("#/definitions/")]
    return whole


def schema_at(place: Place) -> Object:
    schema = SCHEMA
    for name in place:
        schema = resolved(schema["properties"][name])
    return schema


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
