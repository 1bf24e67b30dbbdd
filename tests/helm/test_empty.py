"""Values set to null: optional ones are left out, required ones are refused by name."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from tests.support.chart_schema import SCHEMA, VALUES, KeyPath, Object
from tests.support.helm import NEWEST, conform, parse, template

# Without these nothing is installed, or not what is to be looked at.
KEPT: dict[str, Any] = {
    "database": {"host": "db", "username": "exporter", "existingSecret": "db"},
    "configIni": {"existingClaim": "matomo"},
    "web": {"tls": {"existingSecret": "certificate"}},
    "serviceMonitor": {"enabled": True, "tlsConfig": {"insecureSkipVerify": True}},
    "prometheusRule": {"enabled": True},
    "dashboards": {"enabled": True},
    "networkPolicy": {"enabled": True},
}
# The same with a Secret of the chart's own.
KEPT_INSIDE = KEPT | {"database": {"host": "db", "username": "exporter", "password": "x"}}


def leaves(values: Object, schema: Object, above: KeyPath = ()) -> Iterator[tuple[KeyPath, bool]]:
    """Each value that is no section, and whether the schema requires it."""
    for name, value in values.items():
        below = schema.get("properties", {}).get(name, {})
        if isinstance(value, Mapping) and "properties" in below:
            yield from leaves(value, below, (*above, name))
        else:
            yield (*above, name), name in schema.get("required", [])


def emptied(key_paths: Iterable[KeyPath], kept: Object = KEPT) -> dict[str, Any]:
    """Values with null at these places, but for those that are kept."""
    values: dict[str, Any] = copy.deepcopy(dict(kept))
    for *sections, name in key_paths:
        inner = values
        for section in sections:
            inner = inner.setdefault(section, {})
        inner.setdefault(name)
    return values


@pytest.mark.parametrize("kept", [KEPT, KEPT_INSIDE], ids=["in Secrets", "in the values"])
def test_all_optional_values_may_be_empty_at_once(kept: Object) -> None:
    key_paths = [key_path for key_path, required in leaves(VALUES, SCHEMA) if not required]
    done = template(emptied(key_paths, kept))
    assert done.status == 0, done.err
    judged = conform(done.out, NEWEST)
    assert judged.status == 0, judged.out
    assert len(parse(done.out)) >= 8


def test_an_empty_required_value_is_refused_by_its_name() -> None:
    key_paths = [key_path for key_path, required in leaves(VALUES, SCHEMA) if required]
    assert {("service", "port"), ("serviceMonitor", "jobLabel"), ("dashboards", "label")} <= {
        *key_paths
    }
    done = template(emptied(key_paths))
    assert done.status != 0
    assert [key_path for key_path in key_paths if f"'{key_path[-1]}'" not in done.err] == []


def test_a_section_may_be_emptied_whole_or_is_refused_by_its_name() -> None:
    for name in VALUES:
        done = template({**KEPT, name: None})
        refused = f"missing property '{name}'" in done.err or "is missing" in done.err
        assert done.status == 0 or refused, done.err
