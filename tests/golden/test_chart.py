"""The README of the chart lists its values: helm-docs generates it from their comments."""

from tests.support.golden import assert_golden
from tests.support.helm import CHART, tool


def test_readme_of_the_chart() -> None:
    where = f"--chart-search-root={CHART}"
    made = tool("helm-docs", "--dry-run", "--log-level=warning", "--sort-values-order=file", where)
    assert made.status == 0, made.err
    assert_golden(str(CHART / "README.md"), made.out)
