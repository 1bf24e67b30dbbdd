// Prints the contents of panels as JSON, by Grafana's own code: node fields.mjs PACKAGES < panels.json
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { readFileSync } from "node:fs";
import { prepare, replacer, setUp } from "./prepare.mjs";

// Grafana reads its settings there: version 11 when it loads, later versions when they work.
// What they load meanwhile takes it for a browser.
if (process.argv[2].endsWith("oldest")) globalThis.window = {};
const grafana = createRequire(resolve(process.argv[2], "package.json"))("@grafana/data");
globalThis.window = {};
const grafanaCode = setUp(grafana);

const text = (display) => grafana.formattedValueToString(display);
const shown = (display) => ({ text: text(display).trim(), colour: display.color ?? null });

function linksOf(field, rowIndex) {
  return (field.getLinks?.({ valueRowIndex: rowIndex }) ?? []).map((link) => link.href);
}

function single(panel, data, variables) {
  const values = grafana.getFieldDisplayValues({
    data, fieldConfig: panel.fieldConfig, reduceOptions: { values: false, ...panel.options.reduceOptions },
    replaceVariables: replacer(variables), theme: grafanaCode.theme, timeZone: "utc",
  });
  return values.map((value) => ({
    name: value.display.title ?? null,
    ...shown(value.display),
    ...(panel.options.textMode === "name" && value.display.title ? { text: value.display.title } : {}),
    links: value.hasLinks ? value.getLinks({}).map((link) => link.href) : [],
  }));
}

function column(field, frame, data) {
  return {
    name: grafana.getFieldDisplayName(field, frame, data),
    cells: [...field.values].map((value, row) => ({ ...shown(field.display(value)), links: linksOf(field, row) })),
  };
}

function series(field, frame, data) {
  const { lastNotNull, max } = grafana.reduceField({ field, reducers: ["lastNotNull", "max"] });
  return { name: grafana.getFieldDisplayName(field, frame, data), last: text(field.display(lastNotNull)), max: text(field.display(max)) };
}

async function look({ panel, results, variables }) {
  const data = await prepare(grafanaCode, panel, results, variables);
  const fields = data.flatMap((frame) => frame.fields.map((field) => [field, frame]));
  switch (panel.type) {
    case "table":
      return { columns: fields.map(([field, frame]) => column(field, frame, data)) };
    case "timeseries":
      return { series: fields.filter(([field]) => field.type === "number").map(([field, frame]) => series(field, frame, data)) };
    default:
      return { values: single(panel, data, variables) };
  }
}

const asked = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(await Promise.all(asked.map(look))));
