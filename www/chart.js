// A stored visualization as a tiny bar chart: a table whose cells carry bars, so that it can also be read aloud.
import { element } from "./dom.js";

const MOST_BARS = 40;

/** The chart of `metadata.visualization`, or undefined when its configuration holds no simple series of numbers. */
export function chartOf(visualization) {
  const config = visualization?.config;
  const bars = series(config).slice(0, MOST_BARS);
  if (bars.length === 0) return undefined;
  const longest = Math.max(...bars.map(({ value }) => Math.abs(value))) || 1;
  const title = [config.title ?? "Visualization", config.unit && `(${config.unit})`].filter(Boolean).join(" ");
  return element("table", { class: "chart" },
    element("caption", { dir: "auto" }, title),
    element("tbody", {}, ...bars.map(({ label, value }) => {
      const bar = element("span", { class: value < 0 ? "bar-of negative" : "bar-of" });
      bar.style.inlineSize = `${(Math.abs(value) / longest) * 100}%`;
      return element("tr", {},
        element("th", { scope: "row", dir: "auto" }, label),
        element("td", { class: "track" }, bar),
        element("td", { class: "figure" }, String(value)));
    })));
}

/** Understands { labels, values } and { data: [{ label, value }] }. */
function series(config) {
  if (config === null || typeof config !== "object") return [];
  const { labels, values, data } = config;
  const pairs = Array.isArray(labels) && Array.isArray(values)
    ? labels.map((label, index) => ({ label, value: values[index] }))
    : Array.isArray(data) ? data : [];
  return pairs
    .filter((pair) => Number.isFinite(pair?.value))
    .map(({ label, value }) => ({ label: String(label ?? ""), value }));
}
