"""Every value of the chart has a unit test that changes it: a new one without a test fails here."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.helm import CHART

KeyPath = tuple[str, ...]
Object = Mapping[str, Any]

SUITES = sorted((CHART / "tests").glob("*_test.yaml"))


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def leaves(values: Object, above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Each value that is no section, by its place."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def given(values: Object, above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Each place that values fill, sections too, whether written as sections or with dots."""
    for name, value in values.items():
        key_path = (*above, *name.split("."))
        yield key_path, value
        if isinstance(value, Mapping):
            yield from given(value, key_path)


def changes(suite: Object) -> Iterator[tuple[KeyPath, Any]]:
    """All that a suite and its tests set, in files of values too."""
    for part in (suite, *suite["tests"]):
        yield from given(part.get("set") or {})
        for name in part.get("values") or []:
            yield from given(read(CHART / "tests" / name))


def untested(defaults: Object, suites: list[Object]) -> set[str]:
    """Values that no suite sets to anything else. Null is no other value, but the default again."""
    known = dict(leaves(defaults))
    changed = {
        key_path
        for suite in suites
        for key_path, value in changes(suite)
        if key_path in known and value is not None and value != known[key_path]
    }
    return {".".join(key_path) for key_path in known.keys() - changed}


def test_a_unit_test_changes_every_value() -> None:
    defaults = read(CHART / "values.yaml")
    assert len(dict(leaves(defaults))) > 150
    assert untested(defaults, [read(path) for path in SUITES]) == set()
