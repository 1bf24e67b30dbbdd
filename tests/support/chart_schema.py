"""The values of the chart, and the schema that describes them, by key path."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.helm import CHART

KeyPath = tuple[str, ...]
Object = Mapping[str, Any]

VALUES: Object = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
SCHEMA: Object = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))


def name_of(key_path: KeyPath) -> str:
    """A place as people write it."""
    return ".".join(key_path) or "the top"


def value_at(key_path: KeyPath) -> Any:
    """The default of a key."""
    value: Any = VALUES
    for name in key_path:
        value = value[name]
    return value


def resolved(schema: Object) -> Object:
    """A schema with what it refers to."""
    whole = dict(schema)
    parts = [*schema.get("allOf", []), *([schema] if "$ref" in schema else [])]
    for part in parts:
        if "$ref" in part:
            whole |= SCHEMA["definitions"][part["$ref"].removeprefix("#/definitions/")]
    return whole


def schema_at(key_path: KeyPath) -> Object:
    """The schema of a key."""
    schema = SCHEMA
    for name in key_path:
        schema = resolved(schema["properties"][name])
    return schema


def nested(key_path: KeyPath, value: dict[str, Any]) -> dict[str, Any]:
    """A value below its keys."""
    for name in reversed(key_path):
        value = {name: value}
    return value


def misspelt(name: str) -> str:
    """With the last two letters swapped, as fingers do, or one too many."""
    swapped = f"{name[:-2]}{name[-1]}{name[-2]}"
    return swapped if swapped != name else f"{name}s"
