"""The chart allows the memory that the units for systemd allow."""

import yaml

from tests.support.memory_limits import ROOT, UNITS, allowed


def test_the_chart_allows_as_much_memory_as_the_units() -> None:
    chart = ROOT / "helm" / "matomo-archive-exporter" / "values.yaml"
    limits = yaml.safe_load(chart.read_text(encoding="utf-8"))["resources"]["limits"]
    assert {f"{allowed(unit)}Mi" for unit in UNITS} == {limits["memory"]}
