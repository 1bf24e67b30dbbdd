"""The chart's ConfigMaps hold the very dashboards of grafana/dashboards."""

from collections.abc import Mapping

import pytest

from tests.support.helm import Manifest, of_kind, render, template
from tests.support.process import REPOSITORY

DATABASE = {"host": "db", "username": "matomo", "existingSecret": "matomo"}
DASHBOARDS = sorted((REPOSITORY / "grafana" / "dashboards").glob("*.json"))
MOST_BYTES = 1 << 20
"""of a ConfigMap, in Kubernetes"""


def values(dashboards: Mapping[str, object]) -> dict[str, object]:
    return {"database": DATABASE, "dashboards": dashboards}


def dashboards(**more: object) -> list[Manifest]:
    return of_kind(render(values({"enabled": True, **more})), "ConfigMap")


def test_each_dashboard_is_there_byte_for_byte() -> None:
    held = [one["data"] for one in dashboards() if "grafana_dashboard" in one["metadata"]["labels"]]
    assert len(DASHBOARDS) == 3
    assert held == [{path.name: path.read_text(encoding="utf-8")} for path in DASHBOARDS]


def test_each_has_a_name_of_its_own_and_room_to_grow() -> None:
    maps = dashboards()
    assert len({one["metadata"]["name"] for one in maps}) == len(maps)
    sizes = [len(text.encode()) for one in maps for text in one["data"].values()]
    assert max(sizes) < MOST_BYTES / 2


@pytest.mark.parametrize("name", ["label", "folderAnnotation"])
def test_a_name_that_is_empty_is_refused(name: str) -> None:
    done = template(values({"enabled": True, name: ""}))
    assert done.status != 0
    assert f"/dashboards/{name}" in done.err
