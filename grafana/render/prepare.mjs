// Runs Grafana's own code on a panel: its transformations, then its field configuration.
import { frames } from "./frames.mjs";

const always = () => true;

// The properties that a field configuration may set. Grafana registers them in its application, which
// is not among its packages; the processors are.
function registry(grafana) {
  const property = (id, process, more = {}) => ({
    id, path: id, name: id, override: () => null, editor: () => null, shouldApply: always, process, ...more,
  });
  const custom = ["cellOptions", "width", "minWidth", "align", "lineStyle", "fillOpacity", "lineWidth", "showPoints",
    "stacking", "thresholdsStyle", "scaleDistribution", "hideFrom"];
  const list = [
    property("displayName", grafana.displayNameOverrideProcessor),
    property("unit", grafana.unitOverrideProcessor),
    property("decimals", grafana.numberOverrideProcessor),
    property("min", grafana.numberOverrideProcessor),
    property("max", grafana.numberOverrideProcessor),
    property("noValue", grafana.stringOverrideProcessor),
    property("mappings", grafana.valueMappingsOverrideProcessor),
    property("thresholds", grafana.thresholdsOverrideProcessor),
    property("links", grafana.dataLinksOverrideProcessor),
    property("color", grafana.identityOverrideProcessor),
    ...custom.map((id) => property(`custom.${id}`, grafana.identityOverrideProcessor, { path: id, isCustom: true })),
  ];
  return new grafana.Registry(() => list);
}

// Variables of the board, and of the value of a link.
export function replacer(variables) {
  return (text, scoped = {}) =>
    text.replace(/\$\{(\w+)(?:\.([^:}]+))?(?::(\w+))?\}|\$(\w+)/g, (whole, name, path, format, bare) => {
      const context = scoped.__dataContext?.value;
      if (name === "__value" && context) return String(context.field.values[context.rowIndex ?? 0]);
      if (name === "__field" && context && path.startsWith("labels."))
        return context.field.labels?.[path.slice("labels.".length)] ?? "";
      const value = variables[name ?? bare];
      if (value === undefined) return whole;
      return format === "queryparam" ? `var-${name}=${encodeURIComponent(value)}` : value;
    });
}

export function setUp(grafana) {
  // Grafana 11 has transformations in its registry, later versions take a function that loads one.
  grafana.standardTransformersRegistry.setInit(() =>
    [...new Set(Object.values(grafana.standardTransformers))].map((found) => ({
      id: found.id,
      name: found.name,
      transformation: Object.assign(() => Promise.resolve(found), { operator: found.operator, defaultOptions: found.defaultOptions }),
    })),
  );
  return { grafana, registry: registry(grafana), theme: grafana.createTheme() };
}

function transformed(grafana, panel, found) {
  return new Promise((resolve, reject) => {
    const context = { interpolate: (text) => text };
    grafana.transformDataFrame(panel.transformations ?? [], found, context).subscribe({ next: resolve, error: reject });
  });
}

// The frames for the visualization of a panel.
export async function prepare({ grafana, registry, theme }, panel, results, variables) {
  const found = frames(panel, results).map((frame) => grafana.toDataFrame(frame));
  const data = await transformed(grafana, panel, found);
  return grafana.applyFieldOverrides({
    data,
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: registry,
    replaceVariables: replacer(variables),
    theme,
    timeZone: "utc",
  });
}
