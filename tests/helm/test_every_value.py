"""Every value of the chart has a unit test that changes it: a new one without a test fails here."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.helm import CHART

Place = tuple[str, ...]
Object = Mapping[str, Any]

SUITES = sorted((CHART / "tests").glob("*_test.yaml"))


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def leaves(values: Object, above: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Each value that is no section, by its place."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def given(values: Object, above: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Each place that values fill, sections too, whether written as sections or with dots."""
    for name, value in values.items():
        place = (*above, *name.split("."))
        yield place, value
        if isinstance(value, Mapping):
            yield from given(value, place)


def changes(suite: Object) -> Iterator[tuple[Place, Any]]:
    """All that a suite and its tests set, in files of values too."""
    for part in (suite, *suite["tests"]):
        yield from given(part.get("set") or {})
        for name in part.get("values") or []:
            yield from given(read(CHART / "tests" / name))


def untested(defaults: Object, suites: list[Object]) -> set[str]:
    """Values that no suite sets to anything else. Null is no other value, but the default again."""
    known = dict(leaves(defaults))
    changed = {
        place
        for suite in suites
        for place, value in changes(suite)
        if place in known and value is not None and value != known[place]
    }
    return {".".join(place) for place in known.keys() - changed}


def test_a_unit_test_changes_every_value() -> None:
    defaults = read(CHART / "values.yaml")
    assert len(dict(leaves(defaults))) > 150
    assert untested(defaults, [read(path) for path in SUITES]) == set()
