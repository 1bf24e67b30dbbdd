// Makes pictures of boards: node shoot.mjs PACKAGES < pictures.json
// Each has a file to write, a width, and a board. Prints the texts in each picture, as JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const packages = resolve(process.argv[2]);
const require = createRequire(resolve(packages, "package.json"));
const { build } = require("esbuild");
const { chromium } = require("playwright-core");

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars"];

// Bundles Grafana's components and draw.jsx for the browser.
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [resolve(HERE, "draw.jsx")], bundle: true, write: false, format: "iife", jsx: "transform",
    nodePaths: [resolve(packages, "node_modules")], define: { "process.env.NODE_ENV": '"production"', global: "window" },
    loader: { ".svg": "text", ".png": "dataurl", ".ttf": "empty" }, logLevel: "error", outdir: "out", minify: true,
  });
  return Object.fromEntries(outputFiles.map((file) => [file.path.split(".").at(-1), file.text]));
}

// The texts of each panel, and the titles, cells and values that are cut off.
const inPicture = () => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const text = (element) => element.innerText.split("\n").map((line) => line.trim()).filter(Boolean);
  const isCut = (element) => element.scrollWidth > element.clientWidth + 1;
  const leaves = (panel) => all("*", panel).filter((each) => each.childElementCount === 0 && each.innerText?.trim());
  const leaves_panel = (panel) => {
    const inside = panel.getBoundingClientRect();
    return leaves(panel).filter((each) => {
      const box = each.getBoundingClientRect();
      const isTall = panel.dataset.kind === "stat" && (box.top < inside.top - 2 || box.bottom > inside.bottom + 2);
      return isTall || box.left < inside.left - 2 || box.right > inside.right + 2;
    });
  };
  const cut = [
    ...all("h2, [role=gridcell], [role=columnheader], [data-kind=timeseries] td, [data-kind=timeseries] td *").filter(isCut),
    ...all("[data-panel][data-kind=stat], [data-panel][data-kind=bargauge]").flatMap(leaves_panel),
  ];
  return {
    panels: Object.fromEntries(all("[data-panel]").map((each) => [each.dataset.panel, text(each)])),
    cut: cut.map((each) => each.innerText),
  };
};

const html = ({ js, css }) => `<!doctype html><html><head><meta charset="utf-8"><style>
  ${css} html, body { margin: 0; background: #111217; } #board { padding: 8px; }
  </style></head><body><div id="board"></div><script>${js.replaceAll("</script", "<\\/script")}</script></body></html>`;

const asked = JSON.parse(readFileSync(0, "utf-8"));
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: QUIET });
const made = [];
try {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  // Load nothing from elsewhere: pictures have no icons.
  await page.route("**/*", (route) => (route.request().url() === "http://localhost/" ? route.fulfill({ body: html(code), contentType: "text/html" }) : route.fulfill({ body: "<svg xmlns='http://www.w3.org/2000/svg'/>", contentType: "image/svg+xml" })));
  const code = await bundle();
  for (const { file, width, ...board } of asked) {
    await page.setViewportSize({ width, height: 1080 });
    await page.goto("http://localhost/");
    await page.evaluate((given) => window.draw(given), { ...board, width: width - 16 });
    const height = await page.evaluate(() => document.querySelector("#board").offsetHeight);
    await page.setViewportSize({ width, height }); // tables only draw visible rows
    await page.waitForTimeout(700);
    await page.screenshot({ path: file, fullPage: true });
    made.push({ file, errors: errors.splice(0), ...(await page.evaluate(inPicture)) });
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(made));
