"""What is empty in values.yaml has keys too: those that exporter and operator know, no others."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from matomo_archive_exporter.web.access.config import WebConfig
from tests.support.chart_schema import VALUES, Place, misspelt, name_of, nested, schema_at
from tests.support.helm import schemas, template


def sections(model: type[BaseModel], place: Place) -> Iterator[tuple[Place, set[str]]]:
    """Each section of the web config file, and its keys as the exporter has them."""
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    yield place, set(fields)
    for name, kind in fields.items():
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from sections(kind, (*place, name))


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
FREE = {"labels", "annotations", "alertLabels", "settings"}


@pytest.mark.parametrize("place", [*OF_WEB, *OF_MONITOR], ids=name_of)
def test_every_key_misspelt_is_refused_by_its_name(place: Place) -> None:
    wrong = {misspelt(name): "" for name in schema_at(place)["properties"]}
    done = template(nested(place, wrong))
    assert done.status != 0
    lists = re.findall(r"additional properties (.*) not allowed", done.err)
    refused = {name for names in lists for name in names.split(", ")}
    assert refused == {f"'{name}'" for name in wrong}


@pytest.mark.parametrize(("place", "keys"), OF_WEB.items())
def test_what_the_exporter_knows_may_be_given(place: Place, keys: set[str]) -> None:
    assert set(schema_at(place)["properties"]) == keys


@pytest.mark.parametrize("place", OF_MONITOR, ids=name_of)
def test_what_the_operator_knows_may_be_given(place: Place) -> None:
    known = monitor()["endpoints"]["items"]
    for name in place[1:]:
        known = known["properties"][name]
    assert set(schema_at(place)["properties"]) == set(known["properties"])


def test_what_the_operator_knows_may_be_added() -> None:
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
@pytest.mark.parametrize("place", [one for one in OF_WEB if len(one) > 2], ids=name_of)
def test_a_section_of_the_web_config_file_may_be_empty(place: Place, nothing: object) -> None:
    *above, name = place
    login = {"database": {"host": "db", "username": "exporter", "existingSecret": "db"}}
    done = template(login | nested(tuple(above), {name: nothing}))
    assert done.status == 0, done.err


def test_no_empty_object_is_forgotten() -> None:
    empty = {
        (group, name)
        for group, section in VALUES.items()
        if isinstance(section, dict)
        for name, value in section.items()
        if value == {} and name not in FREE and not name.startswith("additional")
    }
    assert len(empty) == 3
    assert empty <= {*OF_WEB, *OF_MONITOR}
