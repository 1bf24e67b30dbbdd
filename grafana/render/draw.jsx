// Draws a board with Grafana's components, in the same places as in Grafana. The panels of Grafana's
// application are in none of its packages: the short functions below replace them.
import React from "react";
import { createRoot } from "react-dom/client";
import * as grafana from "@grafana/data";
import { BarGauge, BigValue, GlobalStyles, PanelChrome, PanelContextProvider, ThemeContext, TimeSeries, VizRepeater } from "@grafana/ui";
import { TableNG } from "@grafana/ui/unstable";
import "uplot/dist/uPlot.min.css";
import { prepare, replacer, setUp } from "./prepare.mjs";

const COLUMNS = 24, ROW = 30, GAP = 8, HEAD = 48;
const code = setUp(grafana);

// Defaults of Grafana's graph panel.
const LINE = {
  drawStyle: "line", lineInterpolation: "linear", lineWidth: 1, fillOpacity: 0, gradientMode: "none",
  showPoints: "never", pointSize: 5, spanNulls: false, insertNulls: false, axisPlacement: "auto", axisLabel: "",
  axisColorMode: "text", axisBorderShow: false, axisCenteredZero: false, barAlignment: 0, barWidthFactor: 0.6,
  scaleDistribution: { type: "linear" }, stacking: { mode: "none", group: "A" },
  thresholdsStyle: { mode: "off" }, hideFrom: { tooltip: false, viz: false, legend: false },
};

function Single({ panel, data, variables, width, height }) {
  const getValues = () =>
    grafana.getFieldDisplayValues({
      data, fieldConfig: panel.fieldConfig, reduceOptions: { values: false, ...panel.options.reduceOptions },
      replaceVariables: replacer(variables), theme: code.theme, timeZone: "utc",
    });
  const bars = panel.type === "bargauge";
  const { orientation = "auto", textMode, displayMode, ...options } = panel.options;
  const renderValue = ({ value, count, ...size }) => {
    const shown = { ...value.display, title: count > 1 || bars || textMode === "name" ? value.display.title : undefined };
    return bars ? (
      <BarGauge {...size} value={shown} field={value.field} display={value.display} theme={code.theme} displayMode={displayMode}
        orientation={orientation} itemSpacing={10} lcdCellWidth={12} text={{}} showUnfilled />
    ) : (
      <BigValue {...size} count={count} value={shown} theme={code.theme} colorMode={options.colorMode} graphMode="none"
        justifyMode={options.justifyMode} textMode={textMode !== "auto" ? textMode : count > 1 ? "value_and_name" : "value"} wideLayout={options.wideLayout} text={options.text} />
    );
  };
  return (
    <VizRepeater source={data} getValues={getValues} renderValue={renderValue} width={width} height={height}
      renderCounter={0} orientation={orientation} autoGrid={!bars} minVizHeight={bars ? 16 : undefined} itemSpacing={bars ? 10 : 8}
      getAlignmentFactors={grafana.getDisplayValueAlignmentFactors} />
  );
}

const NoData = ({ panel }) => (
  <div style={{ height: "100%", display: "grid", placeItems: "center", color: code.theme.colors.text.secondary }}>
    {panel.fieldConfig.defaults.noValue}
  </div>
);

function Table({ panel, data, width, height }) {
  if (!data.length || !data[0].length) return <NoData panel={panel} />;
  return <TableNG data={data[0]} width={width} height={height} noValue={panel.fieldConfig.defaults.noValue} transparent fieldConfig={panel.fieldConfig} structureRev={1} />;
}

function Graph({ panel, data, range, width, height }) {
  if (!data.some((frame) => frame.length)) return <NoData panel={panel} />;
  for (const field of data.flatMap((frame) => frame.fields)) field.config.custom = { ...LINE, ...field.config.custom };
  return <TimeSeries frames={data} structureRev={1} legend={panel.options.legend} timeRange={range} timeZone="utc" width={width} height={height} options={{}} />;
}

const KINDS = { stat: Single, bargauge: Single, table: Table, timeseries: Graph };

function Place({ place, width, children }) {
  const column = (width + GAP) / COLUMNS;
  const box = {
    position: "absolute", left: place.x * column, top: HEAD + place.y * (ROW + GAP),
    width: place.w * column - GAP, height: place.h * (ROW + GAP) - GAP,
  };
  return <div style={box}>{children(box.width, box.height)}</div>;
}

function Panel({ asked, data, range, width }) {
  const { panel, variables } = asked;
  const Kind = KINDS[panel.type];
  return (
    <Place place={panel.gridPos} width={width}>
      {(w, h) => (
        <PanelChrome title={panel.title} width={w} height={h} padding={panel.type === "table" ? "none" : "md"}>
          {(innerWidth, innerHeight) => (
            <div data-panel={panel.title} data-kind={panel.type} style={{ width: innerWidth, height: innerHeight }}>
              <Kind panel={panel} data={data} variables={variables} range={range} width={innerWidth} height={innerHeight} />
            </div>
          )}
        </PanelChrome>
      )}
    </Place>
  );
}

const Heading = ({ row, width }) => (
  <Place place={row.gridPos} width={width}>
    {() => <h6 style={{ margin: 4 }}>{row.collapsed ? "▸" : "▾"} {row.title}</h6>}
  </Place>
);

export async function draw({ title, rows, asked, from, to, width }) {
  const [start, end] = [grafana.dateTime(from * 1000), grafana.dateTime(to * 1000)];
  const range = { from: start, to: end, raw: { from: start, to: end } };
  const all = await Promise.all(asked.map((each) => prepare(code, each.panel, each.results, each.variables)));
  all.forEach((data) => grafana.cacheFieldDisplayNames(data));
  const places = [...rows, ...asked.map((each) => each.panel)].map((panel) => panel.gridPos);
  const height = HEAD + Math.max(...places.map(({ y, h }) => y + h)) * (ROW + GAP);
  createRoot(document.getElementById("board")).render(
    <ThemeContext.Provider value={code.theme}>
      <GlobalStyles />
      <PanelContextProvider value={{ eventsScope: "board", eventBus: new grafana.EventBusSrv() }}>
        <main style={{ position: "relative", width, height }}>
          <h4 style={{ margin: 0, padding: 12 }}>{title}</h4>
          {rows.map((row) => <Heading key={row.id} row={row} width={width} />)}
          {asked.map((each, n) => <Panel key={each.panel.id} asked={each} data={all[n]} range={range} width={width} />)}
        </main>
      </PanelContextProvider>
    </ThemeContext.Provider>,
  );
}

window.draw = draw;
