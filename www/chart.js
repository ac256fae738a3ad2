// A stored visualization as a small chart: bars as a table whose cells carry them, so that it can also be read aloud, or a line.
import { element } from "./dom.js";
import { lineChart } from "./line.js";

const MOST_POINTS = 40;

/** The chart of `metadata.visualization`, or undefined when its configuration holds no simple series of numbers. */
export function chartOf(visualization) {
  const config = visualization?.config;
  const points = series(config).slice(0, MOST_POINTS);
  if (points.length === 0) return undefined;
  const title = [titleOf(config), textIn(config.unit) && `(${config.unit})`].filter(Boolean).join(" ");
  const isLine = markOf(visualization) === "line" && points.length > 1;
  return isLine ? lineChart(title, points) : barChart(title, points);
}

function barChart(title, points) {
  const longest = Math.max(...points.map(({ value }) => Math.abs(value))) || 1;
  return element("table", { class: "chart", "aria-label": title === "" ? "Chart" : undefined },
    title === "" ? undefined : element("caption", { dir: "auto" }, title),
    element("tbody", {}, ...points.map(({ label, value }) => {
      const bar = element("span", { class: value < 0 ? "bar-of negative" : "bar-of" });
      bar.style.inlineSize = `${(Math.abs(value) / longest) * 100}%`;
      return element("tr", {},
        element("th", { scope: "row", dir: "auto", title: label }, label),
        element("td", { class: "track" }, bar),
        element("td", { class: "figure" }, String(value)));
    })));
}

const textIn = (value) => (typeof value === "string" ? value : undefined);

/** Vega-Lite has a title as text or as { text }. */
const titleOf = ({ title }) => textIn(title) ?? textIn(title?.text);

/** Vega-Lite has a mark as text or as { type }; without one the chart's type says it. */
const markOf = ({ chartType, config: { mark } }) => textIn(mark) ?? textIn(mark?.type) ?? chartType;

/** Understands { labels, values }, { data: [{ label, value }] }, and Vega-Lite's { data: { values: [{ name, value }] } }. */
function series(config) {
  if (config === null || typeof config !== "object") return [];
  const { labels, values, data, encoding } = config;
  const [x, y] = [textIn(encoding?.x?.field) ?? "name", textIn(encoding?.y?.field) ?? "value"];
  const pairs = Array.isArray(data?.values) ? vegaPairs(data.values, x, y)
    : Array.isArray(labels) && Array.isArray(values) ? labels.map((label, index) => ({ label, value: values[index] }))
    : Array.isArray(data) ? data : [];
  return pairs
    .filter((pair) => Number.isFinite(pair?.value))
    .map(({ label, value }) => ({ label: String(label ?? ""), value }));
}

/** Bars may lie as well as stand: the number is then on the other axis. */
function vegaPairs(rows, x, y) {
  const isLying = !rows.some((row) => Number.isFinite(row?.[y])) && rows.some((row) => Number.isFinite(row?.[x]));
  const [name, number] = isLying ? [y, x] : [x, y];
  return rows.map((row) => ({ label: row?.[name], value: row?.[number] }));
}
