"""Short ways to write panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

DATASOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, ORANGE, RED, BLUE, PLAIN = "green", "orange", "red", "blue", "text"
GREY = "#6e7280"
"""for unknown values: Grafana shows a panel without data in its first colour"""
COUNT, TIMES = "short", "suffix:x"
MINUTE = "1m"
"""the scrape interval: rates need four times as much, and a data source may be set to 15 s"""

Step = tuple[float, str]
"""a threshold and its colour"""


@dataclass(frozen=True, slots=True)
class Area:
    """The place of a panel, in the 24 columns of a board."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A query and the name of its series."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The text and colour for values from `low` to `high`, both included.

    Both ends are numbers: a mapping without an end never matches in Grafana 11.
    """

    text: str
    colour: str
    low: float
    high: float = 1e300


class _Panel(Protocol):
    """The methods that all builders of panels have."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: models.DataSourceRef) -> Self: ...
    def grid_pos(self, grid_pos: models.GridPos) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def decimals(self, decimals: float) -> Self: ...
    def with_target(self, target: Any) -> Self: ...
    def thresholds(self, thresholds: Builder[models.ThresholdsConfig]) -> Self: ...
    def mappings(self, mappings: list[models.ValueMapping]) -> Self: ...


P = TypeVar("P", bound=_Panel)


@dataclass(frozen=True, slots=True)
class About:
    """Title, description and unit of a panel. `empty` is its text without a value."""

    title: str
    text: str
    unit: str = COUNT
    empty: str = "No data"


def light(
    about: About,
    area: Area,
    expr: str,
    steps: Sequence[Step],
    *shown: Shown,
    link: str,
    size: int | None = None,
) -> Any:
    """A traffic light: one value on a coloured ground, grey without a value, with a link.

    `size` is the size of its text; without it the text fills the panel.
    """
    panel = stat.Panel().color_mode(common_models.BigValueColorMode.BACKGROUND)
    panel = _single(panel, about, area, [Ask(expr)], GREY, steps, shown)
    panel = panel.text_mode(common_models.BigValueTextMode.VALUE)
    panel = panel.data_links([_DataLink("Why", url=link)])
    return panel if size is None else panel.text(_text(size))


def figure(
    about: About, area: Area, asks: Sequence[Ask], steps: Sequence[Step] = (), *shown: Shown
) -> Any:
    """One or a few plain values."""
    panel = stat.Panel().color_mode(common_models.BigValueColorMode.VALUE).text(_text(20))
    return _single(panel, about, area, asks, PLAIN, steps, shown)


def sentence(about: About, area: Area, ask: Ask, steps: Sequence[Step]) -> Any:
    """The legend of a series as text, in the colour of its value."""
    panel = stat.Panel().color_mode(common_models.BigValueColorMode.VALUE)
    panel = _single(panel, about, area, [ask], PLAIN, steps, ())
    text = _text(18).title_size(18)
    return panel.text(text).text_mode(common_models.BigValueTextMode.NAME)


def curves(
    about: About,
    area: Area,
    *asks: Ask,
    stacked: bool = False,
    limits: Sequence[str] = (),
    steps: Sequence[Step] = (),
    magnitudes: bool = False,
) -> Any:
    """A graph. Series named in `limits` are dashed and red; `steps` are drawn as lines.

    `magnitudes` makes the scale logarithmic, for values of very different size.
    """
    panel = described(timeseries.Panel(), about, area, asks, instant=False).interval(MINUTE)
    panel = (
        panel.legend(_legend(about, area)).tooltip(_tooltip()).fill_opacity(35 if stacked else 8)
    )
    panel = panel.line_width(1).show_points(common_models.VisibilityMode.NEVER)
    panel = panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if steps:
        lines = common.GraphThresholdsStyleConfig()
        panel = panel.thresholds(_steps("transparent", steps)).thresholds_style(
            lines.mode(common_models.GraphThresholdsStyleMode.DASHED)
        )
    panel = panel.scale_distribution(_magnitudes(about.unit)) if magnitudes else panel.min(0)
    for name in limits:
        panel = panel.override_by_name(name, _dashed())
    return panel


def bars(about: About, area: Area, *asks: Ask, steps: Sequence[Step] = ((0, BLUE),)) -> Any:
    """Values as bars."""
    panel = described(bargauge.Panel(), about, area, asks, instant=True).min(0)
    panel = panel.thresholds(_steps(GREY, steps))
    panel = panel.orientation(common_models.VizOrientation.HORIZONTAL)
    return panel.reduce_options(_last()).display_mode(common_models.BarGaugeDisplayMode.BASIC)


def mappings(*shown: Shown) -> list[models.ValueMapping]:
    """Value mappings."""
    return [
        models.RangeMap(
            options=models.DashboardRangeMapOptions(
                from_val=each.low,
                to=each.high,
                result=models.ValueMappingResult(text=each.text, color=each.colour, index=index),
            )
        )
        for index, each in enumerate(shown)
    ]


class _DataLink(models.DashboardLink):
    """A link of a value. The SDK only has links of boards, which have more properties."""

    def build(self) -> Self:
        return self

    def to_json(self) -> dict[str, object]:
        return {"title": self.title, "url": self.url or ""}


def _single(
    panel: stat.Panel,
    about: About,
    area: Area,
    asks: Sequence[Ask],
    base: str,
    steps: Sequence[Step],
    shown: Sequence[Shown],
) -> Any:
    panel = described(panel, about, area, asks, instant=True).thresholds(_steps(base, steps))
    panel = panel.mappings(mappings(*shown)).graph_mode(common_models.BigValueGraphMode.NONE)
    return panel.reduce_options(_last())


def described(panel: P, about: About, area: Area, asks: Sequence[Ask], *, instant: bool) -> P:
    panel = panel.title(about.title).description(about.text).datasource(DATASOURCE)
    panel = panel.grid_pos(models.GridPos(x=area.x, y=area.y, w=area.w, h=area.h))
    for number, ask in enumerate(asks):
        panel = panel.with_target(query(ask, number, instant))
    panel = panel.unit(about.unit).no_value(about.empty)
    decimals = {"percentunit": 0, TIMES: 2}.get(about.unit)
    return panel if decimals is None or not instant else panel.decimals(decimals)


def query(ask: Ask, number: int, instant: bool) -> prometheus.Dataquery:
    query = prometheus.Dataquery().ref_id(chr(ord("A") + number)).expr(ask.expr)
    query = query.datasource(DATASOURCE).legend_format(ask.legend or "__auto")
    return query.instant() if instant else query.range().interval(MINUTE)


def _steps(base: str, steps: Sequence[Step]) -> dashboard.ThresholdsConfig:
    marks = [
        models.Threshold(value=value, color=colour) for value, colour in ((None, base), *steps)
    ]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(marks)


def _text(size: int) -> common.VizTextDisplayOptions:
    return common.VizTextDisplayOptions().value_size(size)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _magnitudes(unit: str) -> common.ScaleDistributionConfig:
    """A scale with base 10 (bytes: 2). Only a symmetric scale can show 0."""
    scale = common.ScaleDistributionConfig().log(2 if unit == "bytes" else 10)
    if unit in (COUNT, "s"):
        return scale.type(common_models.ScaleDistribution.SYMLOG).linear_threshold(1)
    return scale.type(common_models.ScaleDistribution.LOG)


_WIDE = 10
"""from this width on the legend is at the side"""


_TIMES_WIDE = 390
"""pixels of a legend with times, so that names of instances are not cut off"""


def _legend(about: About, area: Area) -> common.VizLegendOptions:
    place = common_models.LegendPlacement
    legend = common.VizLegendOptions().display_mode(common_models.LegendDisplayMode.TABLE)
    legend = legend.placement(place.RIGHT if area.w >= _WIDE else place.BOTTOM)
    legend = legend.width(_TIMES_WIDE) if about.unit == "s" and area.w >= _WIDE else legend
    legend = legend.calcs(["lastNotNull", "max"]).sort_by("Last *").sort_desc(True)
    return legend.show_legend(True)


def _tooltip() -> common.VizTooltipOptions:
    tooltip = common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
    return tooltip.sort(common_models.SortOrder.DESCENDING)


def _dashed() -> list[models.DynamicConfigValue]:
    return [
        models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": RED}),
        models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [10, 10]}),
        models.DynamicConfigValue("custom.fillOpacity", 0),
    ]
