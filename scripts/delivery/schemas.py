"""Makes JSON schemas that kubeconform can read, and that refuse what they do not know.

    schemas.py TARGET OPERATOR KUBERNETES VERSION...

OPERATOR is the folder with prometheus-operator's definitions of its resources, KUBERNETES the one
of kubernetes-validate, which has a folder for each version.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]


def kubernetes(folder: Path, version: str, target: Path) -> None:
    """Schemas of one version of Kubernetes, which find each other beside themselves."""
    to = target / version
    to.mkdir(parents=True)
    for file in files(folder / f"{version}-local-strict", "*.json"):
        schema = json.loads(file.read_text().replace("/api/_definitions.json", "_definitions.json"))
        schema.pop("$id", None)
        (to / file.name).write_text(json.dumps(schema))


def operator(folder: Path, target: Path) -> None:
    """Schemas of the resources of prometheus-operator, by the names that kubeconform gives them."""
    to = target / "operator"
    to.mkdir(parents=True)
    for file in files(folder, "*-crd.json"):
        spec = json.loads(file.read_text())["spec"]
        group, kind = spec["group"].split(".")[0], spec["names"]["singular"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            (to / f"{kind}-{group}-{version['name']}.json").write_text(json.dumps(schema))


def files(folder: Path, pattern: str) -> list[Path]:
    """At least one."""
    return list(folder.glob(pattern)) or sys.exit(f"no {pattern} in {folder}")


def strict(schema: Schema) -> Schema:
    """The same with what Kubernetes says in its own words, and closed to other fields."""
    if schema.get("x-kubernetes-int-or-string"):
        schema = {"type": ["integer", "string"]}
    elif "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema = schema | {"additionalProperties": False}
    return schema | dict(inner(schema))


def inner(schema: Schema) -> Iterator[tuple[str, Any]]:
    """The parts of a schema that hold schemas."""
    if "properties" in schema:
        yield "properties", {name: strict(one) for name, one in schema["properties"].items()}
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield part, strict(schema[part])


if __name__ == "__main__":
    target, definitions, published = map(Path, sys.argv[1:4])
    operator(definitions, target)
    for version in sys.argv[4:]:
        kubernetes(published, version, target)
