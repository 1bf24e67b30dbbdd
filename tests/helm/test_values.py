"""A misspelt value is refused by its name before anything is installed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from matomo_archive_exporter.web.access.config import WebConfig
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

# These take any key: an extended cluster has its own resources.
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


# Empty values in values.yaml have keys too: only those that exporter and operator know.


def sections(model: type[BaseModel], key_path: KeyPath) -> Iterator[tuple[KeyPath, set[str]]]:
    """Each section of the web config file, and its keys as the exporter has them."""
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    yield key_path, set(fields)
    for name, kind in fields.items():
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from sections(kind, (*key_path, name))


OF_WEB = dict(sections(WebConfig, ("web", "config")))
OF_MONITOR = [
    ("serviceMonitor", "basicAuth"),
    ("serviceMonitor", "basicAuth", "username"),
    ("serviceMonitor", "basicAuth", "password"),
    ("serviceMonitor", "tlsConfig"),
    ("serviceMonitor", "tlsConfig", "ca"),
    ("serviceMonitor", "tlsConfig", "ca", "secret"),
    ("serviceMonitor", "tlsConfig", "cert", "configMap"),
    ("serviceMonitor", "tlsConfig", "keySecret"),
]
# Here names are anybody's; those of the rules' settings are a matter of test_rules.py.
ANYBODYS = {"labels", "annotations", "alertLabels", "settings"}


@pytest.mark.parametrize("key_path", [*objects(), *OF_WEB, *OF_MONITOR], ids=name_of)
def test_every_key_misspelt_is_refused_by_its_name(key_path: KeyPath) -> None:
    wrong = {misspelt(name): "" for name in schema_at(key_path)["properties"]}
    done = template(nested(key_path, wrong))
    assert done.status != 0
    lists = re.findall(r"additional properties (.*) not allowed", done.err)
    refused = {name for names in lists for name in names.split(", ")}
    assert refused == {f"'{name}'" for name in wrong}


@pytest.mark.parametrize("key_path", objects(), ids=name_of)
def test_schema_and_values_have_the_same_keys(key_path: KeyPath) -> None:
    values, described = set(value_at(key_path)), set(schema_at(key_path)["properties"])
    if key_path and key_path[0] in OF_KUBERNETES:
        assert values <= described
    else:
        assert values == described


@pytest.mark.parametrize(("name", "kind"), OF_KUBERNETES.items())
def test_every_property_of_kubernetes_is_accepted(name: str, kind: str) -> None:
    text = (schemas() / f"v{NEWEST}" / "_definitions.json").read_text(encoding="utf-8")
    known = set(json.loads(text)["$defs"][f"io.k8s.api.{kind}"]["properties"])
    assert set(schema_at((name,))["properties"]) == known - NOT_OURS


@pytest.mark.parametrize(("key_path", "keys"), OF_WEB.items())
def test_every_key_of_the_exporter_is_accepted(key_path: KeyPath, keys: set[str]) -> None:
    assert set(schema_at(key_path)["properties"]) == keys


@pytest.mark.parametrize("key_path", OF_MONITOR, ids=name_of)
def test_every_property_of_the_operator_is_accepted(key_path: KeyPath) -> None:
    known = monitor()["endpoints"]["items"]
    for name in key_path[1:]:
        known = known["properties"][name]
    assert set(schema_at(key_path)["properties"]) == set(known["properties"])


def test_every_property_of_the_operator_may_be_added() -> None:
    """All of the endpoint, and of the ServiceMonitor what the chart has no value for."""
    endpoint = schema_at(("serviceMonitor", "additionalEndpointConfig"))["properties"]
    assert set(endpoint) == set(monitor()["endpoints"]["items"]["properties"])
    more = schema_at(("serviceMonitor", "additionalConfig"))["properties"]
    charts = {"endpoints", "namespaceSelector", "selector", *VALUES["serviceMonitor"]}
    assert set(more) == set(monitor()) - charts


def monitor() -> dict[str, Any]:
    """The fields of a ServiceMonitor, as the operator describes them."""
    path = schemas() / "operator" / "servicemonitor-monitoring-v1.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    return dict(described["properties"]["spec"]["properties"])


@pytest.mark.parametrize("nothing", ["", None, {}])
@pytest.mark.parametrize("key_path", [one for one in OF_WEB if len(one) > 2], ids=name_of)
def test_a_section_of_the_web_config_file_may_be_empty(key_path: KeyPath, nothing: object) -> None:
    *above, name = key_path
    login = {"database": {"host": "db", "username": "exporter", "existingSecret": "db"}}
    done = template(login | nested(tuple(above), {name: nothing}))
    assert done.status == 0, done.err


def test_no_empty_object_is_forgotten() -> None:
    empty = {
        (group, name)
        for group, section in VALUES.items()
        if isinstance(section, dict)
        for name, value in section.items()
        if value == {} and name not in ANYBODYS and not name.startswith("additional")
    }
    assert len(empty) == 3
    assert empty <= {*OF_WEB, *OF_MONITOR}
