// Answers of Prometheus as frames, like Grafana's data source makes them by its documentation: a frame
// for each series, or one table for each query of that format.

const number = (text) => ({ "+Inf": Infinity, "-Inf": -Infinity })[text] ?? Number(text);

const samples = (series) => series.values ?? (series.value ? [series.value] : []);

// Fills {{label}} in a legend; with "__auto" Grafana chooses the name.
function legend(target, labels) {
  const format = target.legendFormat;
  if (!format || format === "__auto") return undefined;
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? "");
}

function seriesFrame(target, series) {
  const labels = series.metric;
  const name = legend(target, labels);
  return {
    refId: target.refId,
    name,
    meta: { type: "timeseries-multi" },
    fields: [
      { name: "Time", type: "time", values: samples(series).map(([time]) => time * 1000), config: {} },
      {
        name: "Value",
        type: "number",
        labels,
        values: samples(series).map(([, value]) => number(value)),
        config: name === undefined ? {} : { displayNameFromDS: name },
      },
    ],
  };
}

// A query without an answer is an empty table; with several, values are named after their query.
function tableFrame(target, result, queries) {
  const labels = [...new Set(result.flatMap((series) => Object.keys(series.metric)))].sort();
  const values = result.map((series) => samples(series).at(-1));
  const column = (label) => result.map((series) => series.metric[label] ?? "");
  return {
    refId: target.refId,
    fields: [
      { name: "Time", type: "time", values: values.map(([time]) => time * 1000), config: {} },
      ...labels.map((label) => ({ name: label, type: "string", values: column(label), config: {} })),
      {
        name: queries > 1 ? `Value #${target.refId}` : "Value",
        type: "number",
        values: values.map(([, value]) => number(value)),
        config: {},
      },
    ],
  };
}

export function frames(panel, results) {
  const targets = panel.targets ?? [];
  return targets.flatMap((target) => {
    const result = results[target.refId] ?? [];
    return target.format === "table"
      ? [tableFrame(target, result, targets.length)]
      : result.map((series) => seriesFrame(target, series));
  });
}
